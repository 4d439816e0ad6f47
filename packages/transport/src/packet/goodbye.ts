import { utf8Decode, utf8Encode } from '@hellohaybye/core';
import { putUint32, uint32 } from '../bytes.js';

/**
 * RTCP BYE: sources that are no longer active (RFC 3550, section 6.6).
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|    SC   |   PT=BYE=203  |             length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                     SSRC, SC of them                          |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |    length     |     reason for leaving, zeros (optional)      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 */
export interface Goodbye {
  type: 'goodbye';
  /** At most 31. */
  ssrcs: number[];
  /** At most 255 bytes of UTF-8. */
  reason?: string | undefined;
}

/** Bytes of the packet's body, after its 4-byte header. */
export const goodbyeLength = ({ ssrcs, reason }: Goodbye): number =>
  4 * ssrcs.length + (reason === undefined ? 0 : (1 + reasonBytes(reason).length + 3) & ~3);

/** Reads the body of a BYE packet. */
export function readGoodbye(body: Uint8Array, count: number): Goodbye | undefined {
  const end = 4 * count;
  if (body.length < end) return undefined;
  const ssrcs = Array.from({ length: count }, (_, index) => uint32(body, 4 * index));
  if (body.length === end) return { type: 'goodbye', ssrcs };
  const length = body[end]!;
  if (end + 1 + length > body.length) return undefined;
  return { type: 'goodbye', ssrcs, reason: utf8Decode(body.subarray(end + 1, end + 1 + length)) };
}

export function writeGoodbye({ ssrcs, reason }: Goodbye, into: Uint8Array, at: number): void {
  ssrcs.forEach((ssrc, index) => putUint32(into, at + 4 * index, ssrc));
  if (reason === undefined) return;
  const text = reasonBytes(reason);
  into[at + 4 * ssrcs.length] = text.length;
  into.set(text, at + 4 * ssrcs.length + 1);
}

const reasonBytes = (reason: string): Uint8Array => utf8Encode(reason).subarray(0, 255);
