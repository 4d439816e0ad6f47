/** What an observer of the datagrams of a call can tell of what is in them. */
export interface Leaks {
  /** How many of each kind were looked at, repetitions left out. */
  datagrams: Record<Kind, number>;
  /** Pearson's chi-square of the byte values in each kind of payload: 255 +- 23 for random ones. */
  chiSquare: Record<Kind, number>;
  /** The largest share of one value at any of the first places of a payload: 1/256 for random ones, 1 where it is constant. */
  constant: Record<Kind, number>;
  /** Blocks of 16 bytes that come again, at whatever multiple of 4 in a payload: none among random ones. */
  repeatedBlocks: number;
  /** Datagrams that are neither RTP nor RTCP of version 2, by what stands in their headers. */
  strange: number;
}

export type Kind = 'video' | 'audio' | 'control' | 'reports';

/**
 * Looks at all that an RTP or RTCP header does not need to tell: behind its 12 or 8 bytes and before what SRTP adds.
 * @param datagrams those of one call
 * @param trailer the bytes at the end that are MKI and tag, and the index of RTCP: `{ rtp: 14, rtcp: 18 }`
 */
export function leaksOf(datagrams: readonly Buffer[], trailer = { rtp: 14, rtcp: 18 }): Leaks {
  const payloads: Record<Kind, Buffer[]> = { video: [], audio: [], control: [], reports: [] };
  const blocks = new Set<string>();
  let [repeatedBlocks, strange] = [0, 0];
  for (const text of new Set(datagrams.map((datagram) => datagram.toString('latin1')))) {
    const datagram = Buffer.from(text, 'latin1');
    const kind = kindOf(datagram);
    if (!kind) strange += 1;
    else {
      const [head, tail] = kind === 'reports' ? [8, trailer.rtcp] : [12, trailer.rtp];
      const payload = datagram.subarray(head, Math.max(head, datagram.length - tail));
      payloads[kind].push(payload);
      for (let at = 0; at + 16 <= payload.length; at += 4) {
        const block = payload.toString('latin1', at, at + 16);
        if (blocks.has(block)) repeatedBlocks += 1;
        blocks.add(block);
      }
    }
  }
  const each = <Value>(measure: (of: Buffer[]) => Value) =>
    Object.fromEntries(Object.entries(payloads).map(([kind, of]) => [kind, measure(of)])) as Record<
      Kind,
      Value
    >;
  return {
    datagrams: each((of) => of.length),
    chiSquare: each((of) => chiSquare(Buffer.concat(of))),
    constant: each(mostConstant),
    repeatedBlocks,
    strange,
  };
}

/** How often a text stands anywhere in datagrams. */
export const occurrences = (datagrams: readonly Buffer[], text: string): number =>
  datagrams.filter((datagram) => datagram.includes(text)).length;

function kindOf(datagram: Buffer): Kind | undefined {
  if (datagram.length < 12 || datagram[0]! >> 6 !== 2) return undefined;
  const second = datagram[1]!;
  if (second >= 192 && second <= 223) return 'reports';
  // Neither padding nor extension nor contributing sources: the payload begins behind 12 bytes.
  if ((datagram[0]! & 0x3f) !== 0) return undefined;
  const payloadType = second & 0x7f;
  return payloadType === 11 ? 'audio' : payloadType === 26 ? 'video' : 'control';
}

function chiSquare(bytes: Buffer): number {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte]! += 1;
  const expected = bytes.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function mostConstant(payloads: readonly Buffer[]): number {
  let most = 0;
  for (let at = 0; at < PLACES; at += 1) {
    const there = payloads.filter(({ length }) => length > at);
    // Few of anything are alike by chance.
    if (there.length < FEW) continue;
    const counts = new Uint32Array(256);
    for (const payload of there) counts[payload[at]!]! += 1;
    most = Math.max(most, Math.max(...counts) / there.length);
  }
  return most;
}

/** The headers of RFC 2435 with its tables, and those of RTCP, stand within so many bytes. */
const PLACES = 160;
const FEW = 10;
