import { HhbError } from '@hellohaybye/core';
import turbo from '@julusian/jpeg-turbo';
import { seededRandom } from '@hellohaybye/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { createJpegCodec, jpegSize, type PixelFormat, type RawImage } from '../index.js';
import { standardHuffmanTables } from './standard-huffman.fixture.js';

const codec = createJpegCodec();
afterAll(() => codec.close());

const orders: Record<PixelFormat, [number, number, number, number]> = {
  rgb24: [0, 1, 2, 3],
  bgr24: [2, 1, 0, 3],
  rgb0: [0, 1, 2, 4],
  bgr0: [2, 1, 0, 4],
};

/** A soft picture, as photographs are: red grows to the right, green downwards, blue is a wave. */
function picture(width: number, height: number, format: PixelFormat = 'bgr0'): RawImage {
  const [r, g, b, size] = orders[format];
  const data = new Uint8Array(width * height * size);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * size;
      data[at + r] = (255 * x) / width;
      data[at + g] = (255 * y) / height;
      data[at + b] = 128 + 100 * Math.sin((x + y) / 20);
    }
  }
  return { width, height, format, data };
}

/** Over the part that both have, and over the colours only. */
function psnr(a: RawImage, b: RawImage): number {
  const [sizeA, sizeB] = [orders[a.format][3], orders[b.format][3]];
  let squares = 0;
  let count = 0;
  for (let y = 0; y < Math.min(a.height, b.height); y++) {
    for (let x = 0; x < Math.min(a.width, b.width); x++) {
      for (let c = 0; c < 3; c++) {
        const one = a.data[(y * a.width + x) * sizeA + orders[a.format][c as 0]] as number;
        const other = b.data[(y * b.width + x) * sizeB + orders[b.format][c as 0]] as number;
        squares += (one - other) ** 2;
        count++;
      }
    }
  }
  return 10 * Math.log10(255 ** 2 / (squares / count));
}

/** Marker and body of each segment up to the scan. */
function segments(jpeg: Uint8Array): { marker: number; body: Uint8Array }[] {
  const found = [];
  for (let at = 2; jpeg[at + 1] !== 0xda;) {
    const length = ((jpeg[at + 2] as number) << 8) | (jpeg[at + 3] as number);
    found.push({ marker: jpeg[at + 1] as number, body: jpeg.subarray(at + 4, at + 2 + length) });
    at += 2 + length;
  }
  return found;
}

