import { micros, seconds, type Micros } from '@hellohaybye/core';
import type { Refusal } from '../protocol/errors.js';
import { limits, waits } from '../protocol/limits.js';
import type {
  ClientMessage,
  LeaveReason,
  MediaDescription,
  Outcome,
  ParticipantState,
} from '../protocol/types.js';
import { callRoom, type Rooms } from '../room/rooms.js';
import type { SavedDirectory } from '../room/saved.js';
import type { OpenInvitation, Room, Session } from '../room/session.js';
import type { Sessions } from '../room/sessions.js';
import type { Turn } from '../room/turn.js';
import { Invitations } from './invitations.js';
import { invitees, type WhoIsCalled } from './invitees.js';

type Request<Type extends ClientMessage['type']> = ClientMessage & { type: Type };
type Wish = { media?: MediaDescription; state?: ParticipantState };

/**
 * Calls: rooms of their own that people enter by inviting and by being invited.
 *
 * An invitation leads to where its inviter is, as long as the inviter is there. Two who invite each other are
 * in one call: whoever's invitation comes second accepts the other's by it. As the store carries out one
 * command after the other, that holds for clients of different servers too.
 *
 * Each request is answered here, or its refusal is returned.
 */
export class Calls {
  readonly invitations: Invitations;
  readonly #turn: Turn;
  readonly #rooms: Rooms;
  /** Calls with one person in them, whose others were lost; all are kept for the same time. */
  readonly #lonely = new Set<Room>();

  constructor(turn: Turn, rooms: Rooms) {
    this.#turn = turn;
    this.#rooms = rooms;
    this.invitations = new Invitations(turn);
  }

