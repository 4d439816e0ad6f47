import type { Micros } from '@hellohaybye/core';
import type { StoreCommand } from '../room/store.js';

/** One thing that a process wants to be known to all. */
export type LogItem =
  /** The process takes part from here on. `speaks` is the newest version of the log that it understands. */
  | { type: 'enter'; speaks: number }
  /** The process is alive. */
  | { type: 'beat' }
  /** The process takes part no longer, and has no connections any more. */
  | { type: 'leave' }
  /** Another process has been silent for long: it is out, unless there is an entry of it after `last`. */
  | { type: 'gone'; process: string; last: number }
  /** A command, carried out when it is in the log by `by` in the log's time; always where that is absent. */
  | { type: 'command'; command: StoreCommand; by?: Micros };

/** What a process appends at once. Its entries are numbered from 0, so that one that comes twice is noticed. */
export interface LogEntry {
  /** Which version of the log one has to understand to carry this out. */
  version: number;
  process: string;
  number: number;
  items: LogItem[];
}

/**
 * The newest version that this program writes and understands. To be raised with every change that lets two programs
 * make different things of one log: another item or command, another rule of the directory, another snapshot.
 * - 1: the first.
 * - 2: `remove` with `connected`, `hello` with `mostOfName`.
 */
export const logVersion = 2;

/** What a process enters with, that all understand whatever they are. */
export const oldestVersion = 1;

/** An item as a program of an older version would write it. Whatever that does not know does not happen. */
export function asWritten(item: LogItem, version: number): LogItem {
  if (version >= 2 || item.type !== 'command') return item;
  const command = { ...item.command };
  if (command.type === 'remove') delete command.connected;
  else if (command.type === 'hello') delete command.mostOfName;
  return { ...item, command };
}

/** An entry as the fields of a Redis stream entry, name and value in turn. */
export const encodeEntry = ({ version, process, number, items }: LogEntry): string[] => [
  ...['v', String(version), 'p', process],
  ...['n', String(number), 'i', JSON.stringify(items)],
];

/** What the fields of a stream entry say. */
export type Decoded =
  | { ok: true; entry: LogEntry }
  /** Written by a newer program, so that we cannot know what it does. */
  | { ok: false; reason: 'newer'; version: number }
  /** No entry at all: all of one version find so alike, and pass it over. */
  | { ok: false; reason: 'foreign' };

/** Reads the fields of a stream entry, name and value in turn. Unknown fields are passed over. */
export function decodeEntry(fields: readonly string[]): Decoded {
  const value = (name: string) => {
    for (let at = 0; at + 1 < fields.length; at += 2) if (fields[at] === name) return fields[at + 1];
    return undefined;
  };
  const [version, number] = [Number(value('v')), Number(value('n'))];
  const process = value('p');
  if (!Number.isInteger(version) || version < 1) return foreign;
  if (version > logVersion) return { ok: false, reason: 'newer', version };
  if (process === undefined || !Number.isInteger(number) || number < 0) return foreign;
  const items = itemsIn(value('i') ?? '');
  if (!items) return foreign;
  // A version that we know, with an item that we do not know, was written by a program that did not keep its word.
  const isKnown = items.every(({ type }) => itemTypes.has(type));
  return isKnown
    ? { ok: true, entry: { version, process, number, items } }
    : { ok: false, reason: 'newer', version: logVersion + 1 };
}

function itemsIn(text: string): LogItem[] | undefined {
  try {
    const items = JSON.parse(text) as unknown;
    if (!Array.isArray(items)) return undefined;
    const isItem = (one: unknown) => typeof one === 'object' && one !== null && 'type' in one;
    return items.every(isItem) ? (items as LogItem[]) : undefined;
  } catch {
    return undefined;
  }
}

const foreign = { ok: false, reason: 'foreign' } as const;

const itemTypes = new Set<string>(['enter', 'beat', 'leave', 'gone', 'command'] satisfies LogItem['type'][]);
