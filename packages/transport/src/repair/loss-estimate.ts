import type { LossModel } from './loss-model.js';

/**
 * How many source packets get lost lately, and in what runs. A packet is judged only when many later ones
 * were seen, so that what is merely late, or held back by a stall, does not count as lost.
 */
export class LossEstimate {
  /** Sequence number to be judged next. */
  #next: number | undefined;
  #expected = 0;
  #lost = 0;
  #runs = 0;
  #inRun = false;
  /** Judged and lost since the start. */
  total = { expected: 0, lost: 0 };

  /**
   * Judges what has become old enough.
   * @param highest sequence number seen so far, unwrapped
   * @param seen whether a packet was received
   */
  update(highest: number, seen: (sequenceNumber: number) => boolean): void {
    this.#next ??= highest;
    const end = highest - LAG;
    // After a long gap: what the window of the seen ones no longer covers can't be told.
    if (end - this.#next > MAX_BEHIND) this.#next = end - MAX_BEHIND;
    while (this.#next < end) {
      this.#judge(seen(this.#next));
      this.#next += 1;
    }
  }

  restart(): void {
    this.#next = undefined;
    this.#inRun = false;
  }

  /** Share of packets that get lost: 0 to 1. */
  get share(): number {
    return this.#lost < 1e-6 ? 0 : this.#lost / this.#expected;
  }

  get model(): LossModel {
    if (this.#lost < 1e-6) return { share: 0, burst: 1 };
    return {
      share: this.share,
      burst: Math.max(1, this.#lost / Math.max(this.#runs, 1e-9)),
    };
  }

  /** Whether as many packets as are remembered were judged, and none was lost for many times that. */
  get lossless(): boolean {
    return this.#expected >= MEMORY && this.#lost < 1e-6;
  }

  /** Packets that were judged, at most as many as are remembered. */
  get weight(): number {
    return this.#expected;
  }

  #judge(seen: boolean): void {
    // A plain average at first, then one that forgets.
    const keep = 1 - 1 / Math.max(2, Math.min(MEMORY, this.#expected + 1));
    if (this.#expected >= MEMORY) {
      this.#expected *= keep;
      this.#lost *= keep;
      this.#runs *= keep;
    }
    this.#expected += 1;
    this.total.expected += 1;
    if (!seen) {
      this.#lost += 1;
      this.total.lost += 1;
      if (!this.#inRun) this.#runs += 1;
    }
    this.#inRun = !seen;
  }
}

/** Packets that have to follow before one that is missing counts as lost. */
const LAG = 48;
/** Packets remembered: 6 s of a video call. */
const MEMORY = 6000;
const MAX_BEHIND = 1024;
