import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyDamage, damaged } from '../../testing/arbitrary.js';
import { guarded } from '../../testing/guarded.js';
import { anyScan, makeJpeg } from '../../testing/jpeg.js';
import { jpegPacketizer } from './packetizer.js';
import { parseJpeg } from './jpeg-file.js';

const files = [
  makeJpeg(),
  makeJpeg({ restartInterval: 2, scan: Uint8Array.of(1, 0xff, 0xd0, 2, 0xff, 0, 3) }),
  makeJpeg({ sampling: [0x21, 0x11, 0x11], huffman: 'none', oneTable: true, endless: true }),
  makeJpeg({ scan: anyScan(500), before: [0xff, 0xe1, 0, 4, 1, 2] }),
];
const anyFile = fc.oneof(
  fc.tuple(fc.constantFrom(...files), anyDamage).map(([file, damage]) => damaged(file, damage)),
  // Noise after a good beginning, so that it reaches the readers of segments.
  fc
    .tuple(fc.nat(700), fc.uint8Array({ maxLength: 80, size: 'max' }))
    .map(([length, noise]) => Uint8Array.from([...files[0]!.subarray(0, length), 0xff, ...noise])),
);

it('parseJpeg reads within any file, and what it finds can be cut to the last byte', () => {
  fc.assert(
    fc.property(anyFile, fc.integer({ min: 145, max: 1500 }), (file, room) => {
      const scan = parseJpeg(guarded(file));
      expect(parseJpeg(file)).toEqual(scan);
      if (typeof scan === 'string') return;
      for (const table of [scan.lumaTable, scan.chromaTable]) {
        expect(table).toBeGreaterThan(0);
        expect(table + 64).toBeLessThanOrEqual(file.length);
      }
      expect(scan.scanStart).toBeLessThan(scan.scanEnd);
      expect(scan.scanEnd).toBeLessThanOrEqual(file.length);
      const plan = jpegPacketizer.plan(file, room)!;
      let bytes = 0;
      for (let index = 0; index < plan.count; index += 1) {
        const length = plan.payloadLength(index);
        expect(length).toBeLessThanOrEqual(room);
        plan.write(index, new Uint8Array(length), 0);
        bytes += length;
      }
      expect(bytes).toBeGreaterThan(scan.scanEnd - scan.scanStart);
    }),
    { numRuns: 2000 },
  );
});
