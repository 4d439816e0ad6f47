import { micros, millis, uniform, type Micros, type Random } from '@hellohaybye/core';
import type { VirtualClock } from '@hellohaybye/core/testing';
import type { Participant } from '../protocol/types.js';
import { MemoryStore } from '../room/memory-store.js';
import type { StoreCommand, StoreEvent } from '../room/store.js';

/** What one process of a world sees of what they share. */
export interface ProcessStore {
  execute(command: StoreCommand): void;
  /** Whether the process takes connections. */
  readonly isAvailable: boolean;
  /** The process is dead: it says nothing more, and hears nothing. */
  die(): void;
}

/** What the processes of a world share. It lives on when one of them dies. */
export interface WorldStore {
  /** A process begins. @param listener told of each event; is to see to what comes of it */
  open(listener: (event: StoreEvent) => void): ProcessStore;
  /** For so long everything takes up to so long on its way to the store, and as long on its way back, for each by itself. */
  slow(span: Micros, most: Micros): void;
  /** For so long nothing is taken and nothing told. */
  hang(span: Micros): void;
  /** Nothing is to be seen to any more. */
  close(): void;
  rooms(): string[];
  participants(room: string): Participant[];
  statistics(): { sessions: number; rooms: number; invitations: number };
  /** What each process knows, for itself, where it does. */
  views(): unknown[];
}

/** A store that is at once all that a log could be: everybody hears of everything as it happens. */
export class QuickStore implements WorldStore {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #store = new MemoryStore();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  #isClosed = false;

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#store.subscribe((event) => {
      for (const listener of this.#listeners) listener(event);
    });
  }

  open(listener: (event: StoreEvent) => void): ProcessStore {
    this.#listeners.add(listener);
    const links = new Set<string>();
    return {
      isAvailable: true,
      execute: (command) => {
        if (command.type === 'hello') links.add(command.link);
        else if (command.type === 'detach') links.delete(command.link);
        this.#execute(command);
      },
      die: () => {
        this.#listeners.delete(listener);
        // The others notice that it has been silent.
        this.#later(millis(5000 + uniform(this.#random) * 3000), () => {
          for (const link of links) {
            this.#execute({ type: 'detach', at: this.#clock.now(), link, reason: 'disconnected' });
          }
        });
      },
    };
  }

  slow(): void {}

  hang(): void {}

  close(): void {
    this.#isClosed = true;
  }

  rooms = () => this.#store.rooms();
  participants = (room: string) => this.#store.participants(room);
  statistics = () => this.#store.statistics();
  views = () => [];

  #execute(command: StoreCommand): void {
    this.#store.execute(command);
    const at = this.#store.nextDeadline();
    if (at === undefined) return;
    this.#later(micros(Math.max(1, at - this.#clock.now())), () => {
      if (this.#store.nextDeadline() === at) this.#execute({ type: 'expire', at: this.#clock.now() });
    });
  }

  #later(after: Micros, run: () => void): void {
    this.#clock.schedule(micros(this.#clock.now() + after), () => {
      if (!this.#isClosed) run();
    });
  }
}
