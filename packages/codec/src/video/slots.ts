/** A place to work in, with what it keeps between two pieces of work. */
export interface Slot {
  output?: Buffer;
}

/** Lets a fixed number of pieces of work go on at once. The others wait, first come, first served. */
export class Slots {
  readonly #count: number;
  readonly #free: Slot[] = [];
  readonly #waiting: ((slot: Slot) => void)[] = [];
  #idle: (() => void)[] = [];

  /** @param count 1 to 64; what is outside is moved inside */
  constructor(count: number) {
    this.#count = Math.min(64, Math.max(1, Math.floor(count) || 1));
    for (let i = 0; i < this.#count; i++) this.#free.push({});
  }

  async run<Result>(work: (slot: Slot) => Promise<Result>): Promise<Result> {
    const slot = this.#free.pop() ?? (await new Promise<Slot>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(slot);
    } finally {
      this.#release(slot);
    }
  }

  /** Resolves when nothing is being worked on and nothing waits. */
  async idle(): Promise<void> {
    if (this.#free.length < this.#count) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #release(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next) return next(slot);
    this.#free.push(slot);
    if (this.#free.length < this.#count) return;
    for (const resolve of this.#idle) resolve();
    this.#idle = [];
  }
}
