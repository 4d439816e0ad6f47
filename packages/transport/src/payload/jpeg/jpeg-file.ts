import { uint16 } from '../../bytes.js';
import { chromaAc, chromaDc, lumaAc, lumaDc } from './standard-tables.js';

/** A JPEG image that RFC 2435 can carry, and where in the file its parts lie. */
export interface JpegScan {
  /** RFC 2435 type without the restart bit: 0 is 4:2:2, 1 is 4:2:0. */
  type: 0 | 1;
  /** Pixels. */
  width: number;
  height: number;
  /** MCUs between restart markers; 0 when there are none. */
  restartInterval: number;
  /** Offset of the 64 bytes of the luma quantisation table. */
  lumaTable: number;
  /** Offset of the 64 bytes of the chroma quantisation table; may be the same one. */
  chromaTable: number;
  /** Offsets of the entropy-coded bytes, EOI not included. */
  scanStart: number;
  scanEnd: number;
}

/** Why RFC 2435 can't carry an image. */
export type JpegProblem =
  | 'not-jpeg'
  | 'not-baseline'
  | 'not-8-bit'
  | 'too-large'
  | 'sampling'
  | 'colour-space'
  | 'quantisation-tables'
  | 'huffman-tables'
  | 'several-scans'
  | 'restart-markers';

/** Longest side that RFC 2435 can express: 255 times 8 pixels. */
export const MAX_JPEG_SIDE = 2040;

/**
 * Looks whether a JPEG file is of the kind that RFC 2435 can carry: baseline, 8 bits, three components in
 * 4:2:0 or 4:2:2, the standard Huffman tables (or none, as in many cameras' MJPEG), sides up to 2040, one
 * scan. Never throws.
 */
