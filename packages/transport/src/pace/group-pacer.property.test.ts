import { micros, millis, type Micros } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutgoingDatagram, Priority } from '../endpoint/types.js';
import { PacingRun, type Leaving } from '../testing/pacing-run.js';
import { GroupPacer } from './group-pacer.js';
import { GROUP_BYTES, LINE_RATE, MAX_BURST_BYTES, RESERVE_BYTES } from './limits.js';

const destination = fc.constantFrom('a', 'b', 'c');
const priority = fc.constantFrom<Priority>('report', 'audio', 'frame', 'repair');
const budget = fc.oneof(fc.integer({ min: 1e5, max: 1e9 }), fc.constant(Infinity));
const tick = fc.constantFrom(1, 1000, 15_600);
const push = fc.record({
  kind: fc.constant('push' as const),
  destination,
  priority,
  count: fc.integer({ min: 1, max: 60 }),
  bytes: fc.integer({ min: 40, max: 1500 }),
});
const wait = fc.record({ kind: fc.constant('wait' as const), span: fc.nat(40_000) });
const change = fc.record({ kind: fc.constant('budget' as const), destination, budget });
const forget = fc.record({ kind: fc.constant('forget' as const), destination });

/** Does what the steps say; checks with every drain that the pacer keeps its contract on deadlines. */
function play(steps: Iterable<Step>, run: PacingRun): void {
  for (const step of steps) {
    if (step.kind === 'push') run.push(step.destination, step.priority, step.count, step.bytes);
    else if (step.kind === 'wait') run.advance(micros(step.span));
    else if (step.kind === 'budget') run.pacer.setBudget(step.destination, step.budget);
    else run.pacer.forget(step.destination);
    run.drain();
  }
}
type Step =
  typeof push | typeof wait | typeof change | typeof forget extends fc.Arbitrary<infer T> ? T : never;

/** A GroupPacer that checks, on the way, that its deadlines are neither late nor early, and who goes first. */
class Checked extends GroupPacer {
  readonly #urgent = new Map<string, number>();

  override push(datagram: OutgoingDatagram, now: Micros): boolean {
    this.#count(datagram, 1);
    return super.push(datagram, now);
  }

  override pop(now: Micros): OutgoingDatagram | undefined {
    const due = this.nextDeadline();
    const datagram = super.pop(now);
    if (due === undefined) expect(datagram).toBeUndefined();
    else if (datagram) expect(due).toBeLessThanOrEqual(now);
    else expect(due).toBeGreaterThan(now);
    if (datagram) this.#count(datagram, -1);
    if (datagram?.priority === 'frame' || datagram?.priority === 'repair') {
      expect(this.#urgent.get(datagram.destination) ?? 0).toBe(0);
    }
    return datagram;
  }

  #count({ priority: name, destination: to }: OutgoingDatagram, by: number): void {
    if (name === 'report' || name === 'audio') this.#urgent.set(to, (this.#urgent.get(to) ?? 0) + by);
  }
}

/** What leaves in any window is no more than a rate gives, and a burst: bytes, at bytes a microsecond. */
function mostOverRate(left: readonly Leaving[], rate: number): number {
  // The largest sum of a run of (bytes - rate * gap), as of Kadane.
  let most = 0;
  let running = 0;
  let before = left[0]?.at ?? 0;
  for (const { at, datagram } of left) {
    running = Math.max(0, running - rate * (at - before)) + datagram.data.length;
    most = Math.max(most, running);
    before = at;
  }
  return most;
}

