import { millis, seconds, type Micros } from '@hellohaybye/core';

/**
 * When to ask for servers on a link: at once, again soon, for Wi-Fi loses multicast packets and repeats none,
 * then three times as late each time. It does not get slower than every 9 s: two halves of a network that are
 * joined again by a cable elsewhere get no other sign of it, and one packet that is lost must not cost half a minute.
 */
export class QuerySchedule {
  #next: Micros;
  #asked = 0;

  /** @param now when the link came up */
  constructor(now: Micros) {
    this.#next = now;
  }

  /** Whether to ask now. True once for each time. */
  isDue(now: Micros): boolean {
    if (now < this.#next) return false;
    const pause = pauses[Math.min(this.#asked++, pauses.length - 1)]!;
    this.#next = (now + pause) as Micros;
    return true;
  }

  /** When to ask next. */
  nextDeadline(): Micros {
    return this.#next;
  }
}

const pauses = [millis(200), seconds(1), seconds(3), seconds(9)];
