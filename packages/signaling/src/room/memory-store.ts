import type { Micros } from '@hellohaybye/core';
import type { Participant } from '../protocol/types.js';
import { Directory } from './directory.js';
import type { RoomLimits } from './rooms.js';
import type { RoomStore, StoreCommand, StoreEvent } from './store.js';

/** The store of a single process: events come before `execute` returns, and nothing outlives the process. */
export class MemoryStore implements RoomStore {
  readonly isAvailable = true;
  readonly #limits: RoomLimits | undefined;
  #directory: Directory;
  #listener: (event: StoreEvent) => void = () => {};

  /** @param limits absent: none */
  constructor(limits?: RoomLimits) {
    this.#limits = limits;
    this.#directory = new Directory(limits);
  }

  subscribe(listener: (event: StoreEvent) => void): void {
    this.#listener = listener;
  }

  execute(command: StoreCommand): void {
    for (const event of this.#directory.apply(command)) this.#listener(event);
  }

  nextDeadline(): Micros | undefined {
    return this.#directory.nextDeadline();
  }

  /** Who is in a room, in the order in which they came. */
  participants(room: string): Participant[] {
    return this.#directory.participants(room);
  }

  /** The rooms that somebody is in, those of calls too. */
  rooms(): string[] {
    return this.#directory.rooms();
  }

  canRemove(id: string): boolean {
    return this.#directory.isThere(id);
  }

  /** How much there is of what. */
  statistics(): { sessions: number; rooms: number; invitations: number } {
    return this.#directory.statistics();
  }

  close(): Promise<void> {
    this.#directory = new Directory(this.#limits);
    return Promise.resolve();
  }
}