  save(): Pick<SavedDirectory, 'invitations' | 'lonely'> {
    return { invitations: this.invitations.save(), lonely: Array.from(this.#lonely, ({ name }) => name) };
  }

  load(saved: Pick<SavedDirectory, 'invitations' | 'lonely'>, sessions: Sessions): void {
    this.invitations.load(saved.invitations, sessions);
    for (const name of saved.lonely) {
      const room = this.#rooms.get(name);
      if (room) this.#lonely.add(room);
    }
  }

  /** When something is due next. */
  nextDeadline(): Micros | undefined {
    const ringing = this.invitations.nextDeadline();
    for (const { keepUntil } of this.#lonely) {
      if (keepUntil !== undefined && (ringing === undefined || keepUntil < ringing)) return keepUntil;
      break;
    }
    return ringing;
  }

  /** Does what is due by now. */
  expire(): void {
    for (const invitation of this.invitations.due()) this.#end(invitation, 'timeout');
    for (const room of this.#lonely) {
      if (room.keepUntil !== undefined && room.keepUntil > this.#turn.now) break;
      this.#lonely.delete(room);
      this.#settle(room);
    }
  }

  /** Goes into a room; that of a call is kept for a while, for those who are still on their way back to it. */
  join(session: Session, { room: name, media, state, requestId }: Request<'join'>): Refusal | undefined {
    if (session.inside) return { code: 'already-in-room', message: 'You are in a room already', requestId };
    const refusal = this.#rooms.refusal(name);
    if (refusal) return { ...refusal, requestId };
    const room = this.#enter(session, name, media, state);
    this.#show(session, requestId);
    this.#endArrived(session);
    this.#settle(room, true);
    return undefined;
  }

  invite(
    session: Session,
    request: Request<'invite'>,
    people: WhoIsCalled,
    ids: { call: string; invitation: string },
  ): Refusal | undefined {
    const { requestId } = request;
    const found = invitees(session, request.to, people);
    if (!found.ok) return { ...found.refusal, requestId };
    const media = request.media ?? session.inside?.participant.media;
    if (!media) return mediaMissing(requestId);
    const accepted = [...session.incoming.values()].find(({ from }) => found.invitees.includes(from));
    const before = session.inside?.room;
    const refusal = accepted ? this.#followRefusal(session, accepted) : this.#callRefusal(session, ids.call);
    if (refusal) return { ...refusal, requestId };
    if (accepted) this.#follow(session, accepted, { ...request, media });
    else if (!before) this.#enter(session, callRoom(ids.call), media, request.state);
    const here = session.inside?.room;
    if (here !== before) this.#show(session);
    const opened = found.invitees
      .filter((one) => one.inside?.room !== here)
      .map((one, index) => this.invitations.open(`${ids.invitation}-${index}`, session, one));
    this.#turn.reply(session, {
      type: 'invited',
      requestId,
      invitations: opened.map((one) => this.invitations.describe(one)),
      ...(accepted && { accepted: accepted.id }),
    });
    this.#endArrived(session);
    for (const invitation of opened) this.#deliver(invitation);
    return undefined;
  }

  ringing(session: Session, { invitation: id, requestId }: Request<'ringing'>): Refusal | undefined {
    const invitation = session.incoming.get(id);
    if (!invitation) return noSuchInvitation(requestId);
    this.#done(session, requestId);
    if (invitation.ringing) return undefined;
    invitation.ringing = true;
    this.#turn.tell(invitation.from, { type: 'invitation-ringing', id });
    return undefined;
  }

  accept(session: Session, { invitation: id, requestId, ...wish }: Request<'accept'>): Refusal | undefined {
    const invitation = session.incoming.get(id);
    if (!invitation) return noSuchInvitation(requestId);
    const media = wish.media ?? session.inside?.participant.media;
    if (!media) return mediaMissing(requestId);
    const refusal = this.#followRefusal(session, invitation);
    if (refusal) return { ...refusal, requestId };
    this.#follow(session, invitation, { ...wish, media });
    this.#show(session, requestId);
    this.#endArrived(session);
    return undefined;
  }

  decline(session: Session, { invitation: id, requestId, reason }: Request<'decline'>): Refusal | undefined {
    const invitation = session.incoming.get(id);
    if (!invitation) return noSuchInvitation(requestId);
    this.#done(session, requestId);
    this.#end(invitation, 'declined', reason);
    return undefined;
  }

  cancel(session: Session, { invitation: id, requestId }: Request<'cancel'>): Refusal | undefined {
    const invitation = session.outgoing.get(id);
    if (!invitation) return noSuchInvitation(requestId);
    this.#done(session, requestId);
    this.#end(invitation, 'cancelled');
    return undefined;
  }

  leave(session: Session, { requestId }: Request<'leave'>): Refusal | undefined {
    if (!session.inside) return { code: 'not-in-room', message: 'You are in no room', requestId };
    this.depart(session, 'left');
    this.#done(session, requestId);
    return undefined;
  }

  bye(session: Session, { requestId }: Request<'bye'>): Refusal | undefined {
    if (!session.inside?.room.isCall) return notInCall(requestId);
    this.depart(session, 'left');
    this.#done(session, requestId);
    return undefined;
  }

  /** Everybody in the call goes to a room, and so do the invitations to the call. */
  move(session: Session, { room: name, requestId }: Request<'move'>): Refusal | undefined {
    const call = session.inside?.room;
    if (!call?.isCall || call.name === name) return notInCall(requestId);
    const refusal = this.#rooms.refusal(name, call.members.size);
    if (refusal) return { ...refusal, requestId };
    const movers = this.#rooms.relocate(call, name);
    this.#lonely.delete(call);
    for (const one of movers) this.#show(one, one === session ? requestId : undefined);
    for (const one of movers) this.#endArrived(one);
    return undefined;
  }

  /** Takes somebody out of the room; the invitations to it that came from there are over. */
  depart(session: Session, reason: LeaveReason): void {
    const room = session.inside?.room;
    if (!room) return;
    const isLost = reason !== 'left' && reason !== 'removed';
    const outgoing = [...session.outgoing.values()];
    this.#rooms.exit(session, reason);
    for (const invitation of outgoing) this.#end(invitation, isLost ? 'gone' : 'cancelled');
    this.#settle(room, isLost);
  }

  /** Somebody's session is over. */
  forget(session: Session, reason: LeaveReason): void {
    this.depart(session, reason);
    for (const invitation of [...session.incoming.values()]) this.#end(invitation, 'gone');
  }

  #enter(session: Session, name: string, media: MediaDescription, state?: ParticipantState): Room {
    const room = this.#rooms.enter(session, name, media, state);
    if (room.members.size > 1) {
      room.keepUntil = undefined;
      this.#lonely.delete(room);
    }
    return room;
  }

