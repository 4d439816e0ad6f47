import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyRtpHeader, parseRtp, serializeRtp } from '../packet/rtp.js';
import { anyScan, makeJpeg } from '../testing/jpeg.js';
import { message } from '../testing/pair.js';
import { FrameAssembly } from './frame-assembly.js';
import { genericDepacketizer, genericPacketizer } from './generic.js';
import { jpegPacketizer } from './jpeg/packetizer.js';
import { l16Packetizer } from './l16.js';
import { copyParts, emptyFragment, type Packetizer } from './payload-format.js';

const headers = 12;

describe('a frame plan', () => {
  it('writes the same when it moves the bytes within one piece of memory as when it takes them from the frame', () => {
    const frames: [Packetizer, (length: number) => Uint8Array][] = [
      [genericPacketizer, (length) => message(1, length)],
      [jpegPacketizer, (length) => makeJpeg({ scan: anyScan(length), restartInterval: length % 2 })],
      [l16Packetizer(2), (length) => message(2, 4 * length)],
    ];
    const any = fc.record({
      which: fc.nat(frames.length - 1),
      length: fc.integer({ min: 1, max: 3000 }),
      room: fc.integer({ min: 150, max: 1200 }),
    });
    fc.assert(
      fc.property(any, ({ which, length, room }) => {
        const [packetizer, make] = frames[which]!;
        const plan = packetizer.plan(make(length), room)!;
        const indices = Array.from({ length: plan.count }, (_, index) => index);
        const size = indices.reduce((sum, index) => sum + headers + plan.payloadLength(index), 0);
        const memory = new Uint8Array(size);
        const carriedAt = size - plan.carried.length;
        memory.set(plan.carried, carriedAt);
        let at = 0;
        for (const index of indices) {
          plan.write(index, memory, at + headers, carriedAt);
          memory.fill(255, at, at + headers);
          const payload = new Uint8Array(plan.payloadLength(index));
          plan.write(index, payload, 0);
          expect(memory.slice(at + headers, at + headers + payload.length)).toEqual(payload);
          at += headers + payload.length;
        }
      }),
    );
  });
});

describe('copyParts', () => {
  it('joins packets of any size, with padding, extensions and contributing sources', () => {
    const packet = fc.record({
      length: fc.integer({ min: 1, max: 40 }),
      padding: fc.nat(30),
      csrcs: fc.array(fc.nat(), { maxLength: 3 }),
      extension: fc.option(fc.constant({ profile: 1, data: new Uint8Array(8).fill(9) }), { nil: undefined }),
    });
    const any = fc.record({
      packets: fc.array(packet, { minLength: 1, maxLength: 30 }),
      reverse: fc.boolean(),
      before: fc.nat(30),
    });
    fc.assert(
      fc.property(any, ({ packets, reverse, before }) => {
        const total = packets.reduce((sum, { length }) => sum + length, 0);
        const sent = message(3, total);
        let offset = 0;
        const datagrams = packets.map(({ length, padding, csrcs, extension }) => {
          const payload = new Uint8Array(8 + length);
          payload.set([1 << 5, 0, offset >> 8, offset & 255, 0, 0, total >> 8, total & 255]);
          payload.set(sent.subarray(offset, offset + length), 8);
          offset += length;
          const common = { payloadType: 96, sequenceNumber: 0, timestamp: 0, ssrc: 0 };
          return serializeRtp({ ...common, payload, padding, csrcs, extension });
        });
        const assembly = new FrameAssembly();
        const fragment = emptyFragment();
        for (const datagram of reverse ? datagrams.reverse() : datagrams) {
          const header = parseRtp(datagram, emptyRtpHeader())!;
          expect(genericDepacketizer.parse(datagram, header, fragment)).toBeUndefined();
          expect(assembly.add(datagram, header.payloadStart, fragment)).toBeUndefined();
        }
        const into = new Uint8Array(before + total + 1);
        copyParts(assembly, into, before);
        expect(into.slice(before, before + total)).toEqual(sent);
        expect(into.at(-1)).toBe(0);
      }),
    );
  });
});
