import { describe, expect, it } from 'vitest';
import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import type { StoreCommand, StoreEvent } from '../room/store.js';
import { sampleMedia } from '../test-support/media.js';
import { encodeEntry, logVersion, type LogEntry, type LogItem } from './log-entry.js';
import { Member } from './member.js';
import { Replica } from './replica.js';

/** Members that share a log, on a clock of their own; the log may be away. */
class Cluster {
  now = micros(5_000_000_000);
  isAway = false;
  readonly log: { fields: string[]; at: Micros }[] = [];
  readonly members = new Map<string, Seat>();
  /** Appended while the log is away: read when it is back, as from the buffers of a connection. */
  #buffered: LogEntry[] = [];

  add(name: string): Seat {
    const replica = new Replica();
    const seat: Seat = {
      name,
      replica,
      member: new Member(name, replica, this.now),
      read: 0,
      events: [],
      others: [],
    };
    this.members.set(name, seat);
    this.settle();
    return seat;
  }

  execute(seat: Seat, command: StoreCommand): void {
    seat.member.execute(command, this.now);
    this.settle();
  }

  /** @param silent members that are not run, as if they were dead */
  pass(span: Micros, silent: Seat[] = []): void {
    const until = this.now + span;
    while (this.now < until) {
      this.now = micros(this.now + millis(250));
      for (const seat of this.members.values()) if (!silent.includes(seat)) seat.member.tick(this.now);
      this.settle(silent);
    }
  }

  back(): void {
    this.isAway = false;
    for (const entry of this.#buffered.splice(0)) this.#append(entry);
    for (const { member } of this.members.values()) member.again();
    this.settle();
  }

  settle(silent: Seat[] = []): void {
    for (let isBusy = true; isBusy;) {
      isBusy = false;
      for (const seat of this.members.values()) {
        if (silent.includes(seat)) continue;
        if (!this.isAway) {
          seat.member.answered(this.now);
          for (const { fields, at } of this.log.slice(seat.read)) {
            seat.read += 1;
            isBusy = true;
            seat.member.read(fields, at, this.now);
          }
        }
        for (let output = seat.member.poll(); output; output = seat.member.poll()) {
          isBusy ||= output.type === 'append' && !this.isAway;
          if (output.type === 'append') this.#append(output.entry);
          else if (output.type === 'event') seat.events.push(output.event);
          else seat.others.push(output.type);
        }
      }
    }
  }

  #append(entry: LogEntry): void {
    if (this.isAway) this.#buffered.push(entry);
    else this.log.push({ fields: encodeEntry(entry), at: this.now });
  }
}

interface Seat {
  name: string;
  replica: Replica;
  member: Member;
  read: number;
  events: StoreEvent[];
  others: string[];
}

const hello = (link: string): StoreCommand => ({
  ...{ type: 'hello', at: micros(0), link, requestId: 1, name: link, observedAddress: '127.0.0.1' },
  ...{ instance: `of ${link}`, token: `token of ${link}` },
});
const join = (link: string, requestId = 2): StoreCommand => ({
  ...{ type: 'request', at: micros(0), link },
  request: { type: 'join', requestId, room: 'lobby', media: sampleMedia() },
});
const leave = (link: string): StoreCommand => ({
  ...{ type: 'request', at: micros(0), link, request: { type: 'leave', requestId: 3 } },
});
const remove = (id: string): StoreCommand => ({ type: 'remove', at: micros(0), id, connected: true });
const people = ({ replica }: Seat) => replica.directory.participants('lobby').map(({ name }) => name);

