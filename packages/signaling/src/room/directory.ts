import { micros, type Micros } from '@hellohaybye/core';
import { Calls } from '../calls/calls.js';
import type { Refusal } from '../protocol/errors.js';
import type { LeaveReason, Participant, SessionState } from '../protocol/types.js';
import { Presence } from './presence.js';
import { Rooms, type RoomLimits } from './rooms.js';
import type { SavedDirectory } from './saved.js';
import type { Session } from './session.js';
import { Sessions } from './sessions.js';
import type { ClientRequest, StoreCommand, StoreEvent } from './store.js';
import { Turn } from './turn.js';

/**
 * All that a server knows: who is there, in which room, and who calls whom. It is a function of the commands
 * alone, without clock, randomness or I/O, so that processes that carry out the same commands know the same.
 */
export class Directory {
  readonly #turn = new Turn();
  readonly #presence = new Presence(this.#turn);
  readonly #rooms: Rooms;
  readonly #calls: Calls;
  readonly #sessions = new Sessions(this.#turn);

  /** @param limits the same in all processes that carry out the same commands; absent: none */
  constructor(limits: RoomLimits = { rooms: Infinity, peopleInRoom: Infinity }) {
    this.#rooms = new Rooms(this.#turn, this.#presence, limits);
    this.#calls = new Calls(this.#turn, this.#rooms);
  }

  /** A directory that goes on where another one was when it was saved. */
  static load(saved: SavedDirectory, limits?: RoomLimits): Directory {
    const directory = new Directory(limits);
    directory.#turn.now = saved.now;
    directory.#sessions.load(saved);
    directory.#rooms.load(saved.rooms, directory.#sessions);
    directory.#calls.load(saved, directory.#sessions);
    directory.#presence.load(saved.watchers, directory.#sessions);
    return directory;
  }

  /** All of it as plain data. */
  save(): SavedDirectory {
    return {
      now: this.#turn.now,
      ...this.#sessions.save(),
      rooms: this.#rooms.save(),
      ...this.#calls.save(),
      watchers: this.#presence.save(),
    };
  }

  /** Carries out a command. */
  apply(command: StoreCommand): StoreEvent[] {
    this.#turn.now = micros(Math.max(this.#turn.now, command.at));
    if (command.type === 'hello') this.#hello(command);
    else if (command.type === 'request') this.#request(command);
    else if (command.type === 'detach') this.#detach(command.link, command.reason);
    else if (command.type === 'remove') this.#remove(command);
    else this.#expire();
    return this.#turn.take();
  }