  /** Brings the invited to where the inviter is, out of where it was. The invitation is still to be ended. */
  #follow(
    session: Session,
    { from }: OpenInvitation,
    { media, state }: Wish & { media: MediaDescription },
  ): void {
    const room = from.inside?.room;
    const keptState = state ?? session.inside?.participant.state;
    if (!room || room === session.inside?.room) return;
    this.depart(session, 'left');
    this.#enter(session, room.name, media, keptState);
  }

  #followRefusal(session: Session, { from }: OpenInvitation): Refusal | undefined {
    const room = from.inside?.room;
    return room && room !== session.inside?.room ? this.#rooms.refusal(room.name) : undefined;
  }

  #callRefusal(session: Session, call: string): Refusal | undefined {
    return session.inside ? undefined : this.#rooms.refusal(callRoom(call));
  }

  #deliver(invitation: OpenInvitation): void {
    const { to } = invitation;
    const told = this.invitations.describe(invitation);
    if (to.inside?.room.isCall || to.incoming.size > limits.invitations) {
      this.#turn.tell(to, { type: 'missed', invitation: told });
      this.#end(invitation, 'busy');
    } else this.#turn.tell(to, { type: 'invitation', invitation: told });
  }

  #end(invitation: OpenInvitation, outcome: Outcome, reason?: string): void {
    const ended = this.invitations.end(invitation, outcome, reason);
    const room = invitation.from.inside?.room;
    if (ended && room) this.#settle(room);
  }

  /** Invitations between those who are in one room by now are accepted, however they got there. */
  #endArrived(session: Session): void {
    const here = session.inside?.room;
    for (const side of [session.incoming, session.outgoing]) {
      for (const invitation of [...side.values()]) {
        const { from, to } = invitation;
        if (from.inside?.room === here && to.inside?.room === here) this.#end(invitation, 'accepted');
      }
    }
  }

  /** Shows somebody the room that it is in now. */
  #show(session: Session, requestId?: number): void {
    const view = this.#rooms.view(session);
    if (!view) return;
    if (requestId === undefined) this.#turn.tell(session, { type: 'room', ...view });
    else this.#turn.reply(session, { type: 'room', requestId, ...view });
  }

  /**
   * Ends a call in which one is left who invites nobody.
   * @param isLost whether the others did not mean to leave, and may come back for a while
   */
  #settle(room: Room, isLost = false): void {
    if (!room.isCall) return;
    const [last, another] = room.members.values();
    if (!last || another) return void this.#lonely.delete(room);
    if (isLost) {
      room.keepUntil = micros(this.#turn.now + seconds(waits.aloneInCall));
      this.#lonely.delete(room);
      this.#lonely.add(room);
    }
    if (last.outgoing.size > 0) return;
    if (room.keepUntil !== undefined && room.keepUntil > this.#turn.now) return;
    this.#lonely.delete(room);
    this.#rooms.exit(last, 'left');
    this.#turn.tell(last, { type: 'room-left', room: room.name, reason: 'call-ended' });
  }

  #done(session: Session, requestId: number): void {
    this.#turn.reply(session, { type: 'done', requestId });
  }
}

const mediaMissing = (requestId: number): Refusal => ({
  code: 'media-missing',
  message: 'Say where you receive media',
  requestId,
});
const noSuchInvitation = (requestId: number): Refusal => ({
  code: 'no-such-invitation',
  message: 'There is no such invitation, or it is over',
  requestId,
});
const notInCall = (requestId: number): Refusal => ({
  code: 'not-in-call',
  message: 'You are in no call',
  requestId,
});
