import { micros, seconds, type Micros } from '@hellohaybye/core';

/** A line as it is said. */
export interface Line {
  id: string;
  text: string;
}

/** Lines for people who can't be written to yet, as keys are still on their way. For a while, and so many each. Pure. */
export class HeldLines {
  readonly #held = new Map<string, { line: Line; until: Micros }[]>();

  /** @returns false when there is no room for more */
  hold(peer: string, line: Line, now: Micros): boolean {
    const lines = this.#held.get(peer) ?? [];
    if (lines.length >= mostLines) return false;
    lines.push({ line, until: micros(now + longest) });
    this.#held.set(peer, lines);
    return true;
  }

  /** Gives out what waits for a peer, in the order in which it was written. */
  release(peer: string): Line[] {
    const lines = (this.#held.get(peer) ?? []).map(({ line }) => line);
    this.#held.delete(peer);
    return lines;
  }

  /** Gives up what has waited too long. @returns how many lines to whom */
  expire(now: Micros): { peer: string; lines: number }[] {
    const gone: { peer: string; lines: number }[] = [];
    for (const [peer, lines] of [...this.#held]) {
      const rest = lines.filter(({ until }) => until > now);
      if (rest.length === lines.length) continue;
      gone.push({ peer, lines: lines.length - rest.length });
      if (rest.length > 0) this.#held.set(peer, rest);
      else this.#held.delete(peer);
    }
    return gone;
  }

  /** When `expire` is due; undefined when nothing is held. */
  nextDeadline(): Micros | undefined {
    const dues = Array.from(this.#held.values(), ([first]) => first!.until);
    return dues.length === 0 ? undefined : micros(Math.min(...dues));
  }
}

/** Far more than keys take where all is well; whoever waits longer should know. */
const longest = seconds(10);

const mostLines = 32;
