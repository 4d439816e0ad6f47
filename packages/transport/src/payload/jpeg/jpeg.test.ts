import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyRtpHeader, parseRtp, serializeRtp } from '../../packet/rtp.js';
import { anyScan, chromaTable, lumaTable, makeJpeg } from '../../testing/jpeg.js';
import { FrameAssembly } from '../frame-assembly.js';
import { emptyFragment } from '../payload-format.js';
import { JpegDepacketizer } from './depacketizer.js';
import { parseJpeg, type JpegScan } from './jpeg-file.js';
import { jpegPacketizer } from './packetizer.js';
import { quantisationTables } from './standard-tables.js';

function packetize(file: Uint8Array, room: number): Uint8Array[] {
  const plan = jpegPacketizer.plan(file, room)!;
  return Array.from({ length: plan.count }, (_, index) => {
    const payload = new Uint8Array(plan.payloadLength(index));
    plan.write(index, payload, 0);
    return rtp(payload, plan.marker(index));
  });
}

const rtp = (payload: Uint8Array | number[], marker = false) =>
  serializeRtp({
    marker,
    payloadType: 26,
    sequenceNumber: 0,
    timestamp: 0,
    ssrc: 1,
    payload: Uint8Array.from(payload),
  });

/** Joins the packets of one frame; a problem comes out as its name. */
function join(packets: Uint8Array[], depacketizer = new JpegDepacketizer()): Uint8Array | string | undefined {
  const assembly = new FrameAssembly();
  const fragment = emptyFragment();
  for (const packet of packets) {
    const header = parseRtp(packet)!;
    const problem =
      depacketizer.parse(packet, header, fragment) ?? assembly.add(packet, header.payloadStart, fragment);
    if (problem) return problem;
  }
  return assembly.complete ? depacketizer.join(assembly) : undefined;
}

/** A file's image, apart from how it is written. */
function contentOf(file: Uint8Array | string | undefined) {
  if (!(file instanceof Uint8Array)) throw new Error(String(file));
  const scan = parseJpeg(file) as JpegScan;
  const { type, width, height, restartInterval } = scan;
  return {
    ...{ type, width, height, restartInterval },
    luma: [...file.subarray(scan.lumaTable, scan.lumaTable + 64)],
    chroma: [...file.subarray(scan.chromaTable, scan.chromaTable + 64)],
    scan: [...file.subarray(scan.scanStart, scan.scanEnd)],
  };
}

describe('JPEG payload (RFC 2435), fields to bytes', () => {
  it('has both tables in the first packet, the rest of the scan in the others', () => {
    const scan = anyScan(300);
    const packets = packetize(makeJpeg({ width: 64, height: 48, scan }), 200);
    const [first, ...rest] = packets.map((packet) => packet.subarray(12));
    expect([...first!.subarray(0, 12)]).toEqual([0, 0, 0, 0, 1, 255, 8, 6, 0, 0, 0, 128]);
    expect([...first!.subarray(12, 140)]).toEqual([...lumaTable, ...chromaTable]);
    expect(first!.subarray(140)).toEqual(scan.subarray(0, 60));
    expect(rest.map((payload) => [...payload.subarray(0, 8)])).toEqual([
      [0, 0, 0, 60, 1, 255, 8, 6],
      [0, 0, 0, 252, 1, 255, 8, 6],
    ]);
    expect(rest[1]!.subarray(8)).toEqual(Uint8Array.of(...scan.subarray(252), 0xff, 0xd9));
    expect(packets.map((packet) => parseRtp(packet)!.marker)).toEqual([false, false, true]);
  });

  it('ends in EOI, once, wherever the packets are cut', () => {
    for (let length = 100; length < 300; length += 1) {
      const file = makeJpeg({ scan: anyScan(length) });
      const packets = packetize(file, 200);
      expect(packets.at(-1)!.at(-1)).toBe(0xd9);
      const rebuilt = join(packets) as Uint8Array;
      expect(contentOf(rebuilt)).toEqual(contentOf(file));
      expect(rebuilt.subarray(-4)).toEqual(file.subarray(-4));
    }
  });

  it('has the restart header in every packet', () => {
    const packets = packetize(makeJpeg({ restartInterval: 0x0102, scan: anyScan(100) }), 200);
    for (const packet of packets)
      expect([...packet.subarray(24 - 8, 24)]).toEqual([65, 255, 8, 6, 1, 2, 0xff, 0xff]);
  });

  it('sends the one table of a file twice, and rounds sides up to multiples of 8', () => {
    const [first] = packetize(makeJpeg({ oneTable: true, width: 61, height: 41 }), 1200);
    expect([...first!.subarray(12 + 6, 12 + 8)]).toEqual([8, 6]);
    expect([...first!.subarray(24, 24 + 128)]).toEqual([...lumaTable, ...lumaTable]);
  });

  it('refuses what it can not carry', () => {
    expect(jpegPacketizer.plan(makeJpeg({ process: 0xc2 }), 1200)).toBeUndefined();
    expect(jpegPacketizer.plan(makeJpeg(), 140)).toBeUndefined();
  });
});