export function parseJpeg(file: Uint8Array): JpegScan | JpegProblem {
  if (file.length < 4 || uint16(file, 0) !== 0xffd8) return 'not-jpeg';
  const state: ParserState = {
    tables: [],
    huffman: [],
    frame: undefined,
    restartInterval: 0,
    problem: undefined,
  };
  let at = 2;
  while (at + 4 <= file.length) {
    if (file[at] !== 0xff) return 'not-jpeg';
    const marker = file[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const end = at + 2 + uint16(file, at + 2);
    if (end < at + 4 || end > file.length) return 'not-jpeg';
    if (marker === SOS) return readScan(file, at + 4, end, state);
    readSegment(marker, file, at + 4, end, state);
    if (state.problem) return state.problem;
    at = end;
  }
  return 'not-jpeg';
}

interface ParserState {
  /** Offsets of quantisation tables by identifier. */
  tables: (number | undefined)[];
  /** By class and identifier, class in bit 4, as in a DHT segment. */
  huffman: (HuffmanKind | undefined)[];
  frame: (Pick<JpegScan, 'type' | 'width' | 'height'> & { components: Component[] }) | undefined;
  restartInterval: number;
  problem: JpegProblem | undefined;
}

interface Component {
  id: number;
  table: number;
}

type HuffmanKind = 'luma-dc' | 'luma-ac' | 'chroma-dc' | 'chroma-ac' | 'other';

function readSegment(marker: number, file: Uint8Array, at: number, end: number, state: ParserState): void {
  if (marker === DQT) readQuantisationTables(file, at, end, state);
  else if (marker === DHT) readHuffmanTables(file, at, end, state);
  else if (marker === DRI) {
    if (end - at < 2) state.problem = 'not-jpeg';
    else state.restartInterval = uint16(file, at);
  } else if (marker === SOF0) readFrame(file, at, end, state);
  else if (marker === APP14) {
    // Adobe's segment ends in the colour transform: 0 stands for RGB, 1 for YCbCr, 2 for YCCK.
    if (end - at >= 12 && file[at] === 0x41 && file[at + 1] === 0x64 && file[at + 11] !== 1) {
      state.problem = 'colour-space';
    }
  } else if (marker >= 0xc1 && marker <= 0xcf && marker !== JPG) state.problem = 'not-baseline';
  else if (marker === SOI || (marker >= 0xd0 && marker <= 0xd9) || marker < 0xc0) state.problem = 'not-jpeg';
}

function readQuantisationTables(file: Uint8Array, at: number, end: number, state: ParserState): void {
  while (at < end) {
    const id = file[at]!;
    if (id >> 4 !== 0) state.problem = 'not-8-bit';
    else if (id > 3 || at + 65 > end) state.problem = 'not-jpeg';
    if (state.problem) return;
    state.tables[id] = at + 1;
    at += 65;
  }
}

function readHuffmanTables(file: Uint8Array, at: number, end: number, state: ParserState): void {
  while (at < end) {
    const id = file[at]!;
    let length = 16;
    for (let index = 1; index <= 16; index += 1) length += file[at + index] ?? 0;
    if ((id & 0xef) > 3 || at + 1 + length > end) {
      state.problem = 'not-jpeg';
      return;
    }
    state.huffman[id] = huffmanKind(file, at + 1, length);
    at += 1 + length;
  }
}

function huffmanKind(file: Uint8Array, at: number, length: number): HuffmanKind {
  const same = (table: Uint8Array) => {
    if (table.length !== length) return false;
    for (let index = 0; index < length; index += 1) if (file[at + index] !== table[index]) return false;
    return true;
  };
  if (same(lumaDc)) return 'luma-dc';
  if (same(lumaAc)) return 'luma-ac';
  if (same(chromaDc)) return 'chroma-dc';
  if (same(chromaAc)) return 'chroma-ac';
  return 'other';
}

function readFrame(file: Uint8Array, at: number, end: number, state: ParserState): void {
  const fail = (problem: JpegProblem) => void (state.problem = problem);
  if (end - at < 6 || state.frame) return fail('not-jpeg');
  if (file[at] !== 8) return fail('not-8-bit');
  const height = uint16(file, at + 1);
  const width = uint16(file, at + 3);
  // A height of 0 is told after the scan (DNL): not expressible either.
  if (width === 0 || height === 0) return fail('not-jpeg');
  if (width > MAX_JPEG_SIDE || height > MAX_JPEG_SIDE) return fail('too-large');
  const count = file[at + 5]!;
  if (count !== 3) return fail('sampling');
  if (end - at < 6 + 3 * count) return fail('not-jpeg');
  const sampling = [0, 1, 2].map((index) => file[at + 7 + 3 * index]!);
  if (sampling[1] !== 0x11 || sampling[2] !== 0x11) return fail('sampling');
  if (sampling[0] !== 0x21 && sampling[0] !== 0x22) return fail('sampling');
  const components = [0, 1, 2].map((index) => ({
    id: file[at + 6 + 3 * index]!,
    table: file[at + 8 + 3 * index]!,
  }));
  // "R", "G", "B": some writers mark RGB so.
  if (components[0]!.id === 0x52 && components[1]!.id === 0x47) return fail('colour-space');
  state.frame = { type: sampling[0] === 0x22 ? 1 : 0, width, height, components };
}

function readScan(file: Uint8Array, at: number, end: number, state: ParserState): JpegScan | JpegProblem {
  const { frame, tables, huffman, restartInterval } = state;
  if (!frame || end - at < 10) return 'not-jpeg';
  if (file[at] !== 3) return 'several-scans';
  if (file[at + 7] !== 0 || file[at + 8] !== 63 || file[at + 9] !== 0) return 'not-baseline';
  const noTables = huffman.length === 0;
  for (let index = 0; index < 3; index += 1) {
    const selector = file[at + 2 + 2 * index]!;
    if (file[at + 1 + 2 * index] !== frame.components[index]!.id) return 'sampling';
    const role = index === 0 ? 'luma' : 'chroma';
    if (noTables) {
      if (selector !== (index === 0 ? 0x00 : 0x11)) return 'huffman-tables';
    } else if (
      huffman[selector >> 4] !== `${role}-dc` ||
      huffman[0x10 | (selector & 0x0f)] !== `${role}-ac`
    ) {
      return 'huffman-tables';
    }
  }
  const [lumaTable, chromaTable, thirdTable] = frame.components.map(({ table }) => tables[table]);
  if (lumaTable === undefined || chromaTable === undefined || thirdTable === undefined)
    return 'quantisation-tables';
  // RFC 2435 has one table for both chroma components.
  for (let index = 0; chromaTable !== thirdTable && index < 64; index += 1) {
    if (file[chromaTable + index] !== file[thirdTable + index]) return 'quantisation-tables';
  }
  const scanEnd = findScanEnd(file, end, restartInterval > 0);
  if (typeof scanEnd === 'string') return scanEnd;
  const { type, width, height } = frame;
  return { type, width, height, restartInterval, lumaTable, chromaTable, scanStart: end, scanEnd };
}

/** Where the entropy-coded bytes end: at EOI or, where a camera leaves that out, with the file. */
function findScanEnd(file: Uint8Array, start: number, restarts: boolean): number | JpegProblem {
  let at = file.indexOf(0xff, start);
  while (at !== -1 && at + 1 < file.length) {
    const next = file[at + 1]!;
    if (next === EOI) break;
    if (next >= 0xd0 && next <= 0xd7) {
      if (!restarts) return 'restart-markers';
    } else if (next !== 0 && next !== 0xff) return 'several-scans';
    at = file.indexOf(0xff, next === 0xff ? at + 1 : at + 2);
  }
  const end = at === -1 ? file.length : at;
  return end > start ? end : 'not-jpeg';
}

const SOF0 = 0xc0;
const DHT = 0xc4;
const JPG = 0xc8;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DQT = 0xdb;
const DRI = 0xdd;
const APP14 = 0xee;
