import { micros } from '@hellohaybye/core';
import { expect, it } from 'vitest';
import { microsFromNtp } from '../packet/ntp.js';
import { seededRandom } from '@hellohaybye/core/testing';
import { noRepair } from '../repair/repair.js';
import { RoundTrip } from '../repair/round-trip.js';
import { Destination } from './destination.js';
import { OutgoingStream } from './outgoing-stream.js';

const block = {
  ssrc: 1,
  fractionLost: 64,
  cumulativeLost: 3,
  highestSequenceNumber: 0,
  jitter: 90,
  lastSenderReport: 0xb7052000,
  delaySinceLastSenderReport: 0x00054000,
};

const formats = [{ format: 'jpeg' as const, payloadType: 26, clockRate: 90_000 }];
const video = new OutgoingStream(
  { id: 'video', channel: 'video', ssrc: 1, formats },
  seededRandom(1),
  noRepair,
);

it('knows the round trip: the example of RFC 3550, figure 2', () => {
  const destination = new Destination({ id: 'd', addresses: {} }, micros(0), new RoundTrip());
  destination.introduce('video');
  const heard = microsFromNtp({ seconds: 0xb44db710, fraction: 0x80000000 });
  destination.reported('video', block, heard);
  expect(destination.statistics(video)).toMatchObject({
    roundTrip: 6_125_000,
    fractionLost: 0.25,
    lost: 3,
    jitter: 1000,
  });
});

it('knows the round trip across the wrap of the compact form, and none below zero', () => {
  const destination = new Destination({ id: 'd', addresses: {} }, micros(0), new RoundTrip());
  destination.introduce('video');
  const report = { ...block, lastSenderReport: 0xffff8000, delaySinceLastSenderReport: 0x4000 };
  destination.reported('video', report, microsFromNtp({ seconds: 0xe0000000, fraction: 0 }));
  expect(destination.roundTrip.smoothed).toBe(250_000);
  const other = new Destination({ id: 'd', addresses: {} }, micros(0), new RoundTrip());
  other.introduce('video');
  other.reported(
    'video',
    { ...report, delaySinceLastSenderReport: 0x9000 },
    microsFromNtp({ seconds: 0xe0000000, fraction: 0 }),
  );
  expect(other.roundTrip.smoothed).toBe(0);
});