describe('encode', () => {
  it('is what RFC 2435 can carry: baseline, 4:2:0, two 8-bit tables, standard Huffman codes', async () => {
    const parts = segments(await codec.encode(picture(640, 480), { quality: 80 }));
    const frames = parts.filter(({ marker }) => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4);
    expect(frames.map(({ marker }) => marker)).toEqual([0xc0]);
    const [precision, h1, h2, w1, w2, ...components] = frames[0]?.body ?? [];
    expect([precision, h1, h2, w1, w2]).toEqual([8, 480 >> 8, 480 & 255, 640 >> 8, 640 & 255]);
    expect(components).toEqual([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
    const tables = parts
      .filter(({ marker }) => marker === 0xdb)
      .flatMap(({ body }) => [body[0], body.length]);
    expect(tables).toEqual([0, 65, 1, 65]);
    const huffman = parts.filter(({ marker }) => marker === 0xc4).map(({ body }) => Buffer.from(body));
    expect(Buffer.concat(huffman).toString('hex')).toBe(standardHuffmanTables);
    expect(parts.some(({ marker }) => marker === 0xdd)).toBe(false);
  });

  it('comes back much as it was, in every pixel format', async () => {
    for (const format of ['rgb24', 'bgr24', 'rgb0', 'bgr0'] as const) {
      const image = picture(320, 240, format);
      const back = await codec.decode(await codec.encode(image, { quality: 80 }), { format });
      expect(back).toMatchObject({ width: 320, height: 240, format });
      expect(psnr(image, back)).toBeGreaterThan(38);
    }
  });

  it('pads sides to multiples of 8 with what stands at the edge', async () => {
    for (const [width, height] of [
      [1, 1],
      [7, 9],
      [101, 75],
      [648, 360],
    ] as const) {
      const image = picture(width, height);
      const jpeg = await codec.encode(image, { quality: 95 });
      const padded = { width: Math.ceil(width / 8) * 8, height: Math.ceil(height / 8) * 8 };
      expect(jpegSize(jpeg)).toEqual(padded);
      const back = await codec.decode(jpeg);
      if (width > 8) expect(psnr(image, back)).toBeGreaterThan(35);
      const [last, edge] = [back.data.subarray(-4, -1), image.data.subarray(-4, -1)];
      last.forEach((value, i) => expect(Math.abs(value - (edge[i] as number))).toBeLessThan(20));
    }
  });

  it('gets smaller and worse with less quality, from one image to the next', async () => {
    const image = picture(320, 240);
    const jpegs = await Promise.all([1, 30, 80, 100].map((quality) => codec.encode(image, { quality })));
    const sizes = jpegs.map((jpeg) => jpeg.length);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    const [worst, , , best] = await Promise.all(jpegs.map((jpeg) => codec.decode(jpeg)));
    expect(psnr(image, best as RawImage)).toBeGreaterThan(psnr(image, worst as RawImage) + 10);
  });

  it('gives each JPEG memory of its own, also with many at once and sizes mixed', async () => {
    const jpegs = await Promise.all(
      Array.from({ length: 20 }, (_, i) => codec.encode(picture(64 + 8 * (i % 3), 64), { quality: 50 + i })),
    );
    jpegs.forEach((jpeg, i) => {
      expect(jpeg.buffer.byteLength).toBe(jpeg.length);
      expect(jpegSize(jpeg)).toEqual({ width: 64 + 8 * (i % 3), height: 64 });
      expect([...jpeg.slice(-2)]).toEqual([0xff, 0xd9]);
    });
  });

  it('leaves the main thread alone', async () => {
    const image = picture(1920, 1080);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await Promise.all(Array.from({ length: 8 }, () => codec.encode(image, { quality: 80 })));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it('refuses images that are not what they say', async () => {
    const image = picture(16, 16);
    const wrong: [Partial<Record<keyof RawImage, unknown>>, number, string][] = [
      [{ width: 17 }, 80, 'bad-image'],
      [{ width: 0 }, 80, 'bad-image'],
      [{ width: 65_536, height: 65_536 }, 80, 'bad-image'],
      [{ width: 1.5 }, 80, 'bad-image'],
      [{ width: -16, height: -16 }, 80, 'bad-image'],
      [{ data: image.data.subarray(1) }, 80, 'bad-image'],
      [{ data: 'x' }, 80, 'bad-image'],
      [{ format: 'yuv420p' }, 80, 'bad-image'],
      [{}, 0, 'bad-quality'],
      [{}, 101, 'bad-quality'],
      [{}, Number.NaN, 'bad-quality'],
    ];
    for (const [change, quality, code] of wrong) {
      const encoding = codec.encode({ ...image, ...change } as RawImage, { quality });
      await expect(encoding).rejects.toMatchObject({ name: 'HhbError', code });
    }
  });
});

describe('decode', () => {
  it('takes bytes at any offset', async () => {
    const jpeg = await codec.encode(picture(32, 32), { quality: 80 });
    const shifted = new Uint8Array(jpeg.length + 3);
    shifted.set(jpeg, 3);
    expect(await codec.decode(shifted.subarray(3))).toEqual(await codec.decode(jpeg));
  });

  it('takes grey, and what cameras give: 4:2:2', async () => {
    const { width, height, data } = picture(64, 48);
    const shape = { format: turbo.FORMAT_BGRX, width, height, quality: 90 };
    for (const subsampling of [turbo.SAMP_GRAY, turbo.SAMP_422]) {
      const image = await codec.decode(turbo.compressSync(Buffer.from(data), { ...shape, subsampling }));
      expect(image).toMatchObject({ width, height, format: 'bgr0' });
      const [blue, green, red] = image.data;
      if (subsampling === turbo.SAMP_GRAY) expect([blue, green]).toEqual([red, red]);
    }
  });

  it('refuses what is no JPEG, cut short, of another kind or too large', async () => {
    const jpeg = await codec.encode(picture(64, 64), { quality: 80 });
    const frameHeader = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
    const changed = (offset: number, ...bytes: number[]): Uint8Array => {
      const copy = jpeg.slice();
      copy.set(bytes, frameHeader + offset);
      return copy;
    };
    const wrong: [Uint8Array, string][] = [
      [new Uint8Array(), 'bad-jpeg'],
      [new TextEncoder().encode('<html>'), 'bad-jpeg'],
      [jpeg.subarray(0, 100), 'bad-jpeg'],
      [jpeg.subarray(0, jpeg.length / 2), 'bad-jpeg'],
      [changed(1, 0xc2), 'bad-jpeg'],
      [changed(4, 12), 'bad-jpeg'],
      [changed(5, 0, 0), 'bad-jpeg'],
      [changed(5, 0xff, 0xff, 0xff, 0xff), 'image-too-large'],
      [changed(5, 0xaa, 0xab, 0xaa, 0xab), 'image-too-large'],
    ];
    for (const [bytes, code] of wrong) await expect(codec.decode(bytes)).rejects.toMatchObject({ code });
  });

  it('never does worse than bad-jpeg, whatever is broken', async () => {
    const jpegs = await Promise.all(
      [picture(64, 48), picture(33, 17)].map((image) => codec.encode(image, { quality: 60 })),
    );
    const random = seededRandom(1);
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 3000; round++) {
      const jpeg = (jpegs[round % 2] as Uint8Array).slice();
      // Half the damage goes to the headers, which are a small part of the whole.
      const reach = random.uint32() % 2 === 0 ? 640 : jpeg.length;
      for (let n = 1 + (random.uint32() % 6); n > 0; n--) jpeg[random.uint32() % reach] = random.uint32();
      const cut = random.uint32() % 8 === 0 ? random.uint32() % jpeg.length : jpeg.length;
      const outcome = await codec.decode(jpeg.subarray(0, cut)).then(
        (image) => (image.data.length === image.width * image.height * 4 ? 'image' : 'wrong size'),
        (error: unknown) => (error instanceof HhbError ? error.code : String(error)),
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect(outcomes.get('bad-jpeg')).toBeGreaterThan(500);
    expect(outcomes.get('image')).toBeGreaterThan(100);
    for (const outcome of ['bad-jpeg', 'image', 'image-too-large']) outcomes.delete(outcome);
    expect([...outcomes]).toEqual([]);
  });
});

describe('close', () => {
  it('lets what is under way end and refuses what comes later', async () => {
    const closing = createJpegCodec({ threads: 1 });
    const work = Promise.all([1, 2, 3].map(() => closing.encode(picture(64, 64), { quality: 80 })));
    await closing.close();
    expect(await work).toHaveLength(3);
    await expect(closing.encode(picture(8, 8), { quality: 80 })).rejects.toMatchObject({
      code: 'codec-closed',
    });
  });
});
