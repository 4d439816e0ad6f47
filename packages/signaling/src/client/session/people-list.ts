import type { Person, RoomSummary, ServerMessage } from '../../protocol/types.js';
import type { People } from './client-events.js';

/** Who is connected, as far as it was told. */
export class PeopleList {
  /** Whether the server is to tell of changes. */
  isWatched = false;
  #people = new Map<string, Person>();

  all(): People {
    const people = [...this.#people.values()];
    const rooms = new Map<string, RoomSummary>();
    for (const { room } of people) {
      if (room !== undefined) rooms.set(room, { name: room, people: (rooms.get(room)?.people ?? 0) + 1 });
    }
    return { people, rooms: [...rooms.values()] };
  }

  set({ people }: ServerMessage & { type: 'people' }): void {
    this.#people = new Map(people.map((one) => [one.id, one]));
  }

  /** @returns whether anybody wants to know */
  change(message: ServerMessage & { type: 'person' | 'person-gone' }): boolean {
    if (message.type === 'person') this.#people.set(message.person.id, message.person);
    else this.#people.delete(message.id);
    return this.isWatched;
  }
}
