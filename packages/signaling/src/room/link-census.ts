import type { Outcome } from '../protocol/types.js';

/** How much there is of what, on this server. */
export interface RoomStatistics {
  connections: number;
  rooms: number;
  participants: number;
}

/** Counts in which rooms the people of this server's connections are, and how their invitations ended. */
export class LinkCensus {
  readonly #roomOf = new Map<object, string>();
  readonly #people = new Map<string, number>();
  readonly #outcomes: Record<Outcome, number> = {
    accepted: 0,
    declined: 0,
    cancelled: 0,
    busy: 0,
    timeout: 0,
    gone: 0,
  };

  joined(connection: object | undefined, room: string): void {
    if (!connection) return;
    this.left(connection);
    this.#roomOf.set(connection, room);
    this.#people.set(room, (this.#people.get(room) ?? 0) + 1);
  }

  left(connection: object | undefined): void {
    const room = connection && this.#roomOf.get(connection);
    if (!connection || room === undefined) return;
    this.#roomOf.delete(connection);
    const people = (this.#people.get(room) ?? 0) - 1;
    if (people > 0) this.#people.set(room, people);
    else this.#people.delete(room);
  }

  ended(outcome: Outcome): void {
    this.#outcomes[outcome] += 1;
  }

  people(): { rooms: number; participants: number } {
    return { rooms: this.#people.size, participants: this.#roomOf.size };
  }

  calls(): { inCalls: number; outcomes: Readonly<Record<Outcome, number>> } {
    let inCalls = 0;
    for (const room of this.#roomOf.values()) if (room.startsWith('call:')) inCalls += 1;
    return { inCalls, outcomes: { ...this.#outcomes } };
  }
}
