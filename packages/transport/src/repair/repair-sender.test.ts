import { micros, millis, seconds, wrap } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { writeNack } from '../packet/feedback.js';
import { parseRtp, serializeRtp } from '../packet/rtp.js';
import { feedbackWith } from '../testing/repair-feedback.js';
import { writeFeedback, type RepairFeedback } from './feedback.js';
import { readRepairHeader, type RepairHeader } from './repair-packet.js';
import type { RepairListener } from './repair.js';
import { ParitySender } from './repair-sender.js';
import { RoundTrip } from './round-trip.js';

const start = seconds(1000);

function frameOf(sequenceNumber: number, count: number, timestamp = sequenceNumber) {
  const packets = Array.from({ length: count }, (_, index) =>
    serializeRtp({
      payloadType: 96,
      sequenceNumber: sequenceNumber + index,
      timestamp,
      ssrc: 7,
      marker: index === count - 1,
      payload: new Uint8Array(500).fill(index),
    }),
  );
  return { packets, sequenceNumber, timestamp };
}

function listenerOf(id = 'a', takesRepair = true): RepairListener {
  const roundTrip = new RoundTrip();
  for (let time = 0; time < 20; time += 1) roundTrip.update(millis(2), start);
  return { id, roundTrip, takesRepair };
}

const headersOf = (packets: readonly Uint8Array[]): RepairHeader[] =>
  packets.map((packet) => readRepairHeader(packet, parseRtp(packet)!)!);

/** A sender that sent one frame of so many packets to a listener. */
function sent(count: number, first = 65_530, listener = listenerOf()) {
  const sender = new ParitySender(7, seededRandom(1), 'adaptive');
  // Nothing goes along with it: the listener is known to have time to ask.
  sender.sent(frameOf(first - 5, 5), listener, start);
  sender.feedback(writeFeedback(feedbackWith({ asks: false })), listener, start);
  expect(sender.sent(frameOf(first, count), listener, start)).toEqual([]);
  const ask = (fields: Partial<RepairFeedback>, at = millis(5)) =>
    sender.feedback(
      writeFeedback(feedbackWith({ sequenceNumber: wrap(first, 16), ...fields })),
      listener,
      micros(start + at),
    );
  return { sender, listener, ask };
}

const bits = (count: number, ...missing: number[]): boolean[] =>
  Array.from({ length: count }, (_, index) => !missing.includes(index));

