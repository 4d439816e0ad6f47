import type { FrameRepair } from './frame-repair.js';

/** Frames that are not decided, in order of arrival. */
export class OpenFrames {
  readonly all: FrameRepair[] = [];
  /** Bytes of repair packets that they hold. */
  symbolBytes = 0;
  /** The one that was found last: nearly all packets are of the same frame as the one before. */
  #current: FrameRepair | undefined;

  find(timestamp: number): FrameRepair | undefined {
    if (timestamp === this.#current?.timestamp) return this.#current;
    for (const frame of this.all) if (timestamp === frame.timestamp) return (this.#current = frame);
    return undefined;
  }

  /** Takes one up; the oldest goes when there are too many. */
  add(frame: FrameRepair): void {
    this.#current = frame;
    this.all.push(frame);
    if (this.all.length > MAX_FRAMES) this.remove(this.all[0]!);
  }

  remove(frame: FrameRepair): void {
    this.#current = undefined;
    this.all.splice(this.all.indexOf(frame), 1);
    this.symbolBytes -= frame.symbolBytes;
  }

  clear(): void {
    this.#current = undefined;
    this.all.length = 0;
    this.symbolBytes = 0;
  }
}

/** As many as the stream keeps, and some of which only repair packets came. */
const MAX_FRAMES = 72;
