/** What the headers of a JPEG say, up to and with its frame header. */
export interface JpegHeader {
  width: number;
  height: number;
  /** 1 for grey, 3 for colour, 4 for print. */
  components: number;
  /** Bits a sample: 8, or 12. */
  precision: number;
  /** The marker's second byte, from 0xc0 (baseline) to 0xcf. */
  frameType: number;
}

/**
 * The size of a JPEG, read from its headers alone.
 * @param jpeg starts with SOI (ff d8); need not be complete
 * @returns pixels; undefined when this is no JPEG, or one without its height
 */
export function jpegSize(jpeg: Uint8Array): { width: number; height: number } | undefined {
  const header = readJpegHeader(jpeg);
  return header && { width: header.width, height: header.height };
}

/**
 * Reads the headers up to the first frame header (ITU-T T.81, B.2.2). Anything between segments but fill
 * bytes, which a lenient reader would skip, makes it undefined: whoever allocates by this answer must not
 * find that a decoder saw another header.
 */
export function readJpegHeader(jpeg: Uint8Array): JpegHeader | undefined {
  const byte = (at: number): number => jpeg[at] ?? 0;
  const uint16 = (at: number): number => (byte(at) << 8) | byte(at + 1);
  if (uint16(0) !== 0xffd8) return undefined;
  let at = 2;
  while (at + 3 < jpeg.length) {
    if (byte(at) !== 0xff) return undefined;
    while (byte(at) === 0xff) at++;
    const marker = byte(at++);
    const length = uint16(at);
    if (!hasSegment(marker) || length < 2) return undefined;
    if (isFrameHeader(marker)) {
      if (length < 8 || at + 8 > jpeg.length) return undefined;
      const header = {
        precision: byte(at + 2),
        height: uint16(at + 3),
        width: uint16(at + 5),
        components: byte(at + 7),
        frameType: marker,
      };
      return header.width > 0 && header.height > 0 ? header : undefined;
    }
    if (marker === startOfScan) return undefined;
    at += length;
  }
  return undefined;
}

const startOfScan = 0xda;
/** DHT, JPG and DAC lie among the frame headers' numbers. */
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
/** Not so the stuffed zero, TEM, what is reserved, the restarts, SOI and EOI. */
const hasSegment = (marker: number): boolean => marker >= 0xc0 && (marker < 0xd0 || marker > 0xd9);
