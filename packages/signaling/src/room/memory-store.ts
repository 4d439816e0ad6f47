import { limits } from '../protocol/limits.js';
import type { Participant } from '../protocol/types.js';
import type { RoomStore, StoreCommand, StoreEvent } from './store.js';
import { nameKey, uniqueName } from './unique-name.js';

interface Room {
  participants: Map<string, Participant>;
  names: Set<string>;
}

/** The store of a single process: events come before `execute` returns, and nothing outlives the process. */
export class MemoryStore implements RoomStore {
  readonly #rooms = new Map<string, Room>();
  #listener: (event: StoreEvent) => void = () => {};

  subscribe(listener: (event: StoreEvent) => void): void {
    this.#listener = listener;
  }

  execute(command: StoreCommand): void {
    const event = this.#apply(command);
    if (event) this.#listener(event);
  }

  /** Who is in a room, in the order in which they came. */
  participants(room: string): Participant[] {
    return [...(this.#rooms.get(room)?.participants.values() ?? [])];
  }

  /** The rooms that somebody is in. */
  rooms(): string[] {
    return [...this.#rooms.keys()];
  }

  close(): Promise<void> {
    this.#rooms.clear();
    return Promise.resolve();
  }

  #apply(command: StoreCommand): StoreEvent | undefined {
    switch (command.type) {
      case 'join':
        return this.#join(command);
      case 'update':
        return this.#update(command);
      case 'leave':
        return this.#leave(command);
    }
  }

  #join({
    room: key,
    participant: wish,
    requestId,
  }: StoreCommand & { type: 'join' }): StoreEvent | undefined {
    const room = this.#rooms.get(key) ?? { participants: new Map(), names: new Set() };
    if (room.participants.has(wish.id)) return undefined;
    const others = [...room.participants.values()];
    const participant = { ...wish, name: uniqueName(wish.name, room.names, limits.name) };
    this.#rooms.set(key, room);
    room.participants.set(participant.id, participant);
    room.names.add(nameKey(participant.name));
    return { type: 'joined', room: key, participant, others, requestId };
  }

  #update({ room, id, requestId, media, state }: StoreCommand & { type: 'update' }): StoreEvent | undefined {
    const participants = this.#rooms.get(room)?.participants;
    const before = participants?.get(id);
    if (!participants || !before) return undefined;
    const participant = { ...before, media: media ?? before.media, state: { ...before.state, ...state } };
    participants.set(id, participant);
    return { type: 'updated', room, participant, requestId };
  }

  #leave({ room: key, id, reason, requestId }: StoreCommand & { type: 'leave' }): StoreEvent | undefined {
    const room = this.#rooms.get(key);
    const participant = room?.participants.get(id);
    if (!room || !participant) return undefined;
    room.participants.delete(id);
    room.names.delete(nameKey(participant.name));
    if (room.participants.size === 0) this.#rooms.delete(key);
    const left = { type: 'left', room: key, id, name: participant.name, reason } as const;
    return requestId === undefined ? left : { ...left, requestId };
  }
}
