import { micros, millis, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { SinkPacer, type SinkPacing } from './sink-pacer.js';

const RATE = 48_000;
const usual: SinkPacing = {
  sampleRate: RATE,
  blockLength: 480,
  lead: 0.04,
  freeRunning: false,
  catchUp: false,
};

/** Takes all blocks that are due. Returns the instants at which they fell due. */
function takeAll(pacer: SinkPacer, now: Micros): Micros[] {
  const due: Micros[] = [];
  for (let at = pacer.next(now); at !== undefined; at = pacer.next(now)) due.push(at);
  return due;
}

it('fills the lead of a sink that has not started, and no more', () => {
  const pacer = new SinkPacer(usual);
  expect(takeAll(pacer, millis(0))).toHaveLength(4);
  expect(takeAll(pacer, millis(1000))).toHaveLength(0);
  pacer.position(0, millis(1000));
  expect(takeAll(pacer, millis(1100))).toHaveLength(0);
});

it('follows a sink whose clock is not the system clock', () => {
  const pacer = new SinkPacer(usual);
  let written = 4;
  takeAll(pacer, millis(0));
  // A sink that is one per cent slow, asked every 50 ms for a minute.
  for (let ms = 50; ms <= 60_000; ms += 10) {
    if (ms % 50 === 0) pacer.position(Math.round(ms * 48 * 0.99), millis(ms));
    written += takeAll(pacer, millis(ms)).length;
    expect(pacer.queued(millis(ms))).toBeLessThanOrEqual(RATE * 0.04);
  }
  expect(written / 6000).toBeCloseTo(0.99, 2);
});

it('goes on by itself between reports, but not for long', () => {
  const pacer = new SinkPacer(usual);
  takeAll(pacer, millis(0));
  pacer.position(480, millis(10));
  let written = 4;
  for (let ms = 10; ms < 1000; ms++) written += takeAll(pacer, millis(ms)).length;
  // 40 ms of lead, 10 ms reported, and 200 ms believed.
  expect(written).toBe(25);
});

it('takes little notice of a single report that is off', () => {
  const pacer = new SinkPacer(usual);
  takeAll(pacer, millis(0));
  pacer.position(480, millis(10));
  takeAll(pacer, millis(10));
  const before = pacer.queued(millis(20));
  pacer.position(480 * 2 - 240, millis(20));
  expect(pacer.queued(millis(20)) - before).toBeCloseTo(24);
});

it('believes at once a report that is far off', () => {
  const pacer = new SinkPacer({ ...usual, lead: 0.3 });
  takeAll(pacer, millis(0));
  pacer.position(480, millis(10));
  pacer.position(RATE * 0.2, millis(20));
  expect(pacer.queued(millis(20))).toBeCloseTo(RATE * 0.1);
});

it('keeps more ahead when that was too little, up to half a second', () => {
  const pacer = new SinkPacer(usual);
  takeAll(pacer, millis(0));
  pacer.widen(millis(0));
  expect(takeAll(pacer, millis(0))).toHaveLength(2);
  for (let count = 0; count < 100; count++) pacer.widen(millis(0));
  takeAll(pacer, millis(0));
  expect(pacer.queued(millis(0))).toBe(RATE * 0.5);
});

it('keeps less ahead again when all has gone well for a while', () => {
  const pacer = new SinkPacer(usual);
  pacer.widen(millis(0));
  takeAll(pacer, millis(0));
  for (let ms = 10; ms <= 50_000; ms += 10) {
    pacer.position(ms * 48, millis(ms));
    takeAll(pacer, millis(ms));
  }
  expect(pacer.queued(millis(50_000))).toBeCloseTo(RATE * 0.04);
});

it('gives instants that are even although it is asked unevenly', () => {
  const pacer = new SinkPacer(usual);
  takeAll(pacer, millis(0));
  pacer.position(480, millis(10));
  const due = [13, 14, 37, 39, 60, 95].flatMap((ms) => takeAll(pacer, millis(ms)));
  expect(due.slice(1).map((at, index) => at - due[index]!)).toEqual(due.slice(1).map(() => 10_000));
});

it('goes on from where it stopped when the sink ran dry', () => {
  const pacer = new SinkPacer({ ...usual, freeRunning: true });
  pacer.alive(millis(0));
  takeAll(pacer, millis(0));
  expect(takeAll(pacer, millis(500))).toHaveLength(4);
});

it('makes up for lost time where nobody hears it', () => {
  const pacer = new SinkPacer({ ...usual, freeRunning: true, catchUp: true });
  pacer.alive(millis(0));
  takeAll(pacer, millis(0));
  expect(takeAll(pacer, millis(500))).toHaveLength(50);
});

it('lets a free-running sink drain when it tells that its buffer is full', () => {
  const pacer = new SinkPacer({ ...usual, freeRunning: true });
  pacer.alive(millis(0));
  for (let ms = 0; ms <= 1000; ms += 10) takeAll(pacer, millis(ms));
  pacer.position(RATE * 0.5, millis(1000));
  expect(takeAll(pacer, millis(1400))).toHaveLength(0);
  expect(takeAll(pacer, millis(1520)).length).toBeGreaterThan(0);
});

describe('the time until the next block', () => {
  it('is when it falls due', () => {
    const pacer = new SinkPacer(usual);
    takeAll(pacer, millis(0));
    pacer.position(120, millis(5));
    expect(pacer.untilNext(millis(5))).toBe(7500);
    expect(pacer.untilNext(micros(20_000))).toBe(0);
  });
});