  /** When an `expire` has something to do next. */
  nextDeadline(): Micros | undefined {
    const [sessions, calls] = [this.#sessions.nextDeadline(), this.#calls.nextDeadline()];
    if (sessions === undefined || calls === undefined) return sessions ?? calls;
    return micros(Math.min(sessions, calls));
  }

  /** Who is in a room, in the order in which they came. */
  participants(room: string): Participant[] {
    const members = [...(this.#rooms.get(room)?.members.values() ?? [])];
    return members.flatMap(({ inside }) => (inside ? [inside.participant] : []));
  }

  /** The rooms that somebody is in, those of calls too. */
  rooms(): string[] {
    return Array.from(this.#rooms.all(), ({ name }) => name);
  }

  /** Whether there is a session of this id, with a connection or without. */
  isThere(id: string): boolean {
    return this.#sessions.ofId(id) !== undefined;
  }

  /** Whether there is a session of this id that waits for its client to come back. */
  isSuspended(id: string): boolean {
    const session = this.#sessions.ofId(id);
    return session !== undefined && session.link === undefined;
  }

  /** How much there is of what. */
  statistics(): { sessions: number; rooms: number; invitations: number } {
    return {
      sessions: [...this.#sessions.all()].length,
      rooms: this.rooms().length,
      invitations: this.#calls.invitations.size,
    };
  }

  #hello(command: StoreCommand & { type: 'hello' }): void {
    const { link, requestId, resume, instance } = command;
    if (resume !== undefined) return this.#resume(command, resume);
    // The client has begun anew, and nothing leads back to the session that it had.
    const before = this.#sessions.ofInstance(instance);
    const refusal = this.#sessions.nameRefusal(command, before);
    if (refusal) {
      return this.#turn.emit({ type: 'not-welcomed', link, refusal: { ...refusal, requestId } });
    }
    if (before) {
      if (before.link !== undefined) this.#turn.emit({ type: 'taken-over', link: before.link });
      this.#end(before, 'replaced');
    }
    const session = this.#sessions.open(command);
    const { id } = session;
    this.#turn.emit({
      type: 'welcomed',
      link,
      requestId,
      id,
      ...(session.resumable && { instance: session.instance }),
    });
    this.#presence.changed(session);
  }

  #resume(command: StoreCommand & { type: 'hello' }, token: string): void {
    const { link, requestId, observedAddress } = command;
    const session = this.#sessions.ofToken(token);
    if (!session || session.instance !== command.instance) {
      const refusal = { ...(session ? foreignSession : unknownSession), requestId };
      return this.#turn.emit({ type: 'not-welcomed', link, refusal });
    }
    const { link: before, lost, inside } = session;
    this.#sessions.attach(session, command);
    const moved = inside !== undefined && inside.participant.observedAddress !== observedAddress;
    if (lost?.isTold || moved) {
      this.#rooms.update(session, {
        observedAddress,
        ...(lost?.isTold && { state: { reconnecting: false } }),
      });
      if (!inside) this.#presence.changed(session);
    }
    // Who watches is told of it, too, but not before the welcome: no client takes anything for that.
    const news = this.#turn.take();
    if (before !== undefined) this.#turn.emit({ type: 'taken-over', link: before });
    const { id, instance } = session;
    this.#turn.emit({ type: 'welcomed', link, requestId, id, instance, resumed: this.#stateOf(session) });
    for (const event of news) this.#turn.emit(event);
  }

  #stateOf(session: Session): SessionState {
    const inside = this.#rooms.view(session);
    const { incoming, outgoing, ended, missed } = session;
    const { invitations } = this.#calls;
    return {
      ...(inside && { inside }),
      incoming: Array.from(incoming.values(), (one) => invitations.describe(one)),
      outgoing: Array.from(outgoing.values(), (one) => invitations.describe(one)),
      ended: [...ended],
      ...(missed.length > 0 && { missed: [...missed] }),
    };
  }

  #request({ link, request, ids }: StoreCommand & { type: 'request' }): void {
    const session = this.#sessions.of(link);
    const { requestId } = request;
    if (!session) {
      const early = { code: 'hello-first', message: 'Wait for the welcome', requestId } as const;
      return this.#turn.emit({ type: 'message', to: [link], message: { type: 'error', ...early } });
    }
    if (session.resumable) {
      this.#sessions.confirm(session);
      if (requestId <= session.handled && request.type !== 'who') return this.#repeat(session, requestId);
      session.handled = Math.max(session.handled, requestId);
    }
    const refusal = this.#handle(session, request, ids ?? { call: '', invitation: '' });
    if (refusal) this.#turn.reply(session, { type: 'error', ...refusal });
  }

  #handle(
    session: Session,
    request: ClientRequest,
    ids: { call: string; invitation: string },
  ): Refusal | undefined {
    const calls = this.#calls;
    const { requestId } = request;
    switch (request.type) {
      case 'join':
        return calls.join(session, request);
      case 'update':
        return this.#update(session, request);
      case 'leave':
        return calls.leave(session, request);
      case 'bye':
        return calls.bye(session, request);
      case 'invite':
        return calls.invite(session, request, (one) => this.#called(one), ids);
      case 'ringing':
        return calls.ringing(session, request);
      case 'accept':
        return calls.accept(session, request);
      case 'decline':
        return calls.decline(session, request);
      case 'cancel':
        return calls.cancel(session, request);
      case 'move':
        return calls.move(session, request);
      case 'who': {
        if (request.watch !== undefined) this.#presence.watch(session, request.watch);
        // Not kept for who asks again: it would be long, and a new answer is better.
        const people = this.#presence.people(requestId, this.#sessions.all(), this.#rooms.all());
        return void this.#turn.tell(session, people);
      }
      case 'key':
        return this.#rooms.passKey(session, request);
      case 'confirm':
        return void this.#turn.reply(session, { type: 'done', requestId });
    }
  }

  #update(session: Session, request: ClientRequest & { type: 'update' }): Refusal | undefined {
    const { media, state, requestId } = request;
    const isAwayOnly = media === undefined && state?.away !== undefined && Object.keys(state).length === 1;
    if (!session.inside && !isAwayOnly) {
      return { code: 'not-in-room', message: 'You are in no room', requestId };
    }
    session.away = state?.away ?? session.away;
    if (session.inside) this.#rooms.update(session, { ...(media && { media }), ...(state && { state }) });
    else this.#presence.changed(session);
    this.#turn.reply(session, { type: 'done', requestId });
    return undefined;
  }

  /** Answers a request that was handled before, and whose answer was lost. */
  #repeat(session: Session, requestId: number): void {
    const kept = session.replies.find((reply) => 'requestId' in reply && reply.requestId === requestId);
    if (kept?.type === 'room') {
      const view = this.#rooms.view(session);
      if (view) return this.#turn.tell(session, { type: 'room', requestId, ...view });
      const refusal = { code: 'not-in-room', message: 'You are not in the room any more', requestId };
      return this.#turn.tell(session, { type: 'error', ...refusal });
    }
    // The room that was entered by an invite comes before the answer.
    const view = kept?.type === 'invited' ? this.#rooms.view(session) : undefined;
    if (view) this.#turn.tell(session, { type: 'room', ...view });
    const old = { code: 'old-request', message: 'This request id was used before', requestId };
    this.#turn.tell(session, kept ?? { type: 'error', ...old });
  }

  #detach(link: string, reason: LeaveReason): void {
    const session = this.#sessions.of(link);
    if (!session) return;
    if (!session.resumable || reason === 'left' || reason === 'removed') this.#end(session, reason);
    else this.#sessions.detach(session, reason);
  }

  #remove({ id, connected }: StoreCommand & { type: 'remove' }): void {
    const session = this.#sessions.ofId(id);
    if (!session) return;
    if (session.link !== undefined) {
      if (!connected) return;
      this.#turn.emit({ type: 'removed', link: session.link });
    }
    this.#end(session, 'removed');
  }

  #expire(): void {
    for (const session of this.#sessions.longLost()) {
      if (session.inside) this.#rooms.update(session, { state: { reconnecting: true } });
      else this.#presence.changed(session);
    }
    for (const session of this.#sessions.expired())
      this.#end(session, session.lost?.reason ?? 'disconnected');
    this.#calls.expire();
  }

  #called(idOrName: string): { withId: Session | undefined; named: Session[] } {
    return { withId: this.#sessions.ofId(idOrName), named: this.#presence.named(idOrName) };
  }

  #end(session: Session, reason: LeaveReason): void {
    this.#calls.forget(session, reason);
    this.#sessions.end(session);
    this.#presence.gone(session);
  }
}

const unknownSession = {
  code: 'unknown-session',
  message: 'There is no session with this token, or not any more',
} as const;
const foreignSession = {
  code: 'foreign-session',
  message: 'The session with this token is another client’s',
} as const;
