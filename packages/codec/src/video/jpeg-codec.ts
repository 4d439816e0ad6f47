import { HhbError, messageOf } from '@hellohaybye/core';
import type * as TurboModule from '@julusian/jpeg-turbo';
import { bytesPerPixel, checkImage, padToBlocks, type PixelFormat, type RawImage } from './image.js';
import { readJpegHeader } from './jpeg-header.js';
import { Slots } from './slots.js';

export interface JpegCodecOptions {
  /**
   * How many images are worked on at once, each on a thread of the pool that Node also uses for files and
   * DNS (four, unless UV_THREADPOOL_SIZE says otherwise). 1 to 64, default 2. More wait in line.
   */
  threads?: number;
  /** Larger JPEGs are refused before memory is taken for them. Default 7680 x 4320. */
  maxPixels?: number;
}

/** Turns images into JPEG and back, off the main thread, by libjpeg-turbo. */
export interface JpegCodec {
  /**
   * Baseline JPEG, 4:2:0, with the standard Huffman tables of ITU-T T.81 Annex K: what RFC 2435 can carry.
   * Sides that are no multiples of 8 are padded by repeating the last column and row, so the JPEG may be
   * up to 7 pixels wider and higher. The image must stay as it is, and where it is, until this resolves.
   * @param o.quality 1 (small) to 100 (good)
   * @returns the JPEG in memory of its own, which can be transferred
   * @throws HhbError `bad-image`, `bad-quality`, `codec-closed`, `jpeg-unavailable`
   */
  encode(image: RawImage, o: { quality: number }): Promise<Uint8Array>;
  /**
   * @param jpeg baseline or extended sequential, 8 bits, grey or colour; progressive and arithmetic ones are
   *   refused. It must stay as it is, and where it is, until this resolves.
   * @param o.format of the result, default `bgr0`
   * @throws HhbError `bad-jpeg` when it is broken, cut short or of another kind; `image-too-large`;
   *   `codec-closed`; `jpeg-unavailable`
   */
  decode(jpeg: Uint8Array, o?: { format?: PixelFormat }): Promise<RawImage>;
  /** Resolves when what was being worked on is done. What comes later is refused. */
  close(): Promise<void>;
}

/** A codec that loads libjpeg-turbo with its first image. */
export function createJpegCodec(options: JpegCodecOptions = {}): JpegCodec {
  const slots = new Slots(options.threads ?? 2);
  const maxPixels = options.maxPixels ?? 7680 * 4320;
  let closed = false;
  const checkOpen = (): void => {
    if (closed) throw new HhbError('codec-closed', 'The JPEG codec was closed');
  };

  return {
    async encode(image, { quality }) {
      checkOpen();
      checkImage(image);
      if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
        throw new HhbError('bad-quality', `JPEG quality goes from 1 to 100, got ${quality}`);
      }
      const turbo = await loadTurbo();
      return slots.run((slot) => encodeWith(turbo, padToBlocks(image), quality, slot));
    },
    async decode(jpeg, { format = 'bgr0' } = {}) {
      checkOpen();
      const size = checkJpeg(jpeg, maxPixels);
      const turbo = await loadTurbo();
      return slots.run(() => decodeWith(turbo, jpeg, size, format));
    },
    async close() {
      closed = true;
      await slots.idle();
    },
  };
}

type Turbo = typeof TurboModule;

let turbo: Promise<Turbo> | undefined;

/** Loaded late: whoever wants the PCM tools alone should not need a native module. */
function loadTurbo(): Promise<Turbo> {
  turbo ??= import('@julusian/jpeg-turbo').then(
    // A CommonJS module: its exports are made at run time, so they are all under `default`.
    (module) => (module as unknown as { default?: Turbo }).default ?? module,
    (cause: unknown) => {
      throw new HhbError('jpeg-unavailable', `libjpeg-turbo can't be loaded: ${messageOf(cause)}`, { cause });
    },
  );
  return turbo;
}

async function encodeWith(
  turbo: Turbo,
  image: RawImage,
  quality: number,
  slot: { output?: Buffer },
): Promise<Uint8Array> {
  const { width, height } = image;
  const options = { format: turboFormat(turbo, image.format), width, height, quality };
  const shape = { ...options, subsampling: turbo.SAMP_420 };
  // The worst case is some 30 times what comes out: it is kept for the next image instead of being cleared anew.
  const needed = turbo.bufferSize(shape);
  if (slot.output?.length !== needed) slot.output = Buffer.allocUnsafeSlow(needed);
  return Uint8Array.from(await turbo.compress(asBuffer(image.data), slot.output, shape));
}

async function decodeWith(
  turbo: Turbo,
  jpeg: Uint8Array,
  { width, height }: { width: number; height: number },
  format: PixelFormat,
): Promise<RawImage> {
  const data = Buffer.allocUnsafeSlow(width * height * bytesPerPixel(format));
  try {
    const done = await turbo.decompress(asBuffer(jpeg), data, { format: turboFormat(turbo, format) });
    if (done.width !== width || done.height !== height) throw new Error('its headers contradict each other');
  } catch (cause) {
    throw new HhbError('bad-jpeg', `This JPEG can't be decoded: ${messageOf(cause)}`, { cause });
  }
  return { width, height, format, data: new Uint8Array(data.buffer) };
}

function checkJpeg(jpeg: Uint8Array, maxPixels: number): { width: number; height: number } {
  const header = readJpegHeader(jpeg);
  if (!header) throw new HhbError('bad-jpeg', 'This is no JPEG, or its headers are broken');
  const { width, height, frameType, precision, components } = header;
  if (frameType > 0xc1 || precision !== 8 || (components !== 1 && components !== 3)) {
    throw new HhbError('bad-jpeg', 'This JPEG is of a kind that is not decoded here', {
      hint: 'Baseline and extended sequential JPEG of 8 bits, grey or colour, can be decoded.',
    });
  }
  if (width * height > maxPixels) {
    throw new HhbError('image-too-large', `A JPEG of ${width}x${height} pixels is more than is allowed`);
  }
  return { width, height };
}

const turboFormat = (turbo: Turbo, format: PixelFormat): number =>
  ({
    rgb24: turbo.FORMAT_RGB,
    bgr24: turbo.FORMAT_BGR,
    rgb0: turbo.FORMAT_RGBX,
    bgr0: turbo.FORMAT_BGRX,
  })[format];

const asBuffer = (data: Uint8Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
