import { copyOf, uint16, uint24, uint32 } from '../../bytes.js';
import type { RtpHeader } from '../../packet/rtp.js';
import type { DropReason } from '../../drops.js';
import { copyParts, type Depacketizer, type Fragment, type FrameParts } from '../payload-format.js';
import { jfifHeaderLength, writeJfifHeader } from './jfif.js';
import { quantisationTables } from './standard-tables.js';

/**
 * Reads JPEG by RFC 2435 (its header: see `jpegPacketizer`) and rebuilds whole JFIF files. Understood are
 * types 0, 1, 64 and 65 with progressive scan; Q 1 to 99 (computed tables), Q 128 to 254 (tables in-band,
 * remembered for the stream), Q 255 (tables in every frame); one table for both (as ffmpeg sends) or two.
 */
export class JpegDepacketizer implements Depacketizer {
  readonly format = 'jpeg';
  readonly single = false;
  /** Tables by Q, for 1 to 254: at most 226 of 128 bytes. */
  readonly #tables = new Map<number, Uint8Array>();

  parse(packet: Uint8Array, header: RtpHeader, into: Fragment): DropReason | undefined {
    const { payloadStart, payloadEnd } = header;
    let at = payloadStart + 8;
    if (at > payloadEnd) return 'malformed-jpeg';
    const offset = uint24(packet, payloadStart + 1);
    const type = packet[payloadStart + 4]!;
    const q = packet[payloadStart + 5]!;
    if ((type & ~65) !== 0) return 'unsupported-jpeg';
    // Section 4.1: 0 is progressive, 3 a field to be shown as a frame; 1 and 2 would have to be woven together.
    const scanKind = packet[payloadStart]!;
    if (scanKind === 1 || scanKind === 2) return 'unsupported-jpeg';
    if (q === 0 || (q > 99 && q < 128)) return 'malformed-jpeg';
    if (packet[payloadStart + 6] === 0 || packet[payloadStart + 7] === 0) return 'malformed-jpeg';
    into.variant = 0;
    if (type >= 64) {
      if (at + 4 > payloadEnd) return 'malformed-jpeg';
      into.variant = uint16(packet, at);
      if (into.variant === 0) return 'malformed-jpeg';
      at += 4;
    }
    if (q >= 128 && offset === 0) {
      const end = this.#readTables(packet, at, payloadEnd, q);
      if (typeof end === 'string') return end;
      at = end;
    }
    if (at >= payloadEnd) return 'malformed-jpeg';
    into.start = at;
    into.end = payloadEnd;
    into.offset = offset;
    into.total = header.marker ? offset + payloadEnd - at : -1;
    into.kind = uint32(packet, payloadStart + 4);
    return undefined;
  }

  join(parts: FrameParts): Uint8Array | undefined {
    const first = parts.packets[0]!;
    const payloadStart = parts.payloadStarts[0]!;
    const type = first[payloadStart + 4]!;
    const q = first[payloadStart + 5]!;
    const tables = this.#tablesOf(first, payloadStart + (type >= 64 ? 12 : 8), q);
    if (!tables) return undefined;
    const image = {
      type: type & 1,
      width: first[payloadStart + 6]! * 8,
      height: first[payloadStart + 7]! * 8,
      restartInterval: type >= 64 ? uint16(first, payloadStart + 8) : 0,
      tables,
    };
    const scanStart = jfifHeaderLength(image);
    const scanEnd = scanStart + parts.length;
    const endsByItself = byteFromEnd(parts, 2) === 0xff && byteFromEnd(parts, 1) === (END_OF_IMAGE & 0xff);
    const file = new Uint8Array(scanEnd + (endsByItself ? 0 : 2));
    copyParts(parts, file, scanStart);
    writeJfifHeader(image, file);
    if (!endsByItself) {
      file[scanEnd] = END_OF_IMAGE >> 8;
      file[scanEnd + 1] = END_OF_IMAGE & 0xff;
    }
    return file;
  }

  /** Reads the quantisation table header (section 3.1.8); remembers tables that may be left out later. */
  #readTables(packet: Uint8Array, at: number, payloadEnd: number, q: number): number | DropReason {
    if (at + 4 > payloadEnd) return 'malformed-jpeg';
    const precision = packet[at + 1]!;
    const length = uint16(packet, at + 2);
    const end = at + 4 + length;
    if (end > payloadEnd) return 'malformed-jpeg';
    // Without tables here, Q 255 means nothing: it promises nothing about other frames.
    if (length === 0) return q === 255 ? 'malformed-jpeg' : end;
    // 16-bit tables don't go with the baseline process.
    if ((precision & 3) !== 0) return 'unsupported-jpeg';
    if (length !== 64 && length < 128) return 'malformed-jpeg';
    if (q < 255) this.#tables.set(q, tablesAt(packet, at + 4, length));
    return end;
  }

  /** @param header where the first packet's quantisation table header is, which `parse` found sound */
  #tablesOf(first: Uint8Array, header: number, q: number): Uint8Array | undefined {
    if (q === 255) return tablesAt(first, header + 4, uint16(first, header + 2));
    const known = this.#tables.get(q);
    if (known || q >= 128) return known;
    const computed = quantisationTables(q);
    this.#tables.set(q, computed);
    return computed;
  }
}

/** The last byte of a frame, or the one before it, which may be in the packet before. */
function byteFromEnd({ count, packets, starts, ends }: FrameParts, distance: 1 | 2): number | undefined {
  const last = count - 1;
  const length = ends[last]! - starts[last]!;
  if (distance <= length) return packets[last]![ends[last]! - distance];
  return packets[last - 1]?.[ends[last - 1]! - 1];
}

/** Both tables; a lone one serves luma and chroma. */
function tablesAt(packet: Uint8Array, at: number, length: number): Uint8Array {
  if (length >= 128) return copyOf(packet, at, at + 128);
  const tables = new Uint8Array(128);
  tables.set(packet.subarray(at, at + 64), 0);
  tables.set(packet.subarray(at, at + 64), 64);
  return tables;
}

const END_OF_IMAGE = 0xffd9;