describe('members of a log', () => {
  it('know what each other was asked for', () => {
    const cluster = new Cluster();
    const [a, b] = [cluster.add('a'), cluster.add('b')];
    cluster.execute(a, hello('anna'));
    cluster.execute(b, hello('ben'));
    cluster.execute(a, join('anna'));
    cluster.execute(b, join('ben'));
    expect(people(a)).toEqual(['anna', 'ben']);
    expect(people(b)).toEqual(['anna', 'ben']);
    expect(a.events).toEqual(b.events);
  });

  it('give up the sessions of one that is dead, and of no other', () => {
    const cluster = new Cluster();
    const [a, b, c] = [cluster.add('a'), cluster.add('b'), cluster.add('c')];
    cluster.execute(c, hello('carl'));
    cluster.execute(b, hello('ben'));
    cluster.execute(c, join('carl'));
    cluster.execute(b, join('ben'));
    cluster.pass(seconds(12), [c]);
    expect(a.replica.processes()).toEqual(['a', 'b']);
    expect(people(b)).toEqual(['carl', 'ben']);
    expect(a.replica.directory.participants('lobby')[0]?.state.reconnecting).toBe(true);
    cluster.pass(seconds(60), [c]);
    expect(people(a)).toEqual(['ben']);
    // It was only asleep.
    cluster.settle();
    expect(c.others).toContain('expelled');
    expect(c.member.isIn).toBe(false);
  });

  it('remove each other’s people', () => {
    const cluster = new Cluster();
    const [a, b] = [cluster.add('a'), cluster.add('b')];
    cluster.execute(a, hello('anna'));
    cluster.execute(a, join('anna'));
    cluster.execute(b, remove('anna'));
    expect(a.events).toContainEqual({ type: 'removed', link: 'anna' });
    expect([people(a), people(b), [...a.member.links]]).toEqual([[], [], []]);
    expect(JSON.stringify(a.replica.save()), 'nothing is left of it').not.toContain('anna');
  });

  it('remove nobody’s connection while a program takes part that does not know how', () => {
    const cluster = new Cluster();
    const old = (number: number, item: LogItem) =>
      cluster.log.push({
        fields: encodeEntry({ version: 1, process: 'old', number, items: [item] }),
        at: cluster.now,
      });
    old(0, { type: 'enter', speaks: 1 });
    const [a, b] = [cluster.add('a'), cluster.add('b')];
    cluster.execute(a, hello('anna'));
    cluster.execute(a, join('anna'));
    cluster.execute(b, remove('anna'));
    const written = JSON.stringify(cluster.log);
    expect([people(b), written.includes('connected'), written.includes('"v","2"')]).toEqual([
      ['anna'],
      false,
      false,
    ]);
    old(1, { type: 'leave' });
    cluster.settle();
    cluster.execute(b, remove('anna'));
    expect(people(a)).toEqual([]);
  });

  it('refuse what cannot wait, and keep the rest, while the log is away', () => {
    const cluster = new Cluster();
    const [a, b] = [cluster.add('a'), cluster.add('b')];
    for (const name of ['anna', 'ben']) cluster.execute(a, hello(name));
    cluster.execute(a, join('anna'));
    cluster.isAway = true;
    cluster.execute(a, join('ben'));
    cluster.execute(a, leave('anna'));
    cluster.pass(seconds(2));
    expect(a.events.filter(({ type }) => type === 'refused')).toEqual([]);
    expect(a.member.isAvailable(cluster.now)).toBe(false);
    cluster.pass(seconds(8));
    const refused = a.events.filter(({ type }) => type === 'refused');
    expect(refused).toMatchObject([
      { link: 'ben', isHello: false, refusal: { code: 'store-unavailable', requestId: 2 } },
    ]);
    cluster.back();
    cluster.pass(seconds(4));
    expect(people(a)).toEqual([]);
    expect(people(b)).toEqual([]);
    expect(a.replica.processes()).toEqual(['a', 'b']);
    expect(a.member.isAvailable(cluster.now)).toBe(true);
    expect(
      a.events.filter(({ type }) => type === 'refused'),
      'each is told once',
    ).toHaveLength(1);
    // The join came in twice, each time too late; a new one is done.
    cluster.execute(a, join('ben', 4));
    expect(people(b)).toEqual(['ben']);
  });

  it('carry out once what was appended twice', () => {
    const cluster = new Cluster();
    const a = cluster.add('a');
    cluster.execute(a, hello('anna'));
    cluster.isAway = true;
    cluster.execute(a, join('anna'));
    a.member.again();
    cluster.settle();
    const before = cluster.log.length;
    cluster.back();
    expect(cluster.log.length - before).toBeGreaterThan(1);
    expect(a.events.filter(({ type }) => type === 'joined')).toHaveLength(1);
    expect(
      a.events.filter((event) => event.type === 'message' && event.message.type === 'room'),
    ).toHaveLength(1);
  });

  it('do not wait without end', () => {
    const cluster = new Cluster();
    const a = cluster.add('a');
    cluster.execute(a, hello('anna'));
    cluster.isAway = true;
    const room = 'x'.repeat(32_000);
    const large = { type: 'join', requestId: 2, room, media: sampleMedia() } as const;
    let count = 0;
    while (a.events.every(({ type }) => type !== 'refused') && count < 1000) {
      count += 1;
      cluster.execute(a, { type: 'request', at: micros(0), link: 'anna', request: large });
    }
    expect(count).toBeGreaterThan(400);
    expect(count).toBeLessThan(600);
  });

  it('stop at an entry of a newer program', () => {
    const cluster = new Cluster();
    const a = cluster.add('a');
    const fields = encodeEntry({ version: logVersion + 1, process: 'z', number: 0, items: [] });
    cluster.log.push({ fields, at: cluster.now });
    cluster.settle();
    expect(a.others).toEqual(['outdated']);
    const unknown = [{ type: 'from the future' }] as unknown as [];
    const b = new Cluster();
    const seat = b.add('b');
    b.log.push({ fields: encodeEntry({ version: 1, process: 'z', number: 0, items: unknown }), at: b.now });
    b.log.push({ fields: ['nonsense'], at: b.now });
    b.settle();
    expect(seat.others).toEqual(['outdated']);
  });

  it('pass over what is no entry, and fields that they do not know', () => {
    const cluster = new Cluster();
    const a = cluster.add('a');
    cluster.log.push({ fields: ['v', '1', 'p', 'z', 'n', 'one', 'i', '{'], at: cluster.now });
    const enter = encodeEntry({ version: 1, process: 'z', number: 0, items: [{ type: 'enter', speaks: 1 }] });
    cluster.log.push({ fields: ['x', 'y', ...enter], at: cluster.now });
    cluster.settle();
    expect(a.others).toEqual([]);
    expect(a.replica.processes()).toEqual(['a', 'z']);
  });

  it('have one of them store the replica now and then', () => {
    const cluster = new Cluster();
    const [a, b] = [cluster.add('a'), cluster.add('b')];
    cluster.pass(seconds(65));
    expect(a.others).toEqual(['snapshot', 'snapshot']);
    expect(b.others).toEqual([]);
  });
});