describe('GroupPacer, whatever comes', () => {
  it('loses nothing, keeps the order, lets sound and reports first, and says when it has something', () => {
    const steps = fc.array(
      fc.oneof({ arbitrary: push, weight: 4 }, { arbitrary: wait, weight: 4 }, change, forget),
      {
        maxLength: 60,
        size: 'max',
      },
    );
    fc.assert(
      fc.property(steps, tick, (all, every) => {
        const run = new PacingRun(micros(every), new Checked());
        play(all, run);
        run.advance(millis(10_000));
        expect(run.left.length).toBe(run.pushed);
        expect(run.pacer.nextDeadline()).toBeUndefined();
        for (const name of ['report', 'audio', 'frame'] as const) {
          for (const to of ['a', 'b', 'c']) {
            const numbers = run.left
              .filter(({ datagram }) => datagram.priority === name && datagram.destination === to)
              .map(({ number }) => number);
            expect(numbers).toEqual([...numbers].sort((x, y) => x - y));
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never sends more at once, or to all in any time, than a cheap switch takes', () => {
    const steps = fc.array(fc.oneof(push, wait), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(steps, budget, (all, bits) => {
        const run = new PacingRun();
        for (const name of ['a', 'b', 'c']) run.pacer.setBudget(name, bits);
        play(all, run);
        run.advance(millis(10_000));
        expect(mostOverRate(run.left, 1e12)).toBeLessThan(MAX_BURST_BYTES + 1500);
        expect(mostOverRate(run.left, LINE_RATE)).toBeLessThan(MAX_BURST_BYTES + 1500);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps to the budget, times 1.25, where no frame asks for more', () => {
    const light = fc.record({ ...pushOf('repair'), count: fc.integer({ min: 1, max: 60 }) });
    const sound = fc.record({ ...pushOf('audio'), count: fc.constant(1) });
    const steps = fc.array(fc.oneof(light, sound, wait), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(steps, fc.integer({ min: 3e6, max: 1e8 }), tick, (all, bits, every) => {
        const run = new PacingRun(micros(every));
        run.pacer.setBudget('a', bits);
        play(all, run);
        run.advance(millis(10_000));
        const most = mostOverRate(run.left, (bits * 1.25) / 8e6);
        const credit = every === 1 ? GROUP_BYTES + RESERVE_BYTES : MAX_BURST_BYTES;
        // Late timers may use what they missed, and the last datagram may overdraw.
        if (every < 15_000) expect(most).toBeLessThanOrEqual(credit + 1500);
        expect(run.left.length).toBe(run.pushed);
      }),
      { numRuns: 200 },
    );
  });

  it('has every frame out within half its interval', () => {
    const between = fc.constantFrom<[Priority, number, number]>(
      ['audio', 1, 900],
      ['report', 1, 200],
      ['repair', 4, 1200],
    );
    const extras = fc.array(fc.record({ after: fc.nat(30_000), what: between }), { maxLength: 4 });
    const frame = fc.record({ datagrams: fc.integer({ min: 1, max: 200 }), extras });
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 1, maxLength: 20, size: 'max' }),
        budget,
        fc.integer({ min: 1, max: 4 }),
        (frames, bits, count) => {
          const run = new PacingRun();
          const names = ['a', 'b', 'c', 'd'].slice(0, count);
          for (const name of names) run.pacer.setBudget(name, bits);
          for (const { datagrams, extras: others } of frames) {
            const end = micros(run.now + 33_333);
            for (let index = 0; index < datagrams; index += 1)
              for (const name of names) run.add(name, 'frame');
            run.drain();
            for (const { after, what } of others.sort((x, y) => x.after - y.after)) {
              run.advance(micros(Math.max(0, end - 33_333 + after - run.now)));
              run.push('a', ...what);
            }
            run.advance(micros(end - run.now));
          }
          const waits = run.left
            .filter(({ datagram }) => datagram.priority === 'frame')
            .map(({ at, pushedAt }) => at - pushedAt);
          expect(Math.max(...waits)).toBeLessThanOrEqual(33_333 / 2);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** A push of one priority to one destination. */
function pushOf(name: Priority) {
  return {
    kind: fc.constant('push' as const),
    destination: fc.constant('a'),
    priority: fc.constant(name),
    bytes: fc.integer({ min: 40, max: 1500 }),
  };
}
