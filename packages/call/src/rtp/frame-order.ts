import { millis } from '@hellohaybye/core';
import type { IncomingFrame } from '@hellohaybye/transport';

/** How long frames wait: as long as the transport waits for the packets of one before it gives it up. */
const wait = millis(100);

interface Held {
  /** In order of their timestamps. */
  frames: IncomingFrame[];
  /** The timestamp of the last frame that was given out. */
  last: number;
}

/**
 * Puts the frames of each stream in the order in which they were captured, for who is in no hurry. The transport
 * gives frames out as they become whole, and packets overtake each other. Pure.
 */
export class FrameOrder {
  readonly #streams = new Map<string, Held>();

  /** Takes a frame. @returns those that have waited long enough; of each stream in order */
  push(frame: IncomingFrame): IncomingFrame[] {
    const held = this.#of(frame.stream);
    // Its place is taken.
    if (frame.timestamp > held.last) {
      const after = held.frames.findIndex(({ timestamp }) => timestamp > frame.timestamp);
      held.frames.splice(after === -1 ? held.frames.length : after, 0, frame);
    }
    const due = frame.arrivedAt - wait;
    return [...this.#streams.values()].flatMap((stream) =>
      take(stream, stream.frames.findLastIndex(({ arrivedAt }) => arrivedAt <= due) + 1),
    );
  }

  /** A stream begins anew: its timestamps start over. @returns what it still held */
  restart(stream: string): IncomingFrame[] {
    const held = this.#of(stream);
    const rest = take(held, held.frames.length);
    held.last = -Infinity;
    return rest;
  }

  /** The end. @returns what was still held */
  flush(): IncomingFrame[] {
    return [...this.#streams.values()].flatMap((stream) => take(stream, stream.frames.length));
  }

  #of(stream: string): Held {
    let held = this.#streams.get(stream);
    if (!held) this.#streams.set(stream, (held = { frames: [], last: -Infinity }));
    return held;
  }
}

function take(held: Held, count: number): IncomingFrame[] {
  const taken = held.frames.splice(0, count);
  held.last = taken.at(-1)?.timestamp ?? held.last;
  return taken;
}
