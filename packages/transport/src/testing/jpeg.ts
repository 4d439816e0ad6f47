import { putUint16 } from '../bytes.js';
import { chromaAc, chromaDc, lumaAc, lumaDc } from '../payload/jpeg/standard-tables.js';

/** How a test's JPEG file differs from a plain one. */
export interface JpegOptions {
  width?: number;
  height?: number;
  /** Sampling factors of the three components. */
  sampling?: number[];
  restartInterval?: number;
  /** The SOF marker. */
  process?: number;
  precision?: number;
  /** One quantisation table for both, as ffmpeg writes. */
  oneTable?: boolean;
  huffman?: 'standard' | 'none' | 'own';
  scan?: Uint8Array;
  /** Leave out EOI. */
  endless?: boolean;
  /** Segments to put after SOI. */
  before?: number[];
}

/** A grey image, written by hand: decodable, unless the options make it otherwise. */
export function makeJpeg(options: JpegOptions = {}): Uint8Array {
  const { width = 64, height = 48, sampling = [0x22, 0x11, 0x11], restartInterval = 0 } = options;
  const { process = 0xc0, precision = 8, oneTable = false, huffman = 'standard', before = [] } = options;
  const scan = options.scan ?? greyScan(width, height, sampling[0] === 0x22);
  const dht = [
    ...[0x00, ...lumaDc, 0x10, ...lumaAc],
    ...[0x01, ...chromaDc, 0x11, ...(huffman === 'own' ? [...chromaAc].reverse().slice(0, 0) : chromaAc)],
  ];
  if (huffman === 'own') {
    // A chroma AC table of one symbol: end of block, one bit long.
    dht.push(1, ...new Array<number>(15).fill(0), 0);
  }
  const segments = [
    ...[0xff, 0xd8],
    ...before,
    ...segment(0xdb, [0, ...lumaTable, ...(oneTable ? [] : [1, ...chromaTable])]),
    ...segment(process, [
      ...[precision, height >> 8, height & 255, width >> 8, width & 255, sampling.length],
      ...sampling.flatMap((factors, index) => [index + 1, factors, index === 0 || oneTable ? 0 : 1]),
    ]),
    ...(huffman === 'none' ? [] : segment(0xc4, dht)),
    ...(restartInterval > 0 ? segment(0xdd, [restartInterval >> 8, restartInterval & 255]) : []),
    ...segment(0xda, [
      sampling.length,
      ...sampling.flatMap((_, index) => [index + 1, index === 0 ? 0x00 : 0x11]),
      ...[0, 63, 0],
    ]),
  ];
  return Uint8Array.from([...segments, ...scan, ...(options.endless ? [] : [0xff, 0xd9])]);
}

/** Bytes that could be entropy-coded, with every 0xff stuffed, from a seed. */
export function anyScan(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const byte = state >>> 24;
    return byte === 0xff ? 0xfe : byte;
  });
}

export const lumaTable = Array.from({ length: 64 }, (_, index) => 2 + index);
export const chromaTable = Array.from({ length: 64 }, (_, index) => 3 + index);

function segment(marker: number, body: number[]): number[] {
  const head = new Uint8Array(4);
  head.set([0xff, marker]);
  putUint16(head, 2, body.length + 2);
  return [...head, ...body];
}

/** Every block is DC difference 0 and end of block: luma 00 1010, chroma 00 00. */
function greyScan(width: number, height: number, subsampled: boolean): Uint8Array {
  const mcus = Math.ceil(width / 16) * Math.ceil(height / (subsampled ? 16 : 8));
  const mcu = '001010'.repeat(subsampled ? 4 : 2) + '0000'.repeat(2);
  const bits = mcu.repeat(mcus);
  const padded = bits + '1'.repeat((8 - (bits.length % 8)) % 8);
  return Uint8Array.from({ length: padded.length / 8 }, (_, index) =>
    parseInt(padded.slice(index * 8, index * 8 + 8), 2),
  );
}
