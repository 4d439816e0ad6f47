import { putUint16 } from '../../bytes.js';
import { chromaAc, chromaDc, lumaAc, lumaDc } from './standard-tables.js';

/** What an RFC 2435 frame tells of its image. */
export interface JfifImage {
  /** 0 for 4:2:2, 1 for 4:2:0. */
  type: number;
  /** Pixels, multiples of 8. */
  width: number;
  height: number;
  /** MCUs; 0 for none. */
  restartInterval: number;
  /** Two quantisation tables of 64 bytes in zigzag order. */
  tables: Uint8Array;
}

/** Bytes that stand before the scan of a file that `writeJfifHeader` begins. */
export const jfifHeaderLength = (image: JfifImage): number =>
  HEAD.length + (image.restartInterval > 0 ? 6 : 0) + SCAN_HEADER.length;

/** Writes all of a JFIF file that precedes its entropy-coded bytes, with the standard Huffman tables. */
export function writeJfifHeader(image: JfifImage, into: Uint8Array): void {
  into.set(HEAD, 0);
  into.set(image.tables.subarray(0, 64), LUMA_TABLE);
  into.set(image.tables.subarray(64, 128), CHROMA_TABLE);
  putUint16(into, SIZE, image.height);
  putUint16(into, SIZE + 2, image.width);
  into[LUMA_SAMPLING] = image.type === 1 ? 0x22 : 0x21;
  let at = HEAD.length;
  if (image.restartInterval > 0) {
    into.set([0xff, 0xdd, 0, 4], at);
    putUint16(into, at + 4, image.restartInterval);
    at += 6;
  }
  into.set(SCAN_HEADER, at);
}

const noTable = new Array<number>(64).fill(0);

// prettier-ignore
const BEFORE_HUFFMAN = [
  0xff, 0xd8,
  // APP0: JFIF 1.1, square pixels, no thumbnail
  0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0,
  // DQT: both tables, 8 bits
  0xff, 0xdb, 0, 132, 0, ...noTable, 1, ...noTable,
  // SOF0: 8 bits, height, width, three components: identifier, sampling, quantisation table
  0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3, 1, 0, 0, 2, 0x11, 1, 3, 0x11, 1,
];
const LUMA_TABLE = 25;
const CHROMA_TABLE = LUMA_TABLE + 65;
const SIZE = CHROMA_TABLE + 64 + 5;
const LUMA_SAMPLING = SIZE + 6;

const HUFFMAN = [0x00, ...lumaDc, 0x10, ...lumaAc, 0x01, ...chromaDc, 0x11, ...chromaAc];
const HUFFMAN_LENGTH = HUFFMAN.length + 2;
const HEAD = Uint8Array.from([
  ...BEFORE_HUFFMAN,
  ...[0xff, 0xc4, HUFFMAN_LENGTH >> 8, HUFFMAN_LENGTH & 0xff],
  ...HUFFMAN,
]);

// SOS: three components with their Huffman tables, the whole spectrum
const SCAN_HEADER = Uint8Array.from([0xff, 0xda, 0, 12, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]);
