import fc from 'fast-check';
import { RTP_HEADER_LENGTH } from '../packet/rtp.js';
import type { ControlPayload } from '../control/control-packet.js';
import type { RtpFields } from '../packet/rtp.js';
import type { RtcpPacket } from '../packet/rtcp.js';

// Packets and damage for property tests. `size: 'max'` because fast-check makes no more than ten items unless told so.

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const words = (maxLength: number) =>
  fc
    .array(uint(8), { maxLength, size: 'max' })
    .map((data) => Uint8Array.from(data.slice(0, data.length & ~3)));

/** Any RTP packet, as fields. */
export const anyRtp: fc.Arbitrary<RtpFields> = fc.record({
  marker: fc.boolean(),
  payloadType: uint(7),
  sequenceNumber: uint(16),
  timestamp: uint(32),
  ssrc: uint(32),
  csrcs: fc.array(uint(32), { maxLength: 15, size: 'max' }),
  extension: fc.option(fc.record({ profile: uint(16), data: words(40) }), { nil: undefined }),
  payload: fc.uint8Array({ maxLength: 60, size: 'max' }),
  padding: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 255 })),
});

const block = fc.record({
  ssrc: uint(32),
  fractionLost: uint(8),
  cumulativeLost: fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }),
  highestSequenceNumber: uint(32),
  jitter: uint(32),
  lastSenderReport: uint(32),
  delaySinceLastSenderReport: uint(32),
});
const reports = fc.array(block, { maxLength: 31, size: 'max' });
const ntp = fc.record({ seconds: uint(32), fraction: uint(32) });
const item = fc.record({
  type: fc.integer({ min: 1, max: 255 }),
  value: fc.uint8Array({ maxLength: 255, size: 'max' }),
});
const delay = fc.record({
  ssrc: uint(32),
  lastReferenceTime: uint(32),
  delaySinceLastReferenceTime: uint(32),
});
const extendedBlock = fc.oneof(
  fc.record({ type: fc.constant('receiver-reference-time' as const), ntp }),
  fc.record({
    type: fc.constant('receiver-reference-delays' as const),
    delays: fc.array(delay, { maxLength: 5 }),
  }),
);

/** Any RTCP packet that can be written. */
export const anyRtcp: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc.record({
    type: fc.constant('sender-report' as const),
    ssrc: uint(32),
    ntp,
    rtpTimestamp: uint(32),
    packetCount: uint(32),
    octetCount: uint(32),
    reports,
  }),
  fc.record({ type: fc.constant('receiver-report' as const), ssrc: uint(32), reports }),
  fc.record({
    type: fc.constant('source-description' as const),
    chunks: fc.array(fc.record({ ssrc: uint(32), items: fc.array(item, { maxLength: 4 }) }), {
      maxLength: 31,
      size: 'max',
    }),
  }),
  fc.record(
    {
      type: fc.constant('goodbye' as const),
      ssrcs: fc.array(uint(32), { maxLength: 31, size: 'max' }),
      reason: fc.string({ maxLength: 60, size: 'max' }),
    },
    { requiredKeys: ['type', 'ssrcs'] },
  ),
  fc.record({
    type: fc.constant('extended-report' as const),
    ssrc: uint(32),
    blocks: fc.array(extendedBlock, { maxLength: 5 }),
  }),
  fc.record({
    type: fc.constant('other' as const),
    packetType: fc.constantFrom(192, 204, 205, 206, 223),
    count: uint(5),
    body: words(60),
  }),
);

const session = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const sessions = { receiver: uint(32), from: session, to: session };
const acknowledged = { next: uint(32), received: fc.tuple(uint(32), uint(32)), delay: uint(16) };

/** Any control packet's payload. */
export const anyControl: fc.Arbitrary<ControlPayload> = fc.oneof(
  fc.record({ kind: fc.constant('hello' as const), ...sessions, to: uint(32) }),
  fc.record({ kind: fc.constant('acknowledgement' as const), ...sessions, ...acknowledged }),
  fc
    .record({
      kind: fc.constant('data' as const),
      ...sessions,
      ...acknowledged,
      sequenceNumber: uint(32),
      urgent: fc.boolean(),
      last: fc.boolean(),
      fragment: fc.uint8Array({ maxLength: 60, size: 'max' }),
    })
    .filter(({ last, fragment }) => last || fragment.length > 0),
);

/** What happens to a packet: a byte changed, the end cut off, bytes put in, a bit turned. */
export type Damage = { kind: 'byte' | 'cut' | 'insert' | 'bit'; at: number; value: number };

export const anyDamage: fc.Arbitrary<Damage[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('byte', 'byte', 'bit', 'bit', 'cut', 'insert'),
    // Headers are hit more often than what they head.
    at: fc.oneof(fc.nat(RTP_HEADER_LENGTH + 8), fc.nat(2000)),
    value: uint(8),
  }),
  { maxLength: 4 },
);

/** A damaged copy. */
export function damaged(bytes: Uint8Array, damages: readonly Damage[]): Uint8Array {
  const data = [...bytes];
  for (const { kind, at, value } of damages) {
    const index = data.length === 0 ? 0 : at % data.length;
    if (kind === 'cut') data.length = index;
    else if (kind === 'insert') data.splice(index, 0, ...new Array<number>(value & 7).fill(value));
    else if (data.length > 0) data[index] = kind === 'byte' ? value : data[index]! ^ (1 << (value & 7));
  }
  return Uint8Array.from(data);
}
