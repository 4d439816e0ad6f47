import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { micros, millis } from '../units.js';
import { VirtualClock, type Scheduled } from './virtual-clock.js';

describe('VirtualClock', () => {
  it('runs what falls due in order, each at its own instant', () => {
    const clock = new VirtualClock(micros(0));
    const seen: string[] = [];
    clock.schedule(millis(20), () => seen.push(`b@${clock.now()}`));
    clock.schedule(millis(10), () => {
      seen.push(`a@${clock.now()}`);
      clock.schedule(millis(15), () => seen.push(`nested@${clock.now()}`));
    });
    clock.advance(millis(30));
    expect(seen).toEqual(['a@10000', 'nested@15000', 'b@20000']);
    expect(clock.now()).toBe(30000);
  });

  it('refuses to go back', () => {
    expect(() => new VirtualClock(micros(5)).advanceTo(micros(4))).toThrow(
      expect.objectContaining({ code: 'clock-backwards' }),
    );
  });

  it('never goes back when it is moved on by what it runs', () => {
    const clock = new VirtualClock(micros(0));
    clock.schedule(millis(10), () => clock.advance(millis(50)));
    clock.advance(millis(20));
    expect(clock.now()).toBe(millis(60));
  });

  it('runs in order of time, then of scheduling, and not what was taken back', () => {
    const step = fc.record({ at: fc.nat(20), cancel: fc.boolean(), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const clock = new VirtualClock(micros(0));
        const ran: number[] = [];
        const scheduled: { at: number; number: number; handle: Scheduled }[] = [];
        const left = new Set<(typeof scheduled)[number]>();
        for (const [number, { at, cancel, which }] of steps.entries()) {
          const entry = { at, number, handle: clock.schedule(micros(at), () => ran.push(number)) };
          scheduled.push(entry);
          left.add(entry);
          if (!cancel) continue;
          const victim = scheduled[which % scheduled.length]!;
          clock.cancel(victim.handle);
          left.delete(victim);
        }
        const expected = [...left].sort((one, other) => one.at - other.at || one.number - other.number);
        expect(clock.next()).toBe(expected[0]?.at);
        clock.advance(micros(20));
        expect(ran).toEqual(expected.map(({ number }) => number));
        expect(clock.next()).toBeUndefined();
        for (const { handle } of scheduled) clock.cancel(handle);
      }),
    );
  });
});
