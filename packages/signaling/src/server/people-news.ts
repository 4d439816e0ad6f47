import { toMillis, type Clock, type Micros } from '@hellohaybye/core';
import type { ServerMessage } from '../protocol/types.js';
import { textFrame } from './frame.js';

type News = ServerMessage & { type: 'person' | 'person-gone' };

/**
 * Who comes, changes and goes concerns everybody who watches: it is told to each at most once in a while, all that has
 * come together since in one go, and of each person only how they are by then.
 */
export class PeopleNews {
  readonly #pending = new Map<string, { to: readonly number[]; text: string }>();
  /** How each person was told of last: what changes nothing of that is no news. */
  readonly #told = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #toldAt: Micros | undefined;

  /**
   * @param every how often a watcher is told
   * @param deliver sends frames to a connection, in one go
   */
  constructor(
    private readonly clock: Clock,
    private readonly every: Micros,
    private readonly deliver: (connection: number, frames: readonly Buffer[]) => void,
  ) {}

  /** @param to the connections of all who watch */
  add(to: readonly number[], message: News): void {
    const id = message.type === 'person' ? message.person.id : message.id;
    const text = JSON.stringify(message);
    // With a change that waits, somebody may have been shown what this one takes back.
    if (this.#told.get(id) === text && !this.#pending.has(id)) return;
    this.#pending.set(id, { to, text });
    if (this.#timer) return;
    const since = this.#toldAt === undefined ? this.every : this.clock.now() - this.#toldAt;
    if (since >= this.every) this.#tell();
    else this.#timer = setTimeout(() => this.#tell(), toMillis((this.every - since) as Micros)).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#toldAt = this.clock.now();
    const frames = new Map<number, Buffer[]>();
    for (const [id, { to, text }] of this.#pending) {
      if (text.startsWith(gone)) this.#told.delete(id);
      else this.#told.set(id, text);
      const frame = textFrame(text);
      for (const connection of to) {
        const theirs = frames.get(connection);
        if (theirs) theirs.push(frame);
        else frames.set(connection, [frame]);
      }
    }
    this.#pending.clear();
    for (const [connection, theirs] of frames) this.deliver(connection, theirs);
  }
}

const gone = '{"type":"person-gone"';
