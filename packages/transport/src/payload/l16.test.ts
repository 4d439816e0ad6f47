import { describe, expect, it } from 'vitest';
import { emptyRtpHeader } from '../packet/rtp.js';
import { FrameAssembly } from './frame-assembly.js';
import { l16Depacketizer, l16Packetizer } from './l16.js';
import { emptyFragment } from './payload-format.js';

describe('L16', () => {
  it('cuts between samples, and counts them', () => {
    const data = Uint8Array.from({ length: 44 }, (_, index) => index);
    const plan = l16Packetizer(2).plan(data, 18)!;
    expect(plan).toMatchObject({ count: 3, duration: 11 });
    const packets = Array.from({ length: plan.count }, (_, index) => {
      const packet = new Uint8Array(plan.payloadLength(index));
      plan.write(index, packet, 0);
      return packet;
    });
    expect(packets.map(({ length }) => length)).toEqual([16, 16, 12]);
    expect(packets.flatMap((packet) => [...packet])).toEqual([...data]);
    expect([0, 1, 2].map((index) => plan.timestampOffset(index))).toEqual([0, 4, 8]);
    expect(plan.marker(2)).toBe(false);
  });

  it.each([
    [1, 0],
    [1, 3],
    [2, 6],
  ])('with %i channels does not carry %i bytes, nor accept them', (channels, length) => {
    expect(l16Packetizer(channels).plan(new Uint8Array(length), 1000)).toBeUndefined();
    const header = { ...emptyRtpHeader(), payloadStart: 12, payloadEnd: 12 + length };
    const problem = l16Depacketizer(channels).parse(new Uint8Array(12 + length), header, emptyFragment());
    expect(problem).toBe('malformed-l16');
  });

  it('passes the payload through, into memory of its own', () => {
    const packet = Buffer.from([...new Array<number>(12).fill(0), 1, 2, 3, 4]);
    const depacketizer = l16Depacketizer(1);
    const fragment = emptyFragment();
    const header = { ...emptyRtpHeader(), payloadStart: 12, payloadEnd: 16 };
    expect(depacketizer.parse(packet, header, fragment)).toBeUndefined();
    const assembly = new FrameAssembly();
    assembly.add(packet, 12, fragment);
    const data = depacketizer.join(assembly)!;
    packet.fill(9);
    expect(data).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(data.buffer.byteLength).toBe(4);
  });
});