describe('a sender of repair', () => {
  it('answers with as much parity as is missing, with the number of the request', () => {
    const { ask } = sent(10);
    const packets = ask({ request: 9, received: bits(10, 2, 7) });
    expect(headersOf(packets)).toEqual([
      { sourceSsrc: 7, firstSequenceNumber: 65_530, count: 10, symbol: 0, request: 9, following: 1 },
      { sourceSsrc: 7, firstSequenceNumber: 65_530, count: 10, symbol: 1, request: 9, following: 0 },
    ]);
    // Of one RTP stream, in sequence, with the frame's timestamp; not the source's SSRC.
    const [first, second] = packets.map((packet) => parseRtp(packet)!);
    expect(first).toMatchObject({ payloadType: 127, timestamp: 65_530, marker: false });
    expect(second!.sequenceNumber).toBe(wrap(first!.sequenceNumber + 1, 16));
    expect([second!.ssrc, first!.ssrc === 7]).toEqual([first!.ssrc, false]);
  });

  it('counts head and tail only when they are said to be missing', () => {
    const { ask } = sent(10);
    const middle = { sequenceNumber: wrap(65_533, 16), received: bits(4) };
    expect(ask(middle).length).toBe(0);
    expect(ask({ ...middle, headMissing: true }).length).toBe(3);
    expect(ask({ ...middle, tailMissing: true }, millis(50)).length).toBe(3);
  });

  it('sends no more for what is on its way, and what is not there after a round trip again', () => {
    const { ask } = sent(10);
    const request = { received: bits(10, 2, 7) };
    expect(ask(request).length).toBe(2);
    expect(ask(request, millis(6)).length).toBe(0);
    expect(headersOf(ask(request, millis(8))).map(({ symbol }) => symbol)).toEqual([2, 3]);
  });

  it('takes off what of the parity is there', () => {
    const { ask } = sent(10);
    expect(ask({ received: bits(10, 1, 2, 3) }).length).toBe(3);
    const blocks = [{ firstSequenceNumber: 65_530, received: 1, highest: 2 }];
    expect(ask({ received: bits(10, 1, 2, 3), blocks }, millis(6)).length).toBe(2);
  });

  it('sends a whole frame of which nothing was seen, when asked in full, and one packet otherwise', () => {
    const absent = { absent: true, sequenceNumber: wrap(65_530, 16) };
    expect(sent(127).ask({ ...absent, inFull: true }).length).toBe(127);
    expect(sent(127).ask({ ...absent, inFull: false }).length).toBe(1);
    // Two blocks, each by itself.
    const both = headersOf(sent(128).ask({ ...absent, inFull: true }));
    expect(both.filter(({ firstSequenceNumber }) => firstSequenceNumber === 65_530).length).toBe(64);
    expect(both.filter(({ firstSequenceNumber }) => firstSequenceNumber === 58).length).toBe(64);
    expect(both.map(({ following }) => following)).toEqual(both.map((_, index) => 127 - index));
  });

  it('does not answer for what has only just left, nor for what was never sent', () => {
    const absent = { absent: true, inFull: true };
    expect(sent(10).ask(absent, millis(1))).toEqual([]);
    expect(sent(10).ask({ ...absent, ahead: 1 })).toEqual([]);
    expect(sent(10).ask({ ...absent, sequenceNumber: 20_000 })).toEqual([]);
  });

  it('makes every symbol there is, then the oldest ones again', () => {
    const { sender, ask, listener } = sent(127);
    const symbols: number[] = [];
    for (let time = 0; time < 200; time += 1) {
      sender.sent(frameOf(65_700 + time * 5, 5), listener, start);
      const [packet] = ask({ received: bits(127, 5) }, millis(5 + time * 3));
      symbols.push(headersOf([packet!])[0]!.symbol);
    }
    expect(symbols.slice(0, 128)).toEqual(Array.from({ length: 128 }, (_, index) => index));
    expect(symbols.slice(128)).toEqual(Array.from({ length: 72 }, (_, index) => index));
  });

  it('keeps the listeners apart: each gets fresh symbols from the first one on, the same ones', () => {
    const { sender, ask } = sent(10);
    const other = listenerOf('b');
    const mine = ask({ received: bits(10, 2, 7) });
    const theirs = sender.feedback(
      writeFeedback(feedbackWith({ sequenceNumber: 65_530, received: bits(10, 1) })),
      other,
      micros(start + 6000),
    );
    // That one was never sent anything: it has no budget.
    expect(theirs).toEqual([]);
    sender.sent(frameOf(65_540, 3), other, start);
    const again = sender.feedback(
      writeFeedback(feedbackWith({ sequenceNumber: 65_530, received: bits(10, 1) })),
      other,
      micros(start + 6000),
    );
    expect(headersOf(again)).toMatchObject([{ symbol: 0 }]);
    expect(again[0]!.subarray(22)).toEqual(mine[0]!.subarray(22));
    expect(sender.statistics('a')).toMatchObject({ answers: 2, requests: 1 });
    expect(sender.statistics('c')).toBeUndefined();
    sender.forget('a');
    expect(sender.statistics('a')).toBeUndefined();
  });

  it('answers a standard NACK with the packets as they were, also to who takes no repair', () => {
    for (const takesRepair of [true, false]) {
      const listener = listenerOf('a', takesRepair);
      const sender = new ParitySender(7, seededRandom(1), 'adaptive');
      const frame = frameOf(65_530, 10);
      sender.sent(frame, listener, start);
      const nack = writeNack({ senderSsrc: 1, mediaSsrc: 7, lost: [65_531, 2, 3, 900] });
      const answers = sender.feedback(nack, listener, micros(start + 5000));
      expect(answers).toEqual([frame.packets[1], frame.packets[8], frame.packets[9]]);
      expect(sender.statistics('a')).toMatchObject({ answers: 3, requests: 1 });
    }
  });

  it('gives no parity to who takes no repair, whatever is asked for', () => {
    const listener = listenerOf('a', false);
    const sender = new ParitySender(7, seededRandom(1), 0.5);
    expect(sender.sent(frameOf(100, 10), listener, start)).toEqual([]);
    const feedback = writeFeedback(feedbackWith({ sequenceNumber: 100, received: bits(10, 1) }));
    expect(sender.feedback(feedback, listener, micros(start + 5000))).toEqual([]);
  });

  it('learns the round trip from the first request', () => {
    const listener = { ...listenerOf(), roundTrip: new RoundTrip() };
    const sender = new ParitySender(7, seededRandom(1), 'adaptive');
    sender.sent(frameOf(100, 10), listener, start);
    // 3 ms after the first packet came somebody asked; that was 11 ms after it left.
    const request = {
      sequenceNumber: 100,
      received: bits(10, 1),
      deadline: millis(33),
      timeLeft: millis(30),
    };
    sender.feedback(writeFeedback(feedbackWith(request)), listener, micros(start + 11_000));
    expect(Math.abs(listener.roundTrip.smoothed! - 8000)).toBeLessThan(20);
  });

  it('spends no more than its budget, counted in bytes as sent, however often it is asked', () => {
    const { sender, ask, listener } = sent(40);
    let bytes = 0;
    for (let time = 0; time < 500; time += 1) {
      const packets = ask({ absent: true, inFull: true, received: [] }, millis(5 + 3 * time));
      for (const packet of packets) bytes += packet.length;
    }
    // Five frames of five packets saved up, and the frame of forty.
    expect(bytes).toBeLessThanOrEqual((5 * 5 + 40) * 512);
    expect(bytes).toBeGreaterThan((5 * 5 + 38) * 512);
    // And one that went along with the very first frame.
    expect(sender.statistics(listener.id)!.bytes).toBe(bytes + 526);
    expect(sender.statistics(listener.id)!.overBudget).toBeGreaterThan(10_000);
  });

  it('spends no more also where repair packets are far longer than most of the frame', () => {
    const listener = listenerOf();
    const sender = new ParitySender(7, seededRandom(1), 'adaptive');
    const frame = frameOf(100, 20);
    const packets = frame.packets.map((packet, index) => (index === 0 ? packet : packet.subarray(0, 20)));
    sender.sent({ ...frame, packets }, listener, start);
    // Five frames are less: 12,000 bytes, with IP and UDP headers.
    const budget = 12_000;
    let bytes = 0;
    for (let time = 0; time < 50; time += 1) {
      const feedback = writeFeedback(feedbackWith({ absent: true, sequenceNumber: 100 }));
      for (const packet of sender.feedback(feedback, listener, micros(start + 5000 + 3000 * time)))
        bytes += packet.length + 28;
    }
    expect(bytes).toBeLessThanOrEqual(budget);
    expect(bytes).toBeGreaterThan(budget * 0.75);
  });
});
