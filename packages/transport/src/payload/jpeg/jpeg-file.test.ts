import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyScan, chromaTable, lumaTable, makeJpeg, type JpegOptions } from '../../testing/jpeg.js';
import { parseJpeg, type JpegProblem, type JpegScan } from './jpeg-file.js';

const parsed = (options: JpegOptions): JpegScan => {
  const scan = parseJpeg(makeJpeg(options));
  if (typeof scan === 'string') throw new Error(scan);
  return scan;
};

describe('parseJpeg', () => {
  it('finds the parts of a 4:2:0 file', () => {
    const scan = Uint8Array.from([1, 2, 0xff, 0, 3]);
    const file = makeJpeg({ width: 640, height: 480, scan });
    const found = parseJpeg(file) as JpegScan;
    expect(found).toMatchObject({ type: 1, width: 640, height: 480, restartInterval: 0 });
    expect([...file.subarray(found.lumaTable, found.lumaTable + 64)]).toEqual(lumaTable);
    expect([...file.subarray(found.chromaTable, found.chromaTable + 64)]).toEqual(chromaTable);
    expect(file.subarray(found.scanStart, found.scanEnd)).toEqual(scan);
  });

  it('knows 4:2:2, restart intervals, and one table for both', () => {
    expect(parsed({ sampling: [0x21, 0x11, 0x11] }).type).toBe(0);
    expect(parsed({ restartInterval: 4, scan: Uint8Array.from([1, 0xff, 0xd0, 2]) }).restartInterval).toBe(4);
    const { lumaTable: luma, chromaTable: chroma } = parsed({ oneTable: true });
    expect(chroma).toBe(luma);
  });

  it('takes files of cameras: without Huffman tables, without EOI, with fill bytes and comments', () => {
    const file = makeJpeg({ huffman: 'none', endless: true, before: [0xff, 0xff, 0xfe, 0, 4, 1, 2] });
    const scan = parseJpeg(file) as JpegScan;
    expect(scan.scanEnd).toBe(file.length);
  });

  it('ignores what follows EOI', () => {
    const plain = makeJpeg({ scan: anyScan(100) });
    const found = parseJpeg(Uint8Array.from([...plain, 0, 0, 0xff, 0xda, 0])) as JpegScan;
    expect(found.scanEnd).toBe(plain.length - 2);
  });

  const adobe = (transform: number) => [
    0xff,
    0xee,
    0,
    14,
    0x41,
    0x64,
    0x6f,
    0x62,
    0x65,
    0,
    100,
    0,
    0,
    0,
    0,
    transform,
  ];
  const problems: [string, JpegOptions, JpegProblem][] = [
    ['progressive', { process: 0xc2 }, 'not-baseline'],
    ['extended sequential', { process: 0xc1 }, 'not-baseline'],
    ['arithmetic', { process: 0xc9 }, 'not-baseline'],
    ['12 bits', { precision: 12 }, 'not-8-bit'],
    ['2041 pixels wide', { width: 2041 }, 'too-large'],
    ['2048 pixels high', { height: 2048 }, 'too-large'],
    ['4:4:4', { sampling: [0x11, 0x11, 0x11] }, 'sampling'],
    ['4:4:0', { sampling: [0x12, 0x11, 0x11] }, 'sampling'],
    ['4:2:2 as 2x2, 1x2, 1x2', { sampling: [0x22, 0x12, 0x12] }, 'sampling'],
    ['grey', { sampling: [0x11] }, 'sampling'],
    ['of four colours', { sampling: [0x22, 0x11, 0x11, 0x22] }, 'sampling'],
    ['RGB by Adobe', { before: adobe(0) }, 'colour-space'],
    ['with Huffman tables of its own', { huffman: 'own' }, 'huffman-tables'],
    [
      'with restart markers that no interval announces',
      { scan: Uint8Array.from([1, 0xff, 0xd0]) },
      'restart-markers',
    ],
    ['of several scans', { scan: Uint8Array.from([1, 0xff, 0xda, 0, 2]) }, 'several-scans'],
    ['without a scan', { scan: new Uint8Array(0) }, 'not-jpeg'],
    ['with no height', { height: 0 }, 'not-jpeg'],
  ];

  it.each(problems)('says of a file that is %s why RFC 2435 can not carry it', (_, options, problem) => {
    expect(parseJpeg(makeJpeg(options))).toBe(problem);
  });

  it('takes YCbCr by Adobe', () => {
    expect(typeof parsed({ before: adobe(1) })).toBe('object');
  });

  it('never throws, and never points outside the file', () => {
    const good = makeJpeg({ restartInterval: 2 });
    const change = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), fc.nat(good.length), (changes, length) => {
        const file = good.slice(0, length);
        for (const [at, value] of changes) if (at < length) file[at] = value;
        const scan = parseJpeg(file);
        if (typeof scan === 'string') return;
        for (const end of [scan.lumaTable + 64, scan.chromaTable + 64, scan.scanEnd]) {
          expect(end).toBeLessThanOrEqual(file.length);
        }
        expect(scan.scanStart).toBeLessThan(scan.scanEnd);
      }),
      { numRuns: 3000 },
    );
  });
});
