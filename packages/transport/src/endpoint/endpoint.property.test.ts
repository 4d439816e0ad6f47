import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeJpeg, anyScan } from '../testing/jpeg.js';
import {
  connect,
  genericFormat,
  incomingOf,
  isRtcp,
  jpegFormat,
  l16Format,
  makePair,
  message,
} from '../testing/pair.js';
import { serializeRtp } from '../packet/rtp.js';
import { Endpoint } from './endpoint.js';

const formats = [jpegFormat, genericFormat];

/** Datagrams as a sender makes them: reports, JPEG and generic frames, BYE. */
function realDatagrams(): Uint8Array[] {
  const pair = makePair();
  connect(pair, formats);
  pair.left.link = () => [];
  for (let number = 0; number < 4; number += 1) {
    pair.left.send(
      number % 2 === 0 ? message(number, 3000) : makeJpeg({ scan: anyScan(2500), restartInterval: number }),
    );
    pair.clock.advance(millis(400));
  }
  pair.left.do((endpoint, now) => endpoint.removeOutgoing('video', now));
  return pair.left.sent.map(({ data }) => data);
}

function receiver(): Endpoint {
  const endpoint = new Endpoint({ cname: 'r', random: seededRandom(1) });
  const now = 0 as Micros;
  endpoint.addIncoming({ peer: 'left', id: 'video', channel: 'video', ssrc: 7, formats }, now);
  endpoint.addIncoming({ peer: 'left', id: 'sound', channel: 'video', formats: [l16Format] }, now);
  endpoint.addOutgoing({ id: 'mine', channel: 'video', ssrc: 70, formats }, now);
  endpoint.addDestination({ id: 'left', addresses: { video: { address: '10.0.0.1', port: 5000 } } }, now);
  return endpoint;
}

/** Drains it. @returns where datagrams went to */
function drain(endpoint: Endpoint): Set<string> {
  const targets = new Set<string>();
  for (let output = endpoint.poll(); output; output = endpoint.poll()) {
    if (output.type === 'datagram') targets.add(`${output.to.address} ${output.to.port}`);
  }
  return targets;
}

describe('an endpoint', () => {
  it('survives random, mutated and replayed packets under a jumping clock', () => {
    const real = realDatagrams();
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('real' as const),
        which: fc.nat(),
        changes: fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 3 }),
        cut: fc.nat(3),
      }),
      fc.record({ kind: fc.constant('noise' as const), data: fc.uint8Array({ maxLength: 60 }) }),
      fc.record({ kind: fc.constant('time' as const), by: fc.integer({ min: -2e6, max: 1e7 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const endpoint = receiver();
        let now = seconds(1000);
        const from = { address: '192.0.2.1', port: 4 };
        const give = (data: Uint8Array) => {
          endpoint.receive({ channel: 'video', data, from }, now);
          // Whoever it claims to be from, answers go to destinations alone.
          for (const target of drain(endpoint)) expect(target).toBe('10.0.0.1 5000');
        };
        for (const one of steps) {
          if (one.kind === 'time') {
            now = micros(now + one.by);
            endpoint.tick(now);
            drain(endpoint);
          } else if (one.kind === 'noise') {
            give(one.data);
            give(Uint8Array.from([0x80, ...one.data]));
          } else {
            const data = Uint8Array.from(real[one.which % real.length]!);
            for (const [at, value] of one.changes) data[at % data.length] = value;
            give(one.cut === 3 ? data.subarray(0, one.which % data.length) : data);
          }
        }
        endpoint.statistics(now);
        const next = endpoint.nextDeadline();
        if (next !== undefined) endpoint.tick(next);
        drain(endpoint);
      }),
      { numRuns: 300 },
    );
  });

  it('gives out exactly the frames of which every packet came, under any loss, order and duplication', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 15 }),
        (seed, lossPercent, jitterMs) => {
          const pair = makePair({ seed });
          connect(pair, formats, millis(60));
          const lost = new Set<number>();
          pair.left.link = (datagram, _, random) => {
            if (isRtcp(datagram)) return [millis(1)];
            const frame =
              (datagram.data[4]! << 24) |
              (datagram.data[5]! << 16) |
              (datagram.data[6]! << 8) |
              datagram.data[7]!;
            if (random.uint32() % 100 < lossPercent) {
              lost.add(frame);
              return [];
            }
            const delay = () => millis(1 + (random.uint32() % (jitterMs + 1)));
            return random.uint32() % 10 === 0 ? [delay(), delay()] : [delay()];
          };
          for (let number = 0; number < 20; number += 1) {
            pair.left.send(message(number, 4000));
            pair.clock.advance(millis(33));
          }
          pair.clock.advance(millis(200));
          const statistics = incomingOf(pair.right, pair.clock.now());
          expect(pair.right.frames.length).toBe(20 - lost.size);
          expect(statistics.frames).toBe(20 - lost.size);
          expect(statistics.pending).toBe(0);
          // The first frame may pass for one that was joined in its middle, and one may be lost altogether.
          expect(statistics.givenUp).toBeLessThanOrEqual(lost.size);
          expect(statistics.givenUp).toBeGreaterThanOrEqual(lost.size - 2);
          const numbers = pair.right.frames.map(({ data }) => data[0]);
          expect(new Set(numbers).size).toBe(numbers.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('holds no more than 64 incomplete frames of a stream, and 48 MiB', () => {
    const endpoint = receiver();
    const from = { address: '192.0.2.1', port: 4 };
    const head = (timestamp: number, sequenceNumber: number, length: number) => {
      const payload = new Uint8Array(8 + length);
      payload.set([0x20, 0, 0, 0, 0, 0xff, 0xff, 0xff]);
      return serializeRtp({ payloadType: 96, sequenceNumber, timestamp, ssrc: 7, payload });
    };
    for (let number = 0; number < 1000; number += 1) {
      endpoint.receive({ channel: 'video', data: head(number * 100, number, 10), from }, seconds(1));
    }
    expect(endpoint.statistics(seconds(1))).toMatchObject({
      incoming: [{ pending: 64 }, {}],
      drops: { 'too-much-pending': 936 },
    });

    const heavy = receiver();
    const big = (sequenceNumber: number) => {
      const packet = head(Math.floor(sequenceNumber / 200) * 100, sequenceNumber, 60_000);
      const offset = (sequenceNumber % 200) * 60_000;
      packet.set([offset >> 16, (offset >> 8) & 255, offset & 255], 13);
      return packet;
    };
    for (let number = 0; number < 1200; number += 1) {
      heavy.receive({ channel: 'video', data: big(number), from }, seconds(1));
    }
    const { pending, givenUp } = heavy.statistics(seconds(1)).incoming[0]!;
    expect(pending).toBeLessThanOrEqual(4);
    expect(pending + givenUp).toBe(6);
  });

  it('keeps no more than 4096 frames and events for a caller who does not drain', () => {
    const endpoint = receiver();
    const from = { address: '192.0.2.1', port: 4 };
    for (let number = 0; number < 5000; number += 1) {
      const payload = Uint8Array.of(0x20, 0, 0, 0, 0, 0, 0, 1, 9);
      const data = serializeRtp({
        payloadType: 96,
        sequenceNumber: number,
        timestamp: number * 100,
        ssrc: 7,
        payload,
      });
      endpoint.receive({ channel: 'video', data, from }, seconds(1));
    }
    let outputs = 0;
    while (endpoint.poll()) outputs += 1;
    expect(outputs).toBe(4096);
  });
});
