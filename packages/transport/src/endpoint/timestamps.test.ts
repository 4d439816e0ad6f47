import { micros, millis, seconds, type Random } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { parseRtp } from '../packet/rtp.js';
import { connect, incomingOf, isRtcp, l16Format, makePair, message, type Side } from '../testing/pair.js';

/** Draws the numbers given, then zeros: the second and third are a stream's first numbers. */
const drawing = (...numbers: number[]): Random => ({ uint32: () => numbers.shift() ?? 0 });

const timestampsOf = (side: Side) =>
  side.sent.filter((datagram) => !isRtcp(datagram)).map(({ data }) => parseRtp(data)!.timestamp);

describe('timestamps', () => {
  it('and sequence numbers go through their wraps without a frame lost', () => {
    const nearWrap = drawing(1, 65_530, 2 ** 32 - 90_000);
    const pair = makePair({ left: { random: nearWrap } });
    connect(pair);
    for (let number = 0; number < 45; number += 1) {
      pair.left.send(message(number));
      pair.clock.advance(millis(33));
    }
    expect(pair.right.frames.map(({ data }) => data)).toEqual(
      Array.from({ length: 45 }, (_, number) => message(number)),
    );
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({
      lost: 0,
      givenUp: 0,
      late: 0,
      restarts: 0,
    });
    const { frames } = pair.right;
    for (let index = 1; index < frames.length; index += 1) {
      expect(frames[index]!.timestamp - frames[index - 1]!.timestamp).toBe(2970);
      expect(frames[index]!.sequenceNumber - frames[index - 1]!.sequenceNumber).toBe(5);
      // A tick is 11 microseconds.
      expect(Math.abs(frames[index]!.arrivedAt - frames[index]!.capturedAt! - 1000)).toBeLessThan(12);
    }
    expect(frames.at(-1)!.timestamp).toBeGreaterThan(2 ** 32);
    expect(frames.at(-1)!.sequenceNumber).toBeGreaterThan(2 ** 16);
  });

  it('of a day: the 32 bits wrap twice, at a low rate', () => {
    const slow = { reportInterval: seconds(40), peerTimeout: seconds(300) };
    const pair = makePair({ left: slow, right: slow });
    connect(pair);
    for (let number = 0; number < 24 * 60; number += 1) {
      pair.left.send(message(number, 10));
      pair.clock.advance(seconds(60));
    }
    expect(pair.right.frames.length).toBe(24 * 60);
    const last = pair.right.frames.at(-1)!;
    expect(last.timestamp - pair.right.frames[0]!.timestamp).toBe((24 * 60 - 1) * 60 * 90_000);
    expect(Math.abs(last.arrivedAt - last.capturedAt! - 1000)).toBeLessThan(12);
  });

  it('of frames captured at one instant, or before the last, still tell them apart', () => {
    const pair = makePair();
    connect(pair);
    const at = pair.clock.now();
    for (const [number, capturedAt] of [at, at, micros(at - 5000), micros(at + 1000)].entries()) {
      pair.left.send(message(number), 'video', capturedAt);
    }
    pair.clock.advance(millis(50));
    expect(pair.right.frames.map(({ data }) => data)).toEqual([0, 1, 2, 3].map((number) => message(number)));
    const [first, ...others] = [...new Set(timestampsOf(pair.left))];
    expect(others.map((timestamp) => timestamp - first!)).toEqual([1, 2, 90]);
  });

  it('that go back while sequence numbers go on begin anew: the sender played a file from its start', () => {
    const pair = makePair();
    connect(pair);
    pair.left.link = () => [];
    for (let number = 0; number < 4; number += 1)
      pair.left.send(message(number, 100), 'video', micros(number * 1e6));
    const packets = pair.left.sent
      .filter((datagram) => !isRtcp(datagram))
      .map(({ data }) => Uint8Array.from(data));
    // The last two get the timestamps of the first two.
    packets[2]!.set(packets[0]!.subarray(4, 8), 4);
    packets[3]!.set(packets[1]!.subarray(4, 8), 4);
    for (const data of packets) {
      pair.right.do((endpoint, now) =>
        endpoint.receive({ channel: 'video', data, from: pair.left.address }, now),
      );
    }
    expect(pair.right.frames.length).toBe(4);
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({ restarts: 1, late: 0 });
  });
});

describe('timestamps of samples', () => {
  const block = new Uint8Array(882);
  const send = (...captured: number[]) => {
    const pair = makePair({ left: { random: drawing(1, 0, 1000) } });
    connect(pair, [l16Format]);
    const start = pair.clock.now();
    for (const at of captured) pair.left.send(block, 'video', micros(start + at));
    pair.clock.advance(millis(50));
    return pair;
  };

  it('count on through jitter and drift of the capture clock', () => {
    expect(timestampsOf(send(0, 10_300, 19_500, 31_000, 40_001).left)).toEqual([
      1000, 1441, 1882, 2323, 2764,
    ]);
  });

  it('leave a gap when the source was away for over 100 ms', () => {
    expect(timestampsOf(send(0, 10_000, 520_000, 530_000).left)).toEqual([
      1000,
      1441,
      1882 + 22_050,
      2323 + 22_050,
    ]);
  });

  it('never go back', () => {
    expect(timestampsOf(send(500_000, 0, 10_000).left)).toEqual([1000, 1441, 1882]);
  });

  it('of a block too long for a packet go on within it', () => {
    const pair = makePair({ left: { random: drawing(1, 0, 0), mtu: 512 } });
    connect(pair, [l16Format]);
    pair.left.send(new Uint8Array(1100));
    pair.left.send(new Uint8Array(100));
    pair.clock.advance(millis(5));
    expect(timestampsOf(pair.left)).toEqual([0, 250, 500, 550]);
    expect(pair.right.frames.map(({ data }) => data.length)).toEqual([500, 500, 100, 100]);
  });

  it('come out with each packet, also out of order; what is missing is counted, and uncounted when it comes', () => {
    const pair = makePair();
    connect(pair, [l16Format]);
    let index = 0;
    const delays = [1, 1, 25, 1, undefined, 1, 250];
    pair.left.link = (datagram) => {
      if (isRtcp(datagram)) return [millis(1)];
      const delay = delays[index++];
      return delay === undefined ? [] : [millis(delay)];
    };
    for (let number = 0; number < 30; number += 1) {
      if (number >= delays.length) delays.push(1);
      pair.left.send(message(number, 882));
      pair.clock.advance(millis(10));
    }
    pair.clock.advance(millis(300));
    const order = pair.right.frames.map(
      ({ sequenceNumber }) => sequenceNumber - pair.right.frames[0]!.sequenceNumber,
    );
    expect(order.slice(0, 6)).toEqual([0, 1, 3, 2, 5, 7]);
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({
      frames: 28,
      lost: 1,
      late: 1,
      duplicates: 0,
    });
  });
});
