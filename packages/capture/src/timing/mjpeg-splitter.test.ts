import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MjpegSplitter } from './mjpeg-splitter.js';

const segment = (marker: number, body: number[]): number[] => {
  const length = body.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...body];
};

/** A picture in form: application data that holds a whole picture, tables, a frame header, one or two scans. */
const picture = fc
  .record({
    thumbnail: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 20 }),
    scans: fc.array(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 60 }), {
      minLength: 1,
      maxLength: 2,
    }),
    fill: fc.nat(2),
  })
  .map(({ thumbnail, scans, fill }) => [
    ...[0xff, 0xd8],
    ...segment(0xe1, [0xff, 0xd8, ...thumbnail, 0xff, 0xd9]),
    ...(Array(fill).fill(0xff) as number[]),
    ...segment(0xc0, [8, 0, 8, 0, 8, 1, 1, 0x11, 0]),
    ...scans.flatMap((scan) => [
      ...segment(0xda, [1, 1, 0, 0, 63, 0]),
      // Entropy-coded bytes: ff is followed by 0, and a restart marker stands in between.
      ...scan.flatMap((byte, i) => [
        ...(byte === 0xff ? [0xff, 0] : [byte]),
        ...(i === 5 ? [0xff, 0xd3] : []),
      ]),
    ]),
    ...[0xff, 0xd9],
  ]);

const between = fc.array(fc.integer({ min: 0, max: 0xfe }), { maxLength: 5 });

function split(bytes: number[], cuts: number[], limit?: number): number[][] {
  const splitter = new MjpegSplitter(limit);
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return edges
    .slice(1)
    .flatMap((end, i) => splitter.push(Uint8Array.from(bytes.slice(edges[i], end))))
    .map((jpeg) => [...jpeg]);
}

describe('MjpegSplitter', () => {
  it('finds every picture, however the stream is cut and whatever lies between them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(between, picture)),
        fc.array(fc.nat(), { maxLength: 30 }),
        (parts, cuts) => {
          expect(split(parts.flat(2), cuts)).toEqual(parts.map(([, jpeg]) => jpeg));
        },
      ),
    );
  });

  it('finds them one byte at a time too', () => {
    fc.assert(
      fc.property(fc.array(picture, { maxLength: 3 }), (pictures) => {
        const bytes = pictures.flat();
        expect(split(bytes, Array.from(bytes.keys()))).toEqual(pictures);
      }),
      { numRuns: 20 },
    );
  });

  it('gets over what is broken', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 0xfe }), { maxLength: 300 }),
        picture,
        (garbage, jpeg) => {
          expect(split([0xff, 0xd8, ...garbage, ...jpeg, ...jpeg], [])).toContainEqual(jpeg);
        },
      ),
    );
  });

  it('never throws, and leaves out what is longer than the limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0xff, 0xd8, 0xd9, 0xda, 0, 2, 0xe0), { maxLength: 400 }),
        (bytes) => {
          for (const jpeg of split(bytes, [50, 100], 200)) expect(jpeg.slice(0, 2)).toEqual([0xff, 0xd8]);
        },
      ),
    );
    const [long] = fc.sample(picture, 1) as [number[]];
    expect(split([...long, ...long], [long.length - 1], long.length - 2)).toEqual([]);
  });
});
