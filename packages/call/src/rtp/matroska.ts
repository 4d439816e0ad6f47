/** What a Matroska file says of a stream. */
export type MatroskaTrack =
  | { kind: 'mjpeg'; width: number; height: number }
  /** 16-bit PCM, big-endian. */
  | { kind: 'pcm'; sampleRate: number; channels: number };

/** A frame of one track, or some samples. */
export interface MatroskaBlock {
  /** Index of its track. */
  track: number;
  /** Milliseconds from the beginning, not negative. */
  at: number;
  data: Uint8Array;
}

/**
 * Writes Matroska (RFC 9559) as a stream that nobody goes back in: without index and length. Each block has
 * its own timestamp, which no pipe of bare pictures or samples could carry.
 */
export class MatroskaWriter {
  #clusterAt: number | undefined;

  /** The beginning of the file, up to the first block. */
  header(tracks: readonly MatroskaTrack[]): Uint8Array {
    const head = [text(0x4282, 'matroska'), uint(0x4287, 4), uint(0x4285, 2)];
    const information = [uint(0x2ad7b1, 1_000_000), text(0x4d80, writer), text(0x5741, writer)];
    return Buffer.concat([
      element(0x1a45dfa3, head),
      openElement(0x18538067),
      element(0x1549a966, information),
      element(0x1654ae6b, tracks.map(trackEntry)),
    ]);
  }

  /** One block, with the beginning of a cluster ahead of it where one is due. */
  block({ track, at, data }: MatroskaBlock): Uint8Array[] {
    const time = Math.round(at);
    const parts: Uint8Array[] = [];
    // A block's timestamp is relative to its cluster's, in 16 bits, and may be before it.
    if (this.#clusterAt === undefined || Math.abs(time - this.#clusterAt) > clusterLength) {
      this.#clusterAt = time;
      parts.push(openElement(0x1f43b675), uint(0xe7, time));
    }
    const head = Buffer.from([0x80 | (track + 1), 0, 0, keyframe]);
    head.writeInt16BE(time - this.#clusterAt, 1);
    return [...parts, elementHead(0xa3, head.length + data.length), head, data];
  }
}

const writer = 'HelloHayBye';
/** Milliseconds. */
const clusterLength = 5000;
const keyframe = 0x80;

function trackEntry(track: MatroskaTrack, index: number): Uint8Array {
  const common = [uint(0xd7, index + 1), uint(0x73c5, index + 1), uint(0x9c, 0)];
  if (track.kind === 'mjpeg') {
    const size = element(0xe0, [uint(0xb0, track.width), uint(0xba, track.height)]);
    return element(0xae, [...common, uint(0x83, 1), text(0x86, 'V_MJPEG'), size]);
  }
  const rate = Buffer.alloc(8);
  rate.writeDoubleBE(track.sampleRate);
  const shape = [element(0xb5, [rate]), uint(0x9f, track.channels), uint(0x6264, 16)];
  return element(0xae, [...common, uint(0x83, 2), text(0x86, 'A_PCM/INT/BIG'), element(0xe1, shape)]);
}

const element = (id: number, body: Uint8Array[]): Uint8Array => {
  const data = Buffer.concat(body);
  return Buffer.concat([elementHead(id, data.length), data]);
};

/** An element's identifier and length, in eight bytes whatever it is. */
function elementHead(id: number, length: number): Uint8Array {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(length));
  size[0] = 1;
  return Buffer.concat([bytesOf(id), size]);
}

/** The beginning of an element that ends where the next of its level begins. */
const openElement = (id: number): Uint8Array =>
  Buffer.concat([bytesOf(id), Buffer.from('01ffffffffffffff', 'hex')]);

const uint = (id: number, value: number): Uint8Array => element(id, [bytesOf(value)]);
const text = (id: number, value: string): Uint8Array => element(id, [Buffer.from(value, 'latin1')]);

/** A number in as many bytes as it needs. */
function bytesOf(value: number): Uint8Array {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}
