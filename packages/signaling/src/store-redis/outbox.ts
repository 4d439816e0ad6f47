import type { Micros } from '@hellohaybye/core';
import type { StoreCommand } from '../room/store.js';
import { asWritten, type LogEntry, type LogItem } from './log-entry.js';

interface Waiting {
  item: LogItem;
  size: number;
  /** When whoever asked is told that it could not be done. */
  giveUpAt: Micros | undefined;
  isTold: boolean;
}

interface Unconfirmed {
  entry: LogEntry;
  size: number;
  waiting: Waiting[];
}

/**
 * What a process has to append to the log, in order, until it has read it there. An entry once made never
 * changes: when it is not known to have arrived, the same one is appended again.
 */
export class Outbox {
  readonly #process: string;
  #waiting: Waiting[] = [];
  #unconfirmed: Unconfirmed[] = [];
  /** How many of the unconfirmed were handed out. */
  #sent = 0;
  #next = 0;
  #size = 0;

  constructor(process: string) {
    this.#process = process;
  }

  /** Whether all was read in the log. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#unconfirmed.length === 0;
  }

  /** Whether nothing more is taken that can be refused. */
  get isFull(): boolean {
    return this.#size >= maxSize;
  }

  add(item: LogItem, giveUpAt?: Micros): void {
    const size = JSON.stringify(item).length;
    this.#size += size;
    this.#waiting.push({ item, size, giveUpAt, isTold: false });
  }

  /**
   * The next entry to append, or undefined when there is none, or enough of them are underway.
   * @param version of a new entry; undefined: none is made yet
   */
  take(version: number | undefined): LogEntry | undefined {
    const isNext = this.#sent === this.#unconfirmed.length && this.#sent < maxUnderway;
    if (isNext && version !== undefined) this.#pack(version);
    const next = this.#unconfirmed[this.#sent];
    if (next) this.#sent += 1;
    return next?.entry;
  }

  /** Nobody knows which of the entries underway have arrived: all are handed out once more. */
  rewind(): void {
    this.#sent = 0;
  }

  /**
   * The entries up to this number are in the log.
   * @returns the places in the entry of this number whose giver was told that it could not be done
   */
  confirm(number: number): ReadonlySet<number> {
    const told = new Set<number>();
    while (this.#unconfirmed[0] && this.#unconfirmed[0].entry.number <= number) {
      const { size, waiting, entry } = this.#unconfirmed.shift()!;
      this.#size -= size;
      this.#sent = Math.max(0, this.#sent - 1);
      if (entry.number !== number) continue;
      waiting.forEach(({ isTold }, index) => isTold && told.add(index));
    }
    return told;
  }

  /**
   * The commands whose time is up, each once. One that is in no entry is not going to be carried out; the others
   * have to be in the log by a time that has passed, too.
   */
  expired(now: Micros): StoreCommand[] {
    const expired: StoreCommand[] = [];
    const isDue = (one: Waiting) => {
      const { giveUpAt, isTold, item } = one;
      if (giveUpAt === undefined || giveUpAt > now || isTold || item.type !== 'command') return false;
      one.isTold = true;
      expired.push(item.command);
      return true;
    };
    for (const { waiting } of this.#unconfirmed) waiting.forEach(isDue);
    this.#waiting = this.#waiting.filter((one) => {
      if (!isDue(one)) return true;
      this.#size -= one.size;
      return false;
    });
    return expired;
  }

  #pack(version: number): void {
    if (this.#waiting.length === 0) return;
    let [count, size] = [0, 0];
    for (const one of this.#waiting) {
      if (count > 0 && (count >= maxItems || size + one.size > maxEntrySize)) break;
      count += 1;
      size += one.size;
    }
    const waiting = this.#waiting.splice(0, count);
    const items = waiting.map(({ item }) => asWritten(item, version));
    this.#unconfirmed.push({
      entry: { version, process: this.#process, number: this.#next, items },
      ...{ size, waiting },
    });
    this.#next += 1;
  }
}

/** Characters of JSON that may wait; a client's message has at most 32,768. */
const maxSize = 16_777_216;
/** Characters and items of one entry; a single item may be larger. */
const maxEntrySize = 65_536;
const maxItems = 256;
/** Entries that may be underway at once. */
const maxUnderway = 32;
