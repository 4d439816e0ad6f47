import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeNack } from '../packet/feedback.js';
import { serializeRtcp, type RtcpPacket } from '../packet/rtcp.js';
import { serializeRtp } from '../packet/rtp.js';
import { writeFeedback } from '../repair/feedback.js';
import { REPAIR_HEADER_LENGTH, REPAIR_PAYLOAD_TYPE, writeRepairHeader } from '../repair/repair-packet.js';
import { anyDamage, anyRtcp, anyRtp, damaged } from '../testing/arbitrary.js';
import { AttackedCall, MAX_FRAME_BYTES, stranger, type AttackedSide } from '../testing/attacked-call.js';
import { anyFeedback } from '../testing/repair-feedback.js';

// The endpoint as a whole, with repair and pacing, in the midst of a call: what anybody can put on the wire comes in
// between its own packets, from strangers and in the name of the other participant. A failure prints its seed.

/** Something that is done to a call, and how it reads in a failure. */
interface Step {
  run: (call: AttackedCall) => void;
  [fc.toStringMethod]: () => string;
}

const step = (name: string, fields: unknown, run: Step['run']): Step => ({
  run,
  [fc.toStringMethod]: () => `${name} ${fc.stringify(fields)}`,
});

const ssrcs = fc.constantFrom(7, 7, 8, 8, 9, 1234);
const sides = fc.constantFrom('left' as const, 'right' as const);
const injection = (name: string, data: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Step> =>
  fc.record({ data, to: sides, asPeer: fc.boolean(), copies: fc.constantFrom(1, 1, 1, 3) }).map((fields) =>
    step(name, fields, (call) => {
      const side = call[fields.to];
      for (let copy = 0; copy < fields.copies; copy += 1)
        side.inject(Uint8Array.from(fields.data), fields.asPeer ? side.other.address : stranger);
    }),
  );

/** Packets of the call itself, of either side: as they were, and damaged. */
const replayed: fc.Arbitrary<Step> = fc
  .record({
    which: fc.nat(400),
    count: fc.integer({ min: 1, max: 12 }),
    damage: anyDamage,
    to: sides,
    asPeer: fc.boolean(),
  })
  .map((fields) =>
    step('replay', fields, (call) => {
      const { which, count, damage, to, asPeer } = fields;
      for (let index = 0; index < count && call.recorded.length > 0; index += 1) {
        const data = call.recorded[(which + index * 7) % call.recorded.length]!;
        call[to].inject(damaged(data, damage), asPeer ? call[to].other.address : stranger);
      }
    }),
  );

const rtcp = (name: string, packets: fc.Arbitrary<RtcpPacket[]>) =>
  injection(
    name,
    packets.map((all) => serializeRtcp(all)),
  );

/** The reporter and the sources named are often real ones. */
const namedRtcp: fc.Arbitrary<RtcpPacket> = fc.tuple(anyRtcp, ssrcs, ssrcs).map(([packet, who, whom]) => {
  if (packet.type === 'goodbye') return { ...packet, ssrcs: [who, whom, ...packet.ssrcs.slice(2)] };
  if (packet.type === 'source-description' || packet.type === 'other') return packet;
  if (packet.type === 'extended-report') return { ...packet, ssrc: who };
  return { ...packet, ssrc: who, reports: packet.reports.map((report) => ({ ...report, ssrc: whom })) };
});

const forgedFeedback = fc
  .tuple(anyFeedback, ssrcs, ssrcs)
  .map(([feedback, senderSsrc, mediaSsrc]) => [writeFeedback({ ...feedback, senderSsrc, mediaSsrc })]);

const forgedNack = fc
  .record({
    senderSsrc: ssrcs,
    mediaSsrc: ssrcs,
    lost: fc.array(fc.nat(65_535), { minLength: 1, maxLength: 200, size: 'max' }),
  })
  .map((nack) => [writeNack(nack)]);

const forgedRepair = fc
  .record({
    sourceSsrc: ssrcs,
    firstSequenceNumber: fc.nat(65_535),
    count: fc.integer({ min: 0, max: 255 }),
    symbol: fc.nat(255),
    request: fc.nat(255),
    following: fc.nat(255),
    timestamp: fc.nat(2 ** 32 - 1),
    bytes: fc.nat(1200),
  })
  .map(({ timestamp, bytes, ...header }) => {
    const payload = new Uint8Array(REPAIR_HEADER_LENGTH + bytes).fill(bytes & 255);
    writeRepairHeader(header, payload, 0);
    const head = { payloadType: REPAIR_PAYLOAD_TYPE, sequenceNumber: bytes, timestamp, ssrc: timestamp };
    return serializeRtp({ ...head, payload });
  });

const forgedRtp = fc
  .tuple(anyRtp, ssrcs, fc.constantFrom(96, 11, 127), fc.constantFrom(0, 0x20))
  .map(([fields, ssrc, payloadType, version]) => {
    const payload = Uint8Array.from([version, ...fields.payload]);
    return serializeRtp({ ...fields, ssrc, payloadType, payload });
  });

const noise = fc
  .tuple(fc.constantFrom(0x00, 0x80, 0x81, 0x90, 0xa0, 0xff), fc.uint8Array({ maxLength: 200, size: 'max' }))
  .map(([first, rest]) => Uint8Array.from([first, ...rest]));

const media: fc.Arbitrary<Step> = fc
  .record({
    from: sides,
    sound: fc.boolean(),
    bytes: fc.integer({ min: 1, max: MAX_FRAME_BYTES }),
    number: fc.nat(1e5),
  })
  .map((fields) =>
    step('send', fields, (call) => {
      const { from, sound, bytes, number } = fields;
      if (sound && from === 'left') call.left.send('sound', number, 882);
      else call[from].send('video', number, bytes);
    }),
  );

const time = fc.nat(60_000).map((span) => step('advance', span, (call) => call.clock.advance(micros(span))));

const jump = fc
  .record({ who: sides, by: fc.oneof(fc.integer({ min: -2_000_000, max: 0 }), fc.nat(86_400_000_000)) })
  .map((fields) => step('jump', fields, (call) => call[fields.who].jump(micros(fields.by))));

const loss = fc.constantFrom(0, 0, 10, 40).map((percent) =>
  step('lose', percent, (call) => {
    call.lossPercent = percent;
  }),
);

const anyStep = fc.oneof(
  { arbitrary: media, weight: 6 },
  { arbitrary: time, weight: 6 },
  { arbitrary: loss, weight: 1 },
  { arbitrary: jump, weight: 1 },
  { arbitrary: replayed, weight: 4 },
  { arbitrary: rtcp('feedback', forgedFeedback), weight: 3 },
  { arbitrary: rtcp('nack', forgedNack), weight: 2 },
  { arbitrary: rtcp('rtcp', fc.array(namedRtcp, { minLength: 1, maxLength: 4 })), weight: 2 },
  { arbitrary: injection('repair', forgedRepair), weight: 2 },
  { arbitrary: injection('rtp', forgedRtp), weight: 2 },
  { arbitrary: injection('noise', noise), weight: 1 },
);

describe('a call under attack', () => {
  it('answers nobody else, sends no more than it may, and goes on afterwards', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(anyStep, { maxLength: 250, size: 'max' }), (seed, steps) => {
        const call = new AttackedCall(seed);
        call.calm(3);
        const start = call.clock.now();
        for (const { run } of steps) run(call);
        call.lossPercent = 0;
        // A clock that was set back stands still until then; everything that waits has its end.
        call.clock.advance(seconds(8));
        for (const side of [call.left, call.right]) expectBounded(side, micros(call.clock.now() - start));
        expect(call.calm()).toEqual([20, 20]);
        // A clock that was set by a little looks like a queue, in which repair holds back, for two periods of 10 s.
        for (let period = 0; period < 2; period += 1) {
          call.clock.advance(seconds(11));
          call.calm(10);
        }
        call.lossPercent = 3;
        expect(call.calm()).toEqual([20, 20]);
        for (const side of [call.left, call.right])
          expect(
            side.endpoint.statistics(call.clock.now()).incoming.every(({ pending }) => pending === 0),
          ).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

/** What a participant may be sent because of what strangers say in its name. */
function expectBounded({ sent, injected, other }: AttackedSide, span: Micros): void {
  // Repair: as many bytes as the stream itself, and what may be saved up for each of two streams (docs/wire-format.md, 7.3).
  const saved = 5 * 1.1 * MAX_FRAME_BYTES + 12_000;
  expect(sent.repairBytes).toBeLessThanOrEqual(sent.sourceBytes + saved);
  // Requests: 48 a frame, and whatever comes may pass for a frame; reports of losses, ten a second at most.
  const frames = other.sent.frames + injected;
  expect(sent.feedback).toBeLessThanOrEqual(48 * frames + (span / millis(100)) * 3);
  // Reports: 20 ms apart at least, whoever wants one, and the introduction of each stream.
  expect(sent.reports).toBeLessThanOrEqual(span / millis(20) + 10);
}
