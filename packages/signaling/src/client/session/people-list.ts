import type { Person, RoomSummary, ServerMessage } from '../../protocol/types.js';
import type { ClientEvent, People } from './client-events.js';

/** Who is connected, as far as it was told. */
export class PeopleList {
  /** Whether the server is to tell of changes. */
  isWatched = false;
  readonly #emit: (event: ClientEvent) => void;
  #people = new Map<string, Person>();

  constructor(emit: (event: ClientEvent) => void) {
    this.#emit = emit;
  }

  all(): People {
    const people = [...this.#people.values()];
    const rooms = new Map<string, RoomSummary>();
    for (const { room } of people) {
      if (room !== undefined) rooms.set(room, { name: room, people: (rooms.get(room)?.people ?? 0) + 1 });
    }
    return { people, rooms: [...rooms.values()] };
  }

  /** @param isNews whether nobody asked for it */
  set({ people }: ServerMessage & { type: 'people' }, isNews: boolean): void {
    this.#people = new Map(people.map((one) => [one.id, one]));
    if (isNews) this.#emit({ name: 'people', value: this.all() });
  }

  /** Somebody came, changed or went. */
  change(message: ServerMessage & { type: 'person' | 'person-gone' }): void {
    if (message.type === 'person') this.#people.set(message.person.id, message.person);
    else this.#people.delete(message.id);
    if (this.isWatched) this.#emit({ name: 'people', value: this.all() });
  }
}
