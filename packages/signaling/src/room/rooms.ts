import { limits } from '../protocol/limits.js';
import type {
  ClientMessage,
  LeaveReason,
  MediaDescription,
  ParticipantState,
  RoomView,
  VisibleState,
} from '../protocol/types.js';
import type { Refusal } from '../protocol/errors.js';
import type { Presence } from './presence.js';
import type { SavedRoom } from './saved.js';
import type { Room, Session } from './session.js';
import type { Sessions } from './sessions.js';
import type { Turn } from './turn.js';
import { nameKey, uniqueName } from './unique-name.js';

/** How many rooms there may be, and how many people in one. */
export interface RoomLimits {
  rooms: number;
  peopleInRoom: number;
}

/** Who is in which room. Each change is told to the others there. */
export class Rooms {
  readonly #turn: Turn;
  readonly #presence: Presence;
  readonly #limits: RoomLimits;
  readonly #rooms = new Map<string, Room>();

  constructor(turn: Turn, presence: Presence, limits: RoomLimits) {
    this.#limits = limits;
    this.#turn = turn;
    this.#presence = presence;
  }

  /** The rooms that somebody is in. */
  all(): IterableIterator<Room> {
    return this.#rooms.values();
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  /** Why so many cannot enter a room, if so. */
  refusal(name: string, coming = 1): Refusal | undefined {
    const { rooms, peopleInRoom } = this.#limits;
    const people = this.#rooms.get(name)?.members.size;
    if (people === undefined && this.#rooms.size >= rooms) {
      return { code: 'too-many-rooms', message: `There are ${rooms} rooms already` };
    }
    if ((people ?? 0) + coming <= peopleInRoom) return undefined;
    return { code: 'room-full', message: `There may be ${peopleInRoom} people in a room` };
  }

  /** Lets somebody in who is in no room. */
  enter(session: Session, name: string, media: MediaDescription, state: ParticipantState = {}): Room {
    return this.#admit(session, name, media, state, this.#rooms.get(name)?.members.values() ?? []);
  }

  /** Takes somebody out of the room that they are in, if any. */
  exit(session: Session, reason: LeaveReason): void {
    if (!session.inside) return;
    const { room, participant } = session.inside;
    const { id, name } = participant;
    session.inside = undefined;
    room.members.delete(id);
    room.names.delete(nameKey(name));
    if (room.members.size === 0) this.#rooms.delete(room.name);
    this.#turn.emit({ type: 'left', room: room.name, id, ...linkOf(session) });
    this.#turn.tellAll(room.members.values(), { type: 'participant-left', id, name, reason });
    this.#presence.changed(session);
  }

  /** Takes everybody in a room to another one at once. */
  relocate(from: Room, name: string): Session[] {
    const movers = [...from.members.values()];
    const already = [...(this.#rooms.get(name)?.members.values() ?? [])];
    // Nobody among them is told of the others' leaving and coming: each is shown the new room.
    from.members.clear();
    for (const session of movers) {
      const { media, state } = session.inside?.participant ?? noMedia;
      this.exit(session, 'left');
      this.#admit(session, name, media, state, already);
    }
    return movers;
  }

  /** Changes what others see of somebody in a room. */
  update(
    session: Session,
    change: { media?: MediaDescription; state?: VisibleState; observedAddress?: string },
  ): void {
    if (!session.inside) return;
    const { room, participant: before } = session.inside;
    const participant = { ...before, ...change, state: { ...before.state, ...change.state } };
    if (change.state?.reconnecting === false) delete participant.state.reconnecting;
    session.inside = { room, participant };
    this.#turn.tellAll(room.members.values(), { type: 'participant-updated', participant }, session);
    this.#presence.changed(session);
  }

  /** Hands something sealed on to somebody in the same room. */
  passKey(session: Session, { requestId, to, data }: ClientMessage & { type: 'key' }): Refusal | undefined {
    if (!session.inside) return { code: 'not-in-room', message: 'You are in no room', requestId };
    for (const other of session.inside.room.members.values()) {
      if (other.instance !== to || other === session) continue;
      this.#turn.tell(other, { type: 'key', from: session.instance, data });
      // Not kept for who asks again: what is lost is sealed anew.
      return void this.#turn.tell(session, { type: 'done', requestId });
    }
    return { code: 'nobody-there', message: 'Nobody of this instance is in the room', requestId };
  }

  /** The room as somebody in it sees it. */
  view(session: Session): RoomView | undefined {
    if (!session.inside) return undefined;
    const { room, participant } = session.inside;
    const participants = [];
    for (const { inside, id } of room.members.values()) {
      if (inside && id !== session.id) participants.push(inside.participant);
    }
    return { room: room.name, call: room.isCall, self: participant, participants };
  }

  save(): SavedRoom[] {
    return Array.from(this.#rooms.values(), ({ name, isCall, keepUntil, members }) => ({
      ...{ name, isCall, keepUntil },
      members: Array.from(members.values()).flatMap(({ inside }) => (inside ? [inside.participant] : [])),
    }));
  }

  load(saved: readonly SavedRoom[], sessions: Sessions): void {
    for (const { name, isCall, keepUntil, members } of saved) {
      const room: Room = { name, isCall, keepUntil, members: new Map(), names: new Set() };
      this.#rooms.set(name, room);
      for (const participant of members) {
        for (const session of sessions.withIds([participant.id])) {
          session.inside = { room, participant };
          room.members.set(session.id, session);
          room.names.add(nameKey(participant.name));
        }
      }
    }
  }

  #admit(
    session: Session,
    name: string,
    media: MediaDescription,
    state: ParticipantState,
    witnesses: Iterable<Session>,
  ): Room {
    const room = this.#rooms.get(name) ?? newRoom(name);
    this.#rooms.set(name, room);
    session.away = state.away ?? session.away;
    const participant = {
      id: session.id,
      instance: session.instance,
      name: uniqueName(session.name, room.names, limits.name),
      observedAddress: session.observedAddress,
      media,
      state: {
        ...state,
        ...(session.away && { away: true }),
        ...(session.lost?.isTold && { reconnecting: true }),
      },
    };
    this.#turn.tellAll(witnesses, { type: 'participant-joined', participant });
    session.inside = { room, participant };
    room.members.set(session.id, session);
    room.names.add(nameKey(participant.name));
    this.#turn.emit({ type: 'joined', room: name, id: session.id, ...linkOf(session) });
    this.#presence.changed(session);
    return room;
  }
}

/**
 * The name of a call's room. Who is in the call knows it and can come back to it by that, even on a server
 * that was started anew; nobody else can guess it.
 * @param id 32 hexadecimal digits
 */
export const callRoom = (id: string): string => `call:${id}`;

const noMedia = { media: { candidates: [], ports: {}, streams: [] }, state: {} };

const linkOf = ({ link }: Session) => (link === undefined ? {} : { link });

const newRoom = (name: string): Room => ({
  name,
  isCall: /^call:[\da-f]{32}$/.test(name),
  members: new Map(),
  names: new Set(),
  keepUntil: undefined,
});
