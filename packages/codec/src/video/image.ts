import { HhbError } from '@hellohaybye/core';

/**
 * How a pixel lies in memory, by ffmpeg's names: three bytes, or four of which the last means nothing.
 * `bgr0` is what an X server gives and what ffmpeg converts to fastest.
 */
export type PixelFormat = 'rgb24' | 'bgr24' | 'rgb0' | 'bgr0';

/** A picture, uncompressed: rows from the top, pixels from the left, nothing between rows. */
export interface RawImage {
  /** Pixels, 1 to 16384. */
  width: number;
  /** Pixels, 1 to 16384. */
  height: number;
  format: PixelFormat;
  /** width x height x bytes per pixel. */
  data: Uint8Array;
}

/** How many bytes a pixel takes. */
export const bytesPerPixel = (format: PixelFormat): 3 | 4 => (format.endsWith('0') ? 4 : 3);

/**
 * Sees to it that an image is what it says.
 * @throws HhbError `bad-image`
 */
export function checkImage(image: RawImage): void {
  const { width, height, format, data } = image;
  if (!formats.includes(format)) throw new HhbError('bad-image', `No such pixel format: ${String(format)}`);
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > maxSide) {
      throw new HhbError('bad-image', `An image can't be ${width}x${height}: sides go from 1 to ${maxSide}`);
    }
  }
  const expected = width * height * bytesPerPixel(format);
  if (!(data instanceof Uint8Array) || data.length !== expected) {
    const got = data instanceof Uint8Array ? `${data.length} bytes` : 'something else';
    throw new HhbError('bad-image', `${width}x${height} in ${format} takes ${expected} bytes, got ${got}`);
  }
}

/**
 * The image itself when its sides are multiples of 8, else a larger copy whose last column and row are
 * repeated up to there: RFC 2435 counts a picture's sides in blocks of 8 pixels.
 */
export function padToBlocks(image: RawImage): RawImage {
  const width = Math.ceil(image.width / 8) * 8;
  const height = Math.ceil(image.height / 8) * 8;
  if (width === image.width && height === image.height) return image;
  const pixel = bytesPerPixel(image.format);
  const from = image.width * pixel;
  const to = width * pixel;
  const data = new Uint8Array(to * height);
  for (let y = 0; y < image.height; y++) {
    const row = y * to;
    data.set(image.data.subarray(y * from, (y + 1) * from), row);
    for (let x = from; x < to; x += pixel) data.copyWithin(row + x, row + from - pixel, row + from);
  }
  for (let y = image.height; y < height; y++) {
    data.copyWithin(y * to, (image.height - 1) * to, image.height * to);
  }
  return { width, height, format: image.format, data };
}

const formats: readonly string[] = ['rgb24', 'bgr24', 'rgb0', 'bgr0'] satisfies PixelFormat[];
/** Below JPEG's own 65535, so that no product of sides and bytes overflows 32 bits in native code. */
const maxSide = 16384;
