import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { micros, type Micros } from '@hellohaybye/core';
import { asWritten, decodeEntry, encodeEntry, logVersion, type LogItem } from './log-entry.js';
import { Member } from './member.js';
import { Replica, type SavedReplica } from './replica.js';

/** An entry of the log, or what a program that had read all before it stored as its snapshot. */
type Line = { at: Micros; fields: string[] } | { state: SavedReplica };

/** Written by the program of a version itself, and not to be changed: it is what may be in somebody's Redis. */
const recorded = (version: number): Line[] =>
  readFileSync(new URL(`recorded/version-${version}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const copy = (replica: Replica) => JSON.parse(JSON.stringify(replica.save())) as SavedReplica;

/** Carries out what is recorded, and gives how it stands each time that was recorded, too. */
function carryOut(
  lines: Line[],
  replica = new Replica(),
  change = (fields: string[]) => fields,
): SavedReplica[] {
  const states: SavedReplica[] = [];
  for (const line of lines) {
    if ('state' in line) states.push(copy(replica));
    else {
      const decoded = decodeEntry(change(line.fields));
      if (decoded.ok) replica.apply(decoded.entry, line.at);
    }
  }
  return states;
}

const statesIn = (lines: Line[]) => lines.flatMap((line) => ('state' in line ? [line.state] : []));

describe('what version 1 wrote', () => {
  const lines = recorded(1);

  it('does what it did then: a rule that changes it needs a version of its own', () => {
    const states = statesIn(lines);
    expect(states.length).toBeGreaterThan(3);
    expect(carryOut(lines)).toEqual(states);
  });

  it('is gone on from by any of its snapshots', () => {
    const last = statesIn(lines).at(-1);
    for (const [index, line] of lines.entries()) {
      if (!('state' in line)) continue;
      expect(carryOut(lines.slice(index), Replica.load(line.state)).at(-1)).toEqual(last);
    }
  });

  it('means the same with fields that nobody knows, of entries, items and commands', () => {
    const more = (fields: string[]) => {
      const at = fields.indexOf('i') + 1;
      if (at === 0) return fields;
      const items = JSON.parse(fields[at]!) as LogItem[];
      const grown = items.map((item) => ({
        ...item,
        later: [1],
        ...(item.type === 'command' && { command: { ...item.command, later: { deep: true } } }),
      }));
      return ['later', 'x', ...fields.with(at, JSON.stringify(grown))];
    };
    expect(carryOut(lines, new Replica(), more)).toEqual(statesIn(lines));
  });
});

describe('what is written for version 1', () => {
  it('has nothing that it does not know', () => {
    const at = micros(1);
    const remove = { type: 'remove', at, id: 'anna', connected: true } as const;
    expect(asWritten({ type: 'command', command: remove }, 1)).toEqual({
      type: 'command',
      command: { type: 'remove', at, id: 'anna' },
    });
    expect(asWritten({ type: 'command', command: remove }, 2)).toEqual({ type: 'command', command: remove });
    const hello = {
      type: 'hello',
      at,
      link: 'a',
      requestId: 1,
      name: 'anna',
      observedAddress: '::1',
    } as const;
    expect(asWritten({ type: 'command', command: { ...hello, mostOfName: 3 } }, 1)).toEqual({
      type: 'command',
      command: hello,
    });
    for (const line of recorded(1)) {
      const decoded = 'fields' in line ? decodeEntry(line.fields) : undefined;
      for (const item of decoded?.ok ? decoded.entry.items : []) expect(asWritten(item, 1)).toEqual(item);
    }
  });
});

describe('a process that finds a newer program’s entry', () => {
  it('takes its leave in the oldest words, and does and says nothing more', () => {
    const now = micros(5_000_000_000);
    const member = new Member('old', new Replica(), now);
    const said: string[] = [];
    const drain = () => {
      for (let output = member.poll(); output; output = member.poll()) {
        if (output.type !== 'append') said.push(output.type);
        else said.push(`${output.entry.version} ${output.entry.items.map(({ type }) => type).join()}`);
      }
    };
    drain();
    member.read(encodeEntry({ version: logVersion + 1, process: 'new', number: 0, items: [] }), now, now);
    drain();
    member.execute({ type: 'remove', at: now, id: 'anna' }, now);
    member.tick(now);
    member.again();
    member.leave();
    drain();
    expect(said).toEqual(['1 enter', '1 leave', 'outdated']);
  });
});
