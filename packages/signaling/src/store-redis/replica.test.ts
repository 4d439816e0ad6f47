import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { micros } from '@hellohaybye/core';
import type { StoreCommand } from '../room/store.js';
import { storeCommands } from '../test-support/store-commands.js';
import { logVersion, type LogEntry, type LogItem } from './log-entry.js';
import { Replica, type SavedReplica } from './replica.js';

const processes = ['a', 'b'];

/** The commands as two processes would have them in a log, with beats, and one process that goes and comes. */
function logOf(commands: readonly StoreCommand[]): LogEntry[] {
  const next = new Map(processes.map((name) => [name, 0]));
  const entry = (process: string, ...items: LogItem[]): LogEntry => {
    const number = next.get(process) ?? 0;
    next.set(process, number + 1);
    return { version: 1, process, number, items };
  };
  const log = processes.map((name) => entry(name, { type: 'enter', speaks: 1 }));
  commands.forEach((command, index) => {
    const process = processes[Math.floor(index / 3) % 2]!;
    log.push(
      entry(process, { type: 'command', command }, ...(index % 4 === 0 ? [{ type: 'beat' } as const] : [])),
    );
    if (index === 40) log.push(entry('a', { type: 'gone', process: 'b', last: (next.get('b') ?? 0) - 1 }));
  });
  return log;
}

const timeOfEntry = (entry: LogEntry, index: number) => {
  const command = entry.items.find((item) => item.type === 'command')?.command;
  return micros(command?.at ?? 1000 + index);
};

const someLimits = fc.constantFrom(undefined, { rooms: 2, peopleInRoom: 2 });

const copy = (saved: SavedReplica) => JSON.parse(JSON.stringify(saved)) as SavedReplica;

describe('a replica', () => {
  it('that begins with a snapshot from any point goes on as one that read all', () => {
    let roomsSeen = 0;
    fc.assert(
      fc.property(storeCommands, fc.nat(70), someLimits, (commands, cut, limits) => {
        const log = logOf(commands);
        const whole = new Replica(limits);
        let late: Replica | undefined;
        log.forEach((entry, index) => {
          if (index === Math.min(cut, log.length - 1)) late = Replica.load(copy(whole.save()), limits);
          const at = timeOfEntry(entry, index);
          const expected = whole.apply(entry, at);
          roomsSeen += whole.directory.rooms().length;
          if (late) expect(late.apply(entry, at)).toEqual(expected);
        });
        expect(copy(late!.save())).toEqual(copy(whole.save()));
        expect(late!.directory.nextDeadline()).toBe(whole.directory.nextDeadline());
      }),
      { numRuns: 400 },
    );
    expect(roomsSeen, 'the commands lead somewhere').toBeGreaterThan(1000);
  });

  it('knows the same when entries come twice', () => {
    fc.assert(
      fc.property(storeCommands, fc.nat(9), (commands, back) => {
        const [once, twice] = [new Replica(), new Replica()];
        const log = logOf(commands);
        log.forEach((entry, index) => {
          const at = timeOfEntry(entry, index);
          expect(twice.apply(entry, at)).toEqual(once.apply(entry, at));
          const again = log[index - back];
          if (again) expect(twice.apply(again, at).events).toEqual([]);
        });
        expect(twice.save()).toEqual(once.save());
      }),
      { numRuns: 100 },
    );
  });

  it('waits for an entry that is missing', () => {
    const replica = new Replica();
    const [enter, first, second] = [0, 1, 2].map((number): LogEntry => {
      const items: LogItem[] = number === 0 ? [{ type: 'enter', speaks: 1 }] : [{ type: 'beat' }];
      return { version: 1, process: 'a', number, items };
    });
    const status = (entry: LogEntry) => replica.apply(entry, micros(1)).status;
    expect(status(first!)).toBe('stranger');
    expect(status(enter!)).toBe('applied');
    expect(status(second!)).toBe('early');
    expect(status(first!)).toBe('applied');
    expect(status(second!)).toBe('applied');
    expect(status(first!)).toBe('repeated');
  });

  it('does not give up a process that has said something since', () => {
    const replica = new Replica();
    const say = (process: string, number: number, item: LogItem) =>
      replica.apply({ version: 1, process, number, items: [item] }, micros(1));
    for (const process of processes) say(process, 0, { type: 'enter', speaks: 1 });
    say('b', 1, { type: 'beat' });
    say('a', 1, { type: 'gone', process: 'b', last: 0 });
    expect(replica.processes()).toEqual(['a', 'b']);
    say('a', 2, { type: 'gone', process: 'b', last: 1 });
    expect(replica.processes()).toEqual(['a']);
    expect(say('b', 2, { type: 'beat' }).status).toBe('stranger');
  });

  it('writes what the oldest process understands', () => {
    const replica = new Replica();
    const enter = (process: string, speaks: number) =>
      replica.apply({ version: 1, process, number: 0, items: [{ type: 'enter', speaks }] }, micros(1));
    enter('new', 7);
    expect(replica.commonVersion()).toBe(logVersion);
    enter('old', 1);
    expect(replica.commonVersion()).toBe(1);
  });
});
