import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtp, serializeRtp, type RtpHeader } from '../packet/rtp.js';
import { anyDamage, damaged } from '../testing/arbitrary.js';
import { guarded } from '../testing/guarded.js';
import { anyScan, makeJpeg } from '../testing/jpeg.js';
import { dropReasons } from '../drops.js';
import { depacketizerFor, packetizerFor } from './formats.js';
import { FrameAssembly, PACKET_COST } from './frame-assembly.js';
import { jfifHeaderLength } from './jpeg/jfif.js';
import { emptyFragment, MAX_FRAME_BYTES, type PayloadFormat } from './payload-format.js';

const formats: PayloadFormat[] = [
  { format: 'generic', payloadType: 96, clockRate: 90_000 },
  { format: 'jpeg', payloadType: 26, clockRate: 90_000 },
  { format: 'l16', payloadType: 11, clockRate: 44_100 },
  { format: 'l16', payloadType: 97, clockRate: 48_000, channels: 6 },
];
const named = formats.map(
  (format) => [`${format.format}, ${format.channels ?? 1} channels`, format] as const,
);

/** The payloads of a frame that the format can carry, made of some bytes. */
function payloadsOf(format: PayloadFormat, length: number, seed: number, room: number): Uint8Array[] {
  const size = format.format === 'l16' ? 12 * Math.ceil(length / 12) : length;
  const bytes = anyScan(size, seed);
  const restartInterval = seed % 3;
  const frame = format.format === 'jpeg' ? makeJpeg({ scan: bytes, restartInterval }) : bytes;
  const plan = packetizerFor(format).plan(frame, room)!;
  return Array.from({ length: plan.count }, (_, index) => {
    const payload = new Uint8Array(plan.payloadLength(index));
    plan.write(index, payload, 0);
    return payload;
  });
}

const packetOf = (payload: Uint8Array, marker: boolean): Uint8Array =>
  serializeRtp({ marker, payloadType: 96, sequenceNumber: 1, timestamp: 2, ssrc: 3, payload });

/** Some packets: whole frames, damaged ones, and noise in between. */
const steps = fc.array(
  fc.record({
    which: fc.nat(30),
    damage: anyDamage,
    noise: fc.option(fc.uint8Array({ maxLength: 160, size: 'max' }), { nil: undefined, freq: 4 }),
    marker: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40, size: 'max' },
);

describe.each(named)('depacketizing %s, whatever comes', (_, format) => {
  it('reads within the packet, points within it, and holds what came and no more', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 1500 }), fc.nat(), (all, length, seed) => {
        const depacketizer = depacketizerFor(format);
        const payloads = payloadsOf(format, length, seed, 300);
        let assembly = new FrameAssembly();
        let came = 0;
        for (const { which, damage, noise, marker } of all) {
          const payload = noise ?? damaged(payloads[which % payloads.length]!, damage);
          const packet = packetOf(payload, marker);
          const header = parseRtp(packet)!;
          const fragment = emptyFragment();
          const problem = depacketizer.parse(readGuarded(packet, header), header, fragment);
          if (problem) {
            expect(Object.keys(dropReasons)).toContain(problem);
            continue;
          }
          const { start, end, offset } = fragment;
          expect(start).toBeGreaterThanOrEqual(header.payloadStart);
          expect(start).toBeLessThanOrEqual(end);
          expect(end).toBeLessThanOrEqual(header.payloadEnd);
          expect(offset).toBeGreaterThanOrEqual(0);
          if (!assembly.add(packet, header.payloadStart, fragment)) came += packet.length + PACKET_COST;
          expect(assembly.cost).toBe(came);
          if (!assembly.complete) continue;
          const joined = depacketizer.join(assembly);
          // No memory but for bytes that came, and a file's header.
          if (joined) expect(joined.length).toBeLessThan(came + 1000);
          assembly = new FrameAssembly();
          came = 0;
        }
      }),
      { numRuns: 400 },
    );
  });

  it('gives back what was cut, in any order of the packets', () => {
    const { format: name } = format;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 160, max: 1500 }),
        fc.nat(),
        fc.infiniteStream(fc.nat()),
        (length, room, seed, order) => {
          const payloads = payloadsOf(format, length, seed, room);
          const depacketizer = depacketizerFor(format);
          const last = payloads.length - 1;
          const numbered = payloads.map((payload, index) => packetOf(payload, index === last));
          const packets = name === 'l16' ? numbered : shuffled(numbered, order);
          const parts: Uint8Array[] = [];
          let assembly = new FrameAssembly();
          for (const packet of packets) {
            const header = parseRtp(packet)!;
            const fragment = emptyFragment();
            expect(depacketizer.parse(packet, header, fragment)).toBeUndefined();
            expect(assembly.add(packet, header.payloadStart, fragment)).toBeUndefined();
            if (!assembly.complete) continue;
            parts.push(depacketizer.join(assembly)!);
            assembly = new FrameAssembly();
          }
          const whole = Uint8Array.from(parts.flatMap((part) => [...part]));
          if (name === 'jpeg') {
            const restartInterval = seed % 3;
            const head = jfifHeaderLength({ type: 1, width: 64, height: 48, restartInterval, tables: whole });
            expect(whole.subarray(head, -2)).toEqual(anyScan(length, seed));
          } else {
            expect(whole).toEqual(anyScan(name === 'l16' ? 12 * Math.ceil(length / 12) : length, seed));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('refuses a frame over 16 MiB by what its packets say, before any memory is set aside', () => {
    const fragment = emptyFragment();
    const assembly = new FrameAssembly();
    const far = { ...fragment, start: 0, end: 100, offset: MAX_FRAME_BYTES - 99 };
    expect(assembly.add(new Uint8Array(100), 0, far)).toBe('frame-too-large');
    expect(assembly.cost).toBe(0);
  });
});

/** The packet, guarded up to its payload's end. */
const readGuarded = (packet: Uint8Array, { payloadEnd }: RtpHeader): Uint8Array =>
  guarded(packet.subarray(0, payloadEnd));

function shuffled<T>(items: readonly T[], order: Iterator<number>): T[] {
  const rest = [...items];
  return items.map(() => rest.splice((order.next().value as number) % rest.length, 1)[0]!);
}
