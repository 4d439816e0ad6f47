import { micros, millis, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { readNack } from '../packet/feedback.js';
import { FakeStream } from '../testing/repaired-stream.js';
import { NackReceiver } from './nack-receiver.js';

const ticks = 441;

/** Sound: a packet each 10 ms, over a path of 2 ms there and back. */
function sound(options: { deadline?: Micros } = {}) {
  const stream = new FakeStream({ clockRate: 44_100, single: true, ...options });
  for (let time = 0; time < 20; time += 1) stream.roundTrip.update(millis(2), stream.now);
  const receiver = new NackReceiver(stream);
  const start = stream.now;
  /** A packet comes, so much later than the first one would have it. */
  const come = (number: number, late = 0) => {
    stream.run(receiver, micros(start + number * 10_000 + late));
    stream.source(receiver, 65_000 + number, number * ticks);
  };
  const run = (ms: number) => stream.run(receiver, micros(start + ms * 1000));
  const asked = () => stream.feedback.flatMap(({ packet }) => readNack(packet.body)!.lost);
  return { stream, receiver, start, come, run, asked };
}

const numbers = (...list: number[]) => list.map((number) => (65_000 + number) & 0xffff);

describe('a receiver that asks for single packets', () => {
  it('asks for nothing while nothing is missing', () => {
    const { come, asked, receiver } = sound();
    for (let number = 0; number < 1000; number += 1) come(number, number % 2);
    expect(asked()).toEqual([]);
    expect(receiver.statistics()).toMatchObject({ requests: 0, resent: 0, repaired: { request: 0 } });
  });

  it('asks for the packet that is overdue before the next one shows it, and again after a round trip', () => {
    const { stream, start, come, run, asked } = sound();
    for (let number = 0; number < 20; number += 1) come(number);
    run(209);
    expect(new Set(asked())).toEqual(new Set(numbers(20)));
    // Once it is overdue by a millisecond, then each round trip and what it may vary.
    const times = stream.feedback.map(({ at }) => (at - start) / 1000);
    expect(times[0]).toBeGreaterThan(200);
    expect(times[0]).toBeLessThan(202);
    for (const [index, at] of times.slice(1).entries()) expect(at - times[index]!).toBeCloseTo(2.5, 1);
  });

  it('asks for all that a gap shows to be missing, in one message', () => {
    const { stream, come, run } = sound();
    for (let number = 0; number < 5; number += 1) come(number);
    // Too few packets to know when the next one is due.
    come(8);
    run(80);
    expect(stream.feedback.map(({ packet }) => readNack(packet.body)!)).toEqual([
      { senderSsrc: 1, mediaSsrc: 7, lost: numbers(5, 6, 7) },
    ]);
  });

  it('asks no more for what has come, and counts it as repaired', () => {
    const { stream, receiver, come, run, asked, start } = sound();
    for (let number = 0; number < 20; number += 1) come(number);
    come(21);
    stream.run(receiver, micros(start + 212_000));
    const before = asked().length;
    stream.source(receiver, 65_020, 20 * ticks);
    run(219);
    expect(asked().length).toBe(before);
    expect(receiver.statistics()).toMatchObject({
      repaired: { parity: 0, request: 1 },
      resent: 1,
      packets: 1,
      bytes: 100,
    });
  });

  it('asks for nothing that could only come after its playout', () => {
    const { stream, start, come, run } = sound({ deadline: millis(40) });
    for (let number = 0; number < 20; number += 1) come(number);
    run(2000);
    // The last one that is asked for was due at 220 ms.
    const last = stream.feedback.at(-1)!.at - start;
    expect(last).toBeLessThanOrEqual((220 + 40 - 2) * 1000 + 2500);
    expect(last).toBeGreaterThan(250_000);
  });

  it('stops when the stream pauses, and has nothing to do then', () => {
    const { receiver, come, run, asked } = sound();
    for (let number = 0; number < 20; number += 1) come(number);
    run(60_000);
    expect(new Set(asked())).toEqual(new Set(numbers(20, 21, 22)));
    expect(asked().length).toBeLessThan(100);
    expect(receiver.nextDeadline()).toBeUndefined();
  });

  it('learns how late packets come that are not lost', () => {
    const { stream, receiver, come } = sound();
    // Always in twos: the first one of each is 6 ms late.
    for (let number = 0; number < 600; number += 1) come(number, number % 2 === 0 ? 6000 : 0);
    expect(stream.feedback.length).toBeLessThan(20);
    expect(receiver.statistics().repaired.request).toBeLessThan(3);
  });

  it('asks for what a large gap lost in pieces, nothing of it twice at once', () => {
    const { stream, receiver, come, run } = sound({ deadline: millis(4000) });
    come(0);
    come(200);
    run(2001);
    const lost = stream.feedback.flatMap(({ packet }) => readNack(packet.body)!.lost);
    expect(lost).toEqual(numbers(...Array.from({ length: 199 }, (_, index) => index + 1)));
    // More than that is not worth it.
    come(1000);
    expect(receiver.statistics().requests).toBe(stream.feedback.length);
    run(10_001);
    expect(stream.feedback.flatMap(({ packet }) => readNack(packet.body)!.lost)).not.toContain(
      numbers(999)[0],
    );
  });
});

describe('of frames of many packets', () => {
  const frames = () => {
    const stream = new FakeStream({ deadline: millis(33) });
    stream.roundTrip.update(millis(2), stream.now);
    const receiver = new NackReceiver(stream);
    const asked = () => stream.feedback.flatMap(({ packet }) => readNack(packet.body)!.lost);
    const run = (ms: number) => stream.run(receiver, micros(stream.now + ms * 1000));
    return { stream, receiver, asked, run };
  };

  it('it goes on asking for an older frame when a newer one is whole', () => {
    const { stream, receiver, asked, run } = frames();
    stream.source(receiver, 1, 0);
    stream.source(receiver, 3, 0);
    for (const sequenceNumber of [4, 5, 6]) stream.source(receiver, sequenceNumber, 3000);
    receiver.decided(3000, 'whole');
    run(1);
    expect(asked()).toEqual([2]);
  });

  it('it asks no more for a frame that was given up, but for what is behind it', () => {
    const { stream, receiver, asked, run } = frames();
    stream.source(receiver, 1, 0);
    stream.source(receiver, 3, 0);
    // The end of the first frame, or the beginning of the second one.
    stream.source(receiver, 5, 3000);
    receiver.decided(0, 'given-up');
    run(1);
    expect(asked()).toEqual([4]);
    receiver.restart();
    expect(receiver.nextDeadline()).toBeUndefined();
  });
});
