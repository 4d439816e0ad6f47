import type { RoomSummary, ServerMessage } from '../protocol/types.js';
import { NameIndex } from './name-index.js';
import { personOf, type Room, type Session } from './session.js';
import type { Sessions } from './sessions.js';
import type { Turn } from './turn.js';

/** Who wants to hear of everybody who comes, changes and goes. */
export class Presence {
  readonly #turn: Turn;
  readonly #watchers = new Set<Session>();
  readonly #names = new NameIndex();

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  watch(session: Session, wanted: boolean): void {
    if (wanted) this.#watchers.add(session);
    else this.#watchers.delete(session);
  }

  /** The ids of those who want to hear. */
  save(): string[] {
    return Array.from(this.#watchers, ({ id }) => id);
  }

  load(watchers: readonly string[], sessions: Sessions): void {
    for (const session of sessions.withIds(watchers)) this.#watchers.add(session);
    for (const session of sessions.all()) this.#names.set(session);
  }

  changed(session: Session): void {
    this.#names.set(session);
    if (this.#watchers.size === 0) return;
    this.#turn.tellAll(this.#watchers, { type: 'person', person: personOf(session) });
  }

  gone(session: Session): void {
    this.#names.delete(session);
    this.#watchers.delete(session);
    this.#turn.tellAll(this.#watchers, { type: 'person-gone', id: session.id });
  }

  /** Those who are shown by a name. */
  named(name: string): Session[] {
    return this.#names.of(name);
  }

  /** Everybody and every room, in the order in which they came. */
  people(
    requestId: number,
    sessions: Iterable<Session>,
    rooms: Iterable<Room>,
  ): ServerMessage & { type: 'people' } {
    const open: RoomSummary[] = [];
    for (const { name, isCall, members } of rooms) if (!isCall) open.push({ name, people: members.size });
    return { type: 'people', requestId, people: Array.from(sessions, personOf), rooms: open };
  }
}
