import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { feedbackWith } from '../testing/repair-feedback.js';
import { ListenerRepair, type ParityPolicy } from './listener-repair.js';
import { RoundTrip } from './round-trip.js';

const frameBytes = 40_000;
const packets = 34;
const packetBytes = 1200;

interface Setting {
  roundTrip?: Micros;
  deadline?: Micros;
  shareLost?: number;
  burst?: number;
  queueDelay?: Micros;
  policy?: ParityPolicy;
}

/** A listener that has been there for ten seconds, and said how it fares. */
function listening(setting: Setting = {}): { listener: ListenerRepair; now: Micros } {
  const { roundTrip = millis(40), deadline = millis(33), policy = 'adaptive', ...losses } = setting;
  const path = new RoundTrip();
  for (let time = 0; time < 20; time += 1) path.update(roundTrip, seconds(9));
  const listener = new ListenerRepair(path, policy);
  for (let frame = 0; frame <= 300; frame += 1) listener.sent(frameBytes, micros((frame * 1e5) / 3));
  listener.heard(feedbackWith({ deadline, ...losses }));
  return { listener, now: seconds(10) };
}

/** Parity that goes along with a frame, on average. */
function parity({ listener, now }: ReturnType<typeof listening>, blockPackets = packets): number {
  let sum = 0;
  for (let time = 0; time < 100; time += 1) sum += listener.initialParity(blockPackets, now);
  return sum / 100;
}

describe('parity that goes along with a frame', () => {
  it('is none on a clean link, however long the round trip', () => {
    for (const roundTrip of [millis(1), millis(20), millis(40), millis(300)])
      expect(parity(listening({ roundTrip }))).toBe(0);
  });

  it('is none where there is time to ask more than once', () => {
    expect(parity(listening({ roundTrip: millis(2), shareLost: 0.2 }))).toBe(0);
  });

  it('is what gets lost on average where there is time to ask once', () => {
    expect(parity(listening({ roundTrip: millis(20), shareLost: 0.1 }))).toBeCloseTo(3.4, 1);
  });

  it('follows losses and bursts where there is no time to ask', () => {
    const of = (shareLost: number, burst = 1) => parity(listening({ shareLost, burst }));
    expect(of(0.05)).toBeGreaterThan(0.05 * packets);
    expect(of(0.1)).toBeGreaterThan(of(0.05));
    expect(of(0.2)).toBeGreaterThan(of(0.1));
    expect(of(0.1, 5)).toBeGreaterThan(of(0.1));
    // Never more than the frame itself, whatever a listener claims, and never more symbols than there are.
    expect(of(1, 63)).toBeLessThanOrEqual(packets);
    expect(parity(listening({ shareLost: 0.9, burst: 63 }), 127)).toBeLessThanOrEqual(127);
  });

  it('is a little while nothing is known yet, then none for who never says anything', () => {
    const listener = new ListenerRepair(new RoundTrip(), 'adaptive');
    listener.sent(frameBytes, micros(0));
    const first = listener.initialParity(packets, micros(0));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(packets / 3);
    expect(parity({ listener, now: seconds(2) })).toBe(0);
  });

  it('is none, and the budget small, where packets queue', () => {
    const queues = { shareLost: 0.2, queueDelay: millis(20) };
    const { listener, now } = listening(queues);
    expect(parity({ listener, now })).toBe(0);
    expect(listener.take(100, packetBytes)).toBe(0);
    let taken = 0;
    for (let frame = 1; frame <= 300; frame += 1) {
      listener.sent(frameBytes, micros(now + (frame * 1e5) / 3));
      taken += listener.take(100, packetBytes);
    }
    expect((taken * packetBytes) / (300 * frameBytes)).toBeLessThanOrEqual(0.02);
    // The queue is gone: all is as it was.
    listener.heard(feedbackWith({ shareLost: 0.2, deadline: millis(33) }));
    expect(parity({ listener, now })).toBeGreaterThan(5);
  });

  it('is a fixed share of each block when told so', () => {
    expect(parity(listening({ policy: 0.2, roundTrip: millis(2) }))).toBeCloseTo(6.8, 1);
    expect(parity(listening({ policy: 0 }))).toBe(0);
  });
});

describe('answers', () => {
  const answer = (setting: Setting, missing: number, timeLeft = millis(30)) => {
    const { listener } = listening(setting);
    let sum = 0;
    for (let time = 0; time < 100; time += 1) sum += listener.answer(missing, 0, false, timeLeft, 220);
    return sum / 100;
  };

  it('are just what is missing where there is time for more', () => {
    expect(answer({ roundTrip: millis(2), shareLost: 0.2 }, 5)).toBe(5);
    expect(answer({ roundTrip: millis(2) }, 5)).toBe(5);
  });

  it('have a margin where they are the last chance, the larger, the more gets lost', () => {
    const last = (shareLost: number, burst = 1) =>
      answer({ roundTrip: millis(20), shareLost, burst }, 5, millis(22));
    expect(last(0.05)).toBeGreaterThan(5);
    expect(last(0.2)).toBeGreaterThan(last(0.05));
    expect(last(0)).toBe(5);
    expect(answer({ roundTrip: millis(20), shareLost: 0.2, queueDelay: millis(20) }, 5, millis(22))).toBe(5);
  });

  it('are no more symbols than there are', () => {
    const { listener } = listening({ shareLost: 0.5, burst: 5 });
    expect(listener.answer(100, 50, true, millis(1), 30)).toBe(30);
  });
});

describe('the budget', () => {
  it('is as many bytes as the stream, five frames saved up at most', () => {
    const { listener, now } = listening();
    const saved = listener.take(1000, packetBytes);
    expect(saved).toBe(Math.floor((5 * frameBytes) / packetBytes));
    expect(listener.counts.overBudget).toBe(1000 - saved);
    let taken = 0;
    for (let frame = 1; frame <= 300; frame += 1) {
      listener.sent(frameBytes, micros(now + (frame * 1e5) / 3));
      taken += listener.take(1000, packetBytes);
    }
    expect((taken * packetBytes) / (300 * frameBytes)).toBeLessThanOrEqual(1);
    expect((taken * packetBytes) / (300 * frameBytes)).toBeGreaterThan(0.9);
  });

  it('of small frames has some bytes saved up all the same', () => {
    const listener = new ListenerRepair(new RoundTrip(), 'adaptive');
    listener.sent(50, micros(0));
    expect(listener.take(1000, 100)).toBe(120);
    listener.sent(50, micros(0));
    listener.sent(50, micros(0));
    expect(listener.take(1000, 100)).toBe(1);
  });

  it('is none before the first frame has gone to somebody', () => {
    expect(new ListenerRepair(new RoundTrip(), 'adaptive').take(5, 100)).toBe(0);
  });
});
