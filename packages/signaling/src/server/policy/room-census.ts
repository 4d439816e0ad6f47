import type { Refusal } from '../../protocol/errors.js';
import type { StoreEvent } from '../../room/store.js';

/** How many rooms there may be, and how many people in one. */
export interface RoomLimits {
  rooms: number;
  peopleInRoom: number;
}

/** Counts the people in each room by the store's events, and says when there are too many. */
export class RoomCensus {
  readonly #limits: RoomLimits;
  readonly #people = new Map<string, number>();

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  /** Something happened in a room. */
  stored(event: StoreEvent): void {
    if (event.type !== 'joined' && event.type !== 'left') return;
    const people = (this.#people.get(event.room) ?? 0) + (event.type === 'joined' ? 1 : -1);
    if (people > 0) this.#people.set(event.room, people);
    else this.#people.delete(event.room);
  }

  /** Why nobody else may enter a room, if so. */
  refusal(room: string): Refusal | undefined {
    const { rooms, peopleInRoom } = this.#limits;
    const people = this.#people.get(room);
    if (people === undefined && this.#people.size >= rooms) {
      return { code: 'too-many-rooms', message: `There are ${rooms} rooms already` };
    }
    if (people === undefined || people < peopleInRoom) return undefined;
    return { code: 'room-full', message: `There are ${peopleInRoom} people in the room already` };
  }
}
