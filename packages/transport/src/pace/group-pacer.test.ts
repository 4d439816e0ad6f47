import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { connect, isRtcp, makePair, message } from '../testing/pair.js';
import { PacingRun, type Leaving } from '../testing/pacing-run.js';
import { GroupPacer } from './group-pacer.js';
import { GROUP_BYTES, MAX_BURST_BYTES } from './limits.js';
import { MAX_QUEUED_DATAGRAMS } from './pacer.js';

/** How long the last datagram that left had waited. */
const lastWait = (left: readonly Leaving[]) => Math.max(...left.map(({ at, pushedAt }) => at - pushedAt));
/** Most bytes that left at one instant. */
const longestBurst = (left: readonly Leaving[]) => {
  const bursts = new Map<Micros, number>();
  for (const { at, datagram } of left) bursts.set(at, (bursts.get(at) ?? 0) + datagram.data.length);
  return Math.max(...bursts.values());
};
const frame40 = 34;
const frame90 = 75;
const listeners = Array.from({ length: 16 }, (_, index) => `listener-${index}`);

describe('GroupPacer', () => {
  it('lets a 40 kB frame out within 2 ms, a 90 kB frame within 4 ms, where timers tick at 1 ms', () => {
    for (const [datagrams, bound] of [
      [frame40, 2],
      [frame90, 4],
    ] as const) {
      for (let phase = 0; phase < 1000; phase += 50) {
        const run = new PacingRun(millis(1));
        run.pacer.setBudget('a', Infinity);
        run.advance(micros(phase));
        run.push('a', 'frame', datagrams);
        run.advance(millis(33));
        expect(run.left.length).toBe(datagrams);
        expect(lastWait(run.left)).toBeLessThanOrEqual(millis(bound));
      }
    }
  });

  it('needs no timer for a 40 kB frame, and two groups, so one timer, for a 90 kB frame', () => {
    const run = new PacingRun();
    run.push('a', 'frame', frame40);
    expect(run.left.length).toBe(frame40);
    expect(run.pacer.nextDeadline()).toBeUndefined();

    run.advance(millis(33));
    run.push('a', 'frame', frame90);
    expect(run.left.length).toBe(frame40 + 41);
    run.advance(millis(33));
    expect(new Set(run.left.map(({ at }) => at)).size).toBe(3);
    expect(lastWait(run.left)).toBeLessThan(2000);
  });

  it('where timers tick at 15 ms lets out at a tick what has become due', () => {
    for (const [datagrams, ticks] of [
      [frame40, 0],
      [frame90, 1],
      [150, 3],
    ] as const) {
      const run = new PacingRun(millis(15));
      run.advance(millis(7));
      run.push('a', 'frame', datagrams);
      run.advance(millis(60));
      expect(new Set(run.left.map(({ at }) => at)).size).toBe(1 + ticks);
      expect(longestBurst(run.left)).toBeLessThanOrEqual(MAX_BURST_BYTES);
    }
  });

  it.each([
    ['one listener of 90 kB frames', 1, frame90, millis(34)],
    ['one listener of 200 kB frames', 1, 167, millis(50)],
    ['16 listeners of 40 kB frames', 16, frame40, millis(50)],
  ])('keeps up with %s where timers tick at 15 ms', (_, count, datagrams, bound) => {
    const run = new PacingRun(micros(15_600));
    const names = listeners.slice(0, count);
    for (const name of names) run.pacer.setBudget(name, Infinity);
    for (let frame = 0; frame < 90; frame += 1) {
      for (let index = 0; index < datagrams; index += 1) for (const name of names) run.add(name, 'frame');
      run.drain();
      run.advance(millis(33.3));
    }
    run.advance(millis(100));
    expect(run.left.length).toBe(90 * datagrams * count);
    expect(lastWait(run.left)).toBeLessThanOrEqual(bound);
  });

  it('bounds the burst of 16 listeners together, and serves them in turn', () => {
    for (const tick of [1, 1000]) {
      const run = new PacingRun(micros(tick));
      for (const name of listeners) run.pacer.setBudget(name, Infinity);
      for (let index = 0; index < frame40; index += 1) for (const name of listeners) run.add(name, 'frame');
      run.drain();
      run.advance(millis(33));
      expect(run.left.length).toBe(frame40 * 16);
      expect(longestBurst(run.left)).toBeLessThanOrEqual(MAX_BURST_BYTES);
      expect(lastWait(run.left)).toBeLessThanOrEqual(millis(33 / 2));
      const first = run.left.slice(0, 32).map(({ datagram }) => datagram.destination);
      expect(first).toEqual([...listeners, ...listeners]);
    }
  });

  it('holds to the burst after its timer came late', () => {
    const run = new PacingRun(seconds(1));
    run.push('a', 'frame', 500);
    run.advance(seconds(1));
    expect(longestBurst(run.left)).toBeLessThanOrEqual(MAX_BURST_BYTES);
    expect(longestBurst(run.left)).toBeGreaterThan(GROUP_BYTES);
  });

  it('lets audio and reports out in the midst of a 1 MB frame', () => {
    for (const budget of [Infinity, 50e6, 1e6]) {
      const run = new PacingRun(millis(1));
      run.pacer.setBudget('a', budget);
      run.push('a', 'frame', 874);
      for (let count = 0; count < 20; count += 1) {
        run.advance(micros(500));
        run.push('a', 'audio', 1, 900);
        run.push('a', 'report', 1, 200);
      }
      expect(run.left.length).toBeLessThan(914);
      const urgent = run.left.filter(({ datagram }) => datagram.priority !== 'frame');
      expect(urgent.length).toBe(40);
      expect(lastWait(urgent)).toBe(0);
    }
  });

  it('sends reports before audio before frames before repair of one instant', () => {
    const run = new PacingRun();
    run.push('a', 'frame', 53);
    for (const priority of ['repair', 'audio', 'report'] as const) run.add('a', priority);
    run.drain();
    run.advance(millis(5));
    const order = run.left.slice(41).map(({ datagram }) => datagram.priority);
    expect(order).toEqual(['report', 'audio', ...new Array<string>(12).fill('frame'), 'repair']);
  });

  it('lets an answer of a few packets overtake the next frame, and a long one have a fifth', () => {
    const run = new PacingRun();
    run.pacer.setBudget('a', 10e6);
    run.push('a', 'frame', 60);
    run.advance(millis(1));
    const before = run.left.length;
    run.push('a', 'repair', 20);
    run.advance(millis(30));
    const order = run.left.slice(before).map(({ datagram }) => datagram.priority);
    expect(order.slice(0, 5)).toEqual(new Array<string>(5).fill('repair'));
    const mixed = order.slice(5, order.lastIndexOf('frame') + 1);
    const share = mixed.filter((priority) => priority === 'repair').length / mixed.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.21);
    expect(order.length).toBe(60 - before + 20);
  });

  it('lets parity follow its own frame, ahead of the next one', () => {
    const run = new PacingRun();
    run.pacer.setBudget('a', 10e6);
    for (let frame = 0; frame < 2; frame += 1) {
      for (let index = 0; index < 40; index += 1) run.add('a', 'frame');
      for (let index = 0; index < 4; index += 1) run.add('a', 'repair');
      run.drain();
      run.advance(millis(2));
    }
    run.advance(millis(40));
    const order = run.left.map(({ datagram }) => datagram.priority);
    const frame = new Array<string>(40).fill('frame');
    const parity = new Array<string>(4).fill('repair');
    expect(order).toEqual([...frame, ...parity, ...frame, ...parity]);
  });

  it('learns how often frames come', () => {
    const run = new PacingRun();
    run.pacer.setBudget('a', 10e6);
    const waits: number[] = [];
    for (let frame = 0; frame < 90; frame += 1) {
      const before = run.left.length;
      run.push('a', 'frame', frame90);
      run.advance(millis(1000 / 60));
      waits.push(lastWait(run.left.slice(before)));
    }
    expect(waits[0]).toBeGreaterThan(millis(14));
    expect(waits.at(-1)).toBeLessThanOrEqual(millis(8.4));
    expect(waits.at(-1)).toBeGreaterThan(millis(7));
    // A pause does not make it slow.
    run.advance(seconds(10));
    const before = run.left.length;
    run.push('a', 'frame', frame90);
    run.advance(millis(20));
    expect(lastWait(run.left.slice(before))).toBeLessThan(millis(10));
  });

  it('never starves sound and reports, whatever the budget', () => {
    for (const budget of [0, -1, NaN, 1]) {
      const run = new PacingRun();
      run.pacer.setBudget('a', budget);
      for (let packet = 0; packet < 1000; packet += 1) {
        run.push('a', 'audio', 1, 900);
        run.advance(millis(5));
      }
      expect(run.left.length).toBe(1000);
      expect(lastWait(run.left)).toBe(0);
    }
  });

  it('lets out what waits for a destination that is gone, and keeps nothing of it then', () => {
    const run = new PacingRun();
    run.pacer.setBudget('a', 5e6);
    run.push('a', 'frame', 50);
    run.pacer.forget('a');
    run.advance(millis(20));
    run.push('a', 'report', 1);
    run.pacer.forget('never there');
    expect(run.left.length).toBe(51);
    expect(run.pacer.nextDeadline()).toBeUndefined();
    // With a budget of its own again, not the one of before.
    run.pacer.setBudget('a', Infinity);
    run.push('a', 'frame', frame40);
    run.advance(millis(1));
    expect(run.left.length).toBe(85);
  });

  it('takes no more than it can hold', () => {
    const pacer = new GroupPacer();
    const to = { address: '10.0.0.2', port: 1 };
    const data = new Uint8Array(1200);
    const datagram = {
      type: 'datagram',
      channel: 'x',
      to,
      data,
      destination: 'a',
      priority: 'frame',
    } as const;
    for (let count = 0; count < MAX_QUEUED_DATAGRAMS; count += 1) pacer.push(datagram, micros(5));
    expect(pacer.push(datagram, micros(5))).toBe(false);
    expect(pacer.pop(micros(5))).toBe(datagram);
    expect(pacer.push(datagram, micros(5))).toBe(true);
  });

  it('sends datagrams that are larger than a group', () => {
    const run = new PacingRun();
    run.push('a', 'frame', 5, 65_507);
    run.advance(millis(33));
    expect(run.left.length).toBe(5);
    expect(lastWait(run.left)).toBeLessThan(millis(33 / 2));
  });

  it('gives an endpoint its frames and goodbyes in time', () => {
    const pacer = new GroupPacer();
    const pair = makePair({ left: { pacer } });
    connect(pair);
    for (let frame = 0; frame < 30; frame += 1) {
      pair.left.send(message(frame, 90_000));
      pair.clock.advance(millis(5));
      expect(pair.right.frames.length).toBe(frame + 1);
      pair.clock.advance(millis(28));
    }
    pair.left.send(message(30, 90_000));
    pair.left.do((endpoint, now) => endpoint.close(now));
    pair.clock.advance(millis(50));
    expect(pair.right.frames.length).toBe(31);
    expect(pair.right.events.some(({ type }) => type === 'bye')).toBe(true);
    expect(pair.left.sent.filter(isRtcp).length).toBeGreaterThanOrEqual(3);
    expect(pair.left.endpoint.nextDeadline()).toBeUndefined();
  });
});
