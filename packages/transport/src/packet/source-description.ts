import { utf8Decode, utf8Encode } from '@hellohaybye/core';
import { putUint32, uint32 } from '../bytes.js';

/** The item types of RFC 3550, section 6.5. */
export const sdesItem = {
  cname: 1,
  name: 2,
  email: 3,
  phone: 4,
  location: 5,
  tool: 6,
  note: 7,
  private: 8,
} as const;

/** One statement about a source. */
export interface SdesItem {
  /** 1 to 255, see `sdesItem`. */
  type: number;
  /** At most 255 bytes; UTF-8 text, but for `private`. */
  value: Uint8Array;
}

/**
 * RTCP source description (RFC 3550, section 6.5).
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|    SC   |  PT=SDES=202  |             length            |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |                      SSRC of a source                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     type      |    length     | value, next item, then zeros  |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * ```
 */
export interface SourceDescription {
  type: 'source-description';
  /** At most 31. */
  chunks: { ssrc: number; items: SdesItem[] }[];
}

/** A description that names nothing but the CNAME of some sources, which every compound packet has to. */
export const describeCname = (ssrcs: readonly number[], cname: string): SourceDescription => ({
  type: 'source-description',
  chunks: ssrcs.map((ssrc) => ({ ssrc, items: [{ type: sdesItem.cname, value: utf8Encode(cname) }] })),
});

/** The CNAME that a description gives a source. */
export function cnameOf(items: readonly SdesItem[]): string | undefined {
  const item = items.find(({ type }) => type === sdesItem.cname);
  return item && utf8Decode(item.value);
}

/** Bytes of the packet's body, after its 4-byte header. */
export const sourceDescriptionLength = ({ chunks }: SourceDescription): number =>
  chunks.reduce((length, chunk) => length + chunkLength(chunk.items), 0);

/** Reads the body of an SDES packet. */
export function readSourceDescription(body: Uint8Array, count: number): SourceDescription | undefined {
  const chunks: SourceDescription['chunks'] = [];
  let at = 0;
  for (let chunk = 0; chunk < count; chunk += 1) {
    if (at + 4 > body.length) return undefined;
    const ssrc = uint32(body, at);
    const items: SdesItem[] = [];
    at += 4;
    for (;;) {
      if (at >= body.length) return undefined;
      const type = body[at]!;
      if (type === 0) break;
      if (at + 2 > body.length) return undefined;
      const end = at + 2 + body[at + 1]!;
      if (end > body.length) return undefined;
      items.push({ type, value: body.subarray(at + 2, end) });
      at = end;
    }
    // At least one zero ends the list, then zeros up to the next multiple of 4.
    at = (at + 4) & ~3;
    chunks.push({ ssrc, items });
  }
  return at > body.length ? undefined : { type: 'source-description', chunks };
}

export function writeSourceDescription({ chunks }: SourceDescription, into: Uint8Array, at: number): void {
  for (const { ssrc, items } of chunks) {
    putUint32(into, at, ssrc);
    let item = at + 4;
    for (const { type, value } of items) {
      into[item] = type;
      into[item + 1] = value.length;
      into.set(value, item + 2);
      item += 2 + value.length;
    }
    at += chunkLength(items);
  }
}

function chunkLength(items: readonly SdesItem[]): number {
  const length = items.reduce((sum, { value }) => sum + 2 + value.length, 4);
  return (length + 4) & ~3;
}
