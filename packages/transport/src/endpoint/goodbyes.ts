import { micros, millis, type Micros } from '@hellohaybye/core';

interface Repetition {
  destination: string;
  ssrc: number;
  at: Micros;
  left: number;
  send: () => void;
}

/** BYE packets that are sent again, since nothing confirms them. */
export class Goodbyes {
  #waiting: Repetition[] = [];

  /** Sends a BYE now and twice more. */
  say(destination: string, ssrc: number, send: () => void, now: Micros): void {
    send();
    this.#waiting.push({ destination, ssrc, at: micros(now + GOODBYE_GAP), left: GOODBYE_COPIES - 1, send });
  }

  /** Takes back what is not sent yet: the destination, or the source, is here again. */
  cancel(of: { destination?: string; ssrc?: number }): void {
    this.#waiting = this.#waiting.filter(
      ({ destination, ssrc }) => destination !== of.destination && ssrc !== of.ssrc,
    );
  }

  nextDeadline(): Micros | undefined {
    let earliest: Micros | undefined;
    for (const { at } of this.#waiting) if (earliest === undefined || at < earliest) earliest = at;
    return earliest;
  }

  tick(now: Micros): void {
    for (const goodbye of this.#waiting) {
      if (goodbye.at > now) continue;
      goodbye.send();
      goodbye.left -= 1;
      goodbye.at = micros(now + GOODBYE_GAP);
    }
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
  }
}

const GOODBYE_COPIES = 3;
/** Long enough that a burst of losses does not take all copies, short enough that leaving is not felt. */
const GOODBYE_GAP = millis(10);
