import { micros, seconds } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeNack } from '../packet/feedback.js';
import { parseRtcp, serializeRtcp, type OtherRtcp } from '../packet/rtcp.js';
import { anyDamage, damaged } from '../testing/arbitrary.js';
import { guarded } from '../testing/guarded.js';
import { fromHex, toHex } from '../testing/hex.js';
import { anyFeedback, feedbackWith } from '../testing/repair-feedback.js';
import { MAX_FEEDBACK_BITS, readFeedback, writeFeedback } from './feedback.js';

/** As it goes through a datagram. */
const sent = (packet: OtherRtcp): OtherRtcp => parseRtcp(serializeRtcp([packet]))![0] as OtherRtcp;

describe('feedback', () => {
  it('goes there and back, spans to within 2^-16 s', () => {
    fc.assert(
      fc.property(anyFeedback, (feedback) => {
        const { timeLeft, deadline, ...exact } = readFeedback(sent(writeFeedback(feedback)))!;
        expect(exact).toEqual({ ...exact, ...feedback, timeLeft: undefined, deadline: undefined });
        for (const [read, written] of [
          [timeLeft, feedback.timeLeft],
          [deadline, feedback.deadline],
        ] as const) {
          // Never longer than it was: nothing is to be sent too late.
          expect(read).toBeLessThanOrEqual(written + 0.5);
          expect(written - read).toBeLessThan(16);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('clamps what does not fit', () => {
    const feedback = feedbackWith({
      timeLeft: micros(-1),
      deadline: seconds(5),
      shareLost: 1,
      burst: 100,
      queueDelay: seconds(1),
    });
    expect(readFeedback(writeFeedback(feedback))).toMatchObject({
      timeLeft: 0,
      deadline: 999_985,
      shareLost: 65_535 / 65_536,
      burst: 63.75,
      queueDelay: 255_000,
    });
  });

  it('tells of at most 4096 packets', () => {
    const received = new Array<boolean>(MAX_FEEDBACK_BITS).fill(true);
    expect(readFeedback(writeFeedback(feedbackWith({ received })))!.received).toEqual(received);
    expect(readFeedback(writeFeedback(feedbackWith({ received: [...received, true] })))).toBeUndefined();
  });

  it('is not to be taken for other feedback', () => {
    expect(readFeedback(writeNack({ senderSsrc: 1, mediaSsrc: 7, lost: [1] }))).toBeUndefined();
    const feedback = writeFeedback(feedbackWith());
    expect(readFeedback({ ...feedback, count: 1 })).toBeUndefined();
    expect(readFeedback({ ...feedback, packetType: 205 })).toBeUndefined();
    // REMB (draft-alvestrand-rmcat-remb) is application layer feedback too.
    const body = Uint8Array.from(feedback.body);
    body.set([0x52, 0x45, 0x4d, 0x42], 8);
    expect(readFeedback({ ...feedback, body })).toBeUndefined();
  });

  it('cut off anywhere is none', () => {
    const received = [true, false, true];
    const blocks = [{ firstSequenceNumber: 1, received: 2, highest: 3 }];
    const whole = writeFeedback(feedbackWith({ received, blocks }));
    for (let length = 0; length < whole.body.length; length += 1)
      expect(readFeedback({ ...whole, body: guarded(whole.body.subarray(0, length)) })).toBeUndefined();
  });

  it('damaged in any way is read within its bytes, or not at all', () => {
    fc.assert(
      fc.property(anyFeedback, anyDamage, (feedback, damage) => {
        const packet = writeFeedback(feedback);
        const read = readFeedback({ ...packet, body: guarded(damaged(packet.body, damage)) });
        if (read) expect(read.received.length).toBeLessThanOrEqual(MAX_FEEDBACK_BITS);
      }),
      { numRuns: 500 },
    );
  });
});

// The vectors of docs/wire-format.md.
describe('feedback, byte for byte', () => {
  const request = feedbackWith({
    senderSsrc: 0x11223344,
    mediaSsrc: 0x01020304,
    request: 42,
    tailMissing: true,
    timeLeft: micros(25_000),
    deadline: micros(33_500),
    shareLost: 0.125,
    burst: 1.25,
    sequenceNumber: 0xfffe,
    received: [true, false, true, true],
    blocks: [{ firstSequenceNumber: 0xfffd, received: 2, highest: 3 }],
  });
  const absent = feedbackWith({
    senderSsrc: 0x11223344,
    mediaSsrc: 0x01020304,
    request: 43,
    absent: true,
    inFull: false,
    timeLeft: micros(31_000),
    deadline: micros(33_500),
    shareLost: 0,
    burst: 1,
    queueDelay: micros(3000),
    sequenceNumber: 0x0020,
    ahead: 1,
  });
  const report = feedbackWith({
    senderSsrc: 0x11223344,
    mediaSsrc: 0x01020304,
    request: 44,
    asks: false,
    inFull: false,
    timeLeft: micros(0),
    deadline: micros(33_500),
    shareLost: 0.0625,
    burst: 4,
    sequenceNumber: 0x0041,
  });
  it.each([
    [
      'a request',
      request,
      '8fce0009 11223344 01020304 48484252 2aa80666 08932000 0500fffe 00040100 b0000000 fffd0203',
    ],
    [
      'a request for a frame of which nothing was seen',
      absent,
      '8fce0007 11223344 01020304 48484252 2bc007ef 08930000 04030020 00010000',
    ],
    ['a report of losses', report, '8fce0007 11223344 01020304 48484252 2c000000 08931000 10000041 00000000'],
  ])('%s', (_, feedback, hex) => {
    expect(toHex(serializeRtcp([writeFeedback(feedback)]))).toBe(hex.replaceAll(' ', ''));
    const { timeLeft, deadline, ...exact } = readFeedback(parseRtcp(fromHex(hex))![0] as OtherRtcp)!;
    expect({ ...feedback, timeLeft, deadline }).toEqual({ ...exact, timeLeft, deadline });
  });
});
