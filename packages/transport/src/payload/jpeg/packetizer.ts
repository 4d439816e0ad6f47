import { putUint16, putUint24 } from '../../bytes.js';
import { writeShare, type FramePlan, type Packetizer } from '../payload-format.js';
import { parseJpeg, type JpegScan } from './jpeg-file.js';

/**
 * JPEG by RFC 2435, with Q 255: both quantisation tables stand in the first packet of every frame, so a
 * receiver can begin with any frame. The entropy-coded bytes go as they are, with EOI where the file has one:
 * section 3.1.9 allows it, and GStreamer (1.22) adds none of its own to a scan that ends in ff00.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Type-specific |              Fragment Offset                  |  section 3.1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Type     |       Q       |     Width     |     Height    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |       Restart Interval        |F|L|       Restart Count       |  types 64 to 127: section 3.1.7
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      MBZ      |   Precision   |             Length            |  Q 128 to 255, first packet: section 3.1.8
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Quantization Table Data                    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export const jpegPacketizer: Packetizer = {
  format: 'jpeg',
  plan(frame, room) {
    const scan = parseJpeg(frame);
    if (typeof scan === 'string' || scan.scanEnd - scan.scanStart > MAX_SCAN_BYTES) return undefined;
    // The first packet has to hold some of the scan.
    return room > MAIN_HEADER + RESTART_HEADER + TABLES ? new JpegPlan(frame, scan, room) : undefined;
  },
};

class JpegPlan implements FramePlan {
  readonly count: number;
  readonly duration = 0;
  readonly carried: Uint8Array;
  readonly #header: number;
  readonly #first: number;
  readonly #step: number;
  readonly #length: number;

  constructor(
    private readonly frame: Uint8Array,
    private readonly scan: JpegScan,
    room: number,
  ) {
    this.#header = MAIN_HEADER + (scan.restartInterval > 0 ? RESTART_HEADER : 0);
    this.#first = room - this.#header - TABLES;
    this.#step = room - this.#header;
    const ends = frame[scan.scanEnd] === 0xff && frame[scan.scanEnd + 1] === 0xd9;
    this.#length = scan.scanEnd - scan.scanStart + (ends ? 2 : 0);
    this.carried = frame.subarray(scan.scanStart, scan.scanStart + this.#length);
    this.count = 1 + Math.max(0, Math.ceil((this.#length - this.#first) / this.#step));
  }

  payloadLength(index: number): number {
    const header = this.#header + (index === 0 ? TABLES : 0);
    return header + this.#end(index) - this.#offset(index);
  }

  timestampOffset(): number {
    return 0;
  }

  marker(index: number): boolean {
    return index === this.count - 1;
  }

  write(index: number, into: Uint8Array, at: number, carriedAt?: number): void {
    const { scan, frame } = this;
    const offset = this.#offset(index);
    into[at] = 0;
    putUint24(into, at + 1, offset);
    into[at + 4] = scan.type + (scan.restartInterval > 0 ? 64 : 0);
    into[at + 5] = 255;
    into[at + 6] = (scan.width + 7) >> 3;
    into[at + 7] = (scan.height + 7) >> 3;
    at += MAIN_HEADER;
    if (scan.restartInterval > 0) {
      putUint16(into, at, scan.restartInterval);
      // Packets are not cut at restart markers: F and L set and a count of 0x3fff say so (section 3.1.7).
      putUint16(into, at + 2, 0xffff);
      at += RESTART_HEADER;
    }
    if (index === 0) {
      into[at] = 0;
      into[at + 1] = 0;
      putUint16(into, at + 2, 128);
      into.set(frame.subarray(scan.lumaTable, scan.lumaTable + 64), at + 4);
      into.set(frame.subarray(scan.chromaTable, scan.chromaTable + 64), at + 68);
      at += TABLES;
    }
    writeShare(this.carried, offset, this.#end(index), into, at, carriedAt);
  }

  #offset(index: number): number {
    return index === 0 ? 0 : this.#first + (index - 1) * this.#step;
  }

  #end(index: number): number {
    return Math.min(this.#length, this.#first + index * this.#step);
  }
}

const MAIN_HEADER = 8;
const RESTART_HEADER = 4;
const TABLES = 4 + 128;
/** The fragment offset has 24 bits; EOI comes on top. */
const MAX_SCAN_BYTES = 2 ** 24 - 3;