describe('JPEG payload, there and back', () => {
  it.each([
    ['4:2:0', {}],
    ['4:2:2', { sampling: [0x21, 0x11, 0x11] }],
    [
      'restart intervals',
      { restartInterval: 3, scan: Uint8Array.from([...anyScan(400), 0xff, 0xd0, ...anyScan(300)]) },
    ],
    ['one table', { oneTable: true }],
    ['2040 by 2040', { width: 2040, height: 2040, scan: anyScan(5000) }],
  ])('keeps the image of %s', (_, options) => {
    const file = makeJpeg(options);
    const joined = join(packetize(file, 250)) as Uint8Array;
    expect(contentOf(joined)).toEqual(contentOf(file));
    expect([...joined.subarray(-2)]).toEqual([0xff, 0xd9]);
  });

  it('works for any length and room, in any order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 145, max: 1500 }),
        fc.boolean(),
        (length, room, restart) => {
          const file = makeJpeg({ scan: anyScan(length, length), restartInterval: restart ? 1 : 0 });
          const packets = packetize(file, room);
          for (const packet of packets) expect(packet.length).toBeLessThanOrEqual(room + 12);
          expect(contentOf(join(packets.reverse()))).toEqual(contentOf(file));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('JPEG payload of others, bytes to fields', () => {
  const main = (type: number, q: number, offset = 0) => [0, 0, 0, offset, type, q, 8, 6];
  const scan = [1, 2, 3, 0xff, 0, 4];
  const tables = [...lumaTable, ...chromaTable];

  it('computes tables for Q 1 to 99', () => {
    expect(contentOf(join([rtp([...main(1, 50), ...scan], true)]))).toMatchObject({
      type: 1,
      width: 64,
      height: 48,
      luma: [...quantisationTables(50).subarray(0, 64)],
      scan,
    });
  });

  it('has the tables of the IJG library', () => {
    // Quality 50 is annex K itself; 75 halves it, rounding; 1 and 99 meet the bounds.
    expect([...quantisationTables(50).subarray(0, 8)]).toEqual([16, 11, 12, 14, 12, 10, 16, 14]);
    expect([...quantisationTables(75).subarray(0, 8)]).toEqual([8, 6, 6, 7, 6, 5, 8, 7]);
    expect([...quantisationTables(75).subarray(64, 72)]).toEqual([9, 9, 9, 12, 11, 12, 24, 13]);
    expect([...quantisationTables(25).subarray(0, 4)]).toEqual([32, 22, 24, 28]);
    expect(Math.max(...quantisationTables(1))).toBe(255);
    expect(Math.min(...quantisationTables(99))).toBe(1);
  });

  it('takes one table of 64 bytes, as ffmpeg sends it, for both', () => {
    const packet = rtp([...main(1, 255), 0, 0, 0, 64, ...lumaTable, ...scan], true);
    expect(contentOf(join([packet]))).toMatchObject({ luma: lumaTable, chroma: lumaTable, scan });
  });

  it('does not double an EOI that the scan brings along', () => {
    const packet = rtp([...main(0, 255), 0, 0, 0, 128, ...tables, ...scan, 0xff, 0xd9], true);
    const file = join([packet]) as Uint8Array;
    expect([...file.subarray(-4)]).toEqual([0, 4, 0xff, 0xd9]);
  });

  it('remembers tables of Q 128 to 254', () => {
    const depacketizer = new JpegDepacketizer();
    const bare = rtp([...main(1, 200), 0, 0, 0, 0, ...scan], true);
    expect(join([bare], depacketizer)).toBeUndefined();
    expect(
      join([rtp([...main(1, 200), 0, 0, 0, 128, ...tables, ...scan], true)], depacketizer),
    ).toBeDefined();
    expect(contentOf(join([bare], depacketizer))).toMatchObject({ luma: lumaTable, chroma: chromaTable });
    expect(join([rtp([...main(1, 201), 0, 0, 0, 0, ...scan], true)], depacketizer)).toBeUndefined();
  });

  it('reads the restart header', () => {
    const packet = rtp([...main(64, 255), 0, 9, 0xff, 0xff, 0, 0, 0, 128, ...tables, ...scan], true);
    expect(contentOf(join([packet]))).toMatchObject({ type: 0, restartInterval: 9 });
  });

  it.each([
    ['7 bytes', main(1, 50).slice(0, 7), 'malformed-jpeg'],
    ['no scan', main(1, 50), 'malformed-jpeg'],
    ['Q 0', [...main(1, 0), ...scan], 'malformed-jpeg'],
    ['Q 100', [...main(1, 100), ...scan], 'malformed-jpeg'],
    ['Q 255 without tables', [...main(1, 255), 0, 0, 0, 0, ...scan], 'malformed-jpeg'],
    ['tables longer than the packet', [...main(1, 255), 0, 0, 1, 0, ...tables], 'malformed-jpeg'],
    ['half a table', [...main(1, 255), 0, 0, 0, 32, ...tables, ...scan], 'malformed-jpeg'],
    ['16-bit tables', [...main(1, 255), 0, 1, 0, 192, ...lumaTable, ...tables, ...scan], 'unsupported-jpeg'],
    ['a width of 0', [0, 0, 0, 0, 1, 50, 0, 6, ...scan], 'malformed-jpeg'],
    ['a restart interval of 0', [...main(64, 50), 0, 0, 0xff, 0xff, ...scan], 'malformed-jpeg'],
    ['type 2', [...main(2, 50), ...scan], 'unsupported-jpeg'],
    ['type 128', [...main(128, 50), ...scan], 'unsupported-jpeg'],
    ['an interlaced field', [1, ...main(1, 50).slice(1), ...scan], 'unsupported-jpeg'],
  ])('with %s is refused', (_, payload, problem) => {
    expect(join([rtp(payload, true)])).toBe(problem);
  });

  it('refuses packets of one frame that contradict each other', () => {
    const packets = [rtp([...main(1, 50), ...scan]), rtp([...main(1, 51, 6), ...scan], true)];
    expect(join(packets)).toBe('inconsistent-fragment');
  });

  it('survives any bytes', () => {
    const depacketizer = new JpegDepacketizer();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 160 }), fc.boolean(), (payload, marker) => {
        if (payload.length > 5) {
          payload[4]! &= 0x41;
          payload[0] = 0;
        }
        const packet = rtp(payload, marker);
        const fragment = emptyFragment();
        const header = parseRtp(packet, emptyRtpHeader())!;
        if (depacketizer.parse(packet, header, fragment)) return;
        expect(fragment.end).toBeLessThanOrEqual(packet.length);
        expect(fragment.start).toBeLessThan(fragment.end);
        const assembly = new FrameAssembly();
        if (!assembly.add(packet, 12, fragment) && assembly.complete) depacketizer.join(assembly);
      }),
      { numRuns: 3000 },
    );
  });
});
