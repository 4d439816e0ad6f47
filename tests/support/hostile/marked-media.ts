import { setInterval } from 'node:timers/promises';
import type { PcmBlock, VideoFrame } from '@hellohaybye/capture';
import { createJpegCodec } from '@hellohaybye/codec';
import type { Micros } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';

/** What is sent by one and by nobody else, and can be told from noise wherever it turns up. */
export interface Marks {
  author: string;
  /** Bytes that are in what this one shows, says or writes. */
  bytes: Buffer[];
  /** JPEG pictures that hold some of them. */
  pictures: Uint8Array[];
}

/** What somebody's sound consists of, and each line of theirs begins with: so nobody has to be asked who said it. */
export const soundOf = (author: string): string => `<${author} says this.>`;
export const lineOf = (author: string, number: number): string => `<${author} writes> ${number}`;

/** Makes what somebody shows: noise, of which each has their own. */
export async function marksOf(author: string): Promise<Marks> {
  const codec = createJpegCodec();
  const random = seededRandom(Buffer.from(author).readUInt16BE(0));
  const pictures = await Promise.all(
    [0, 1].map(() => {
      const data = Uint8Array.from({ length: SIDE * SIDE * 4 }, () => random.uint32() & 0xff);
      return codec.encode({ width: SIDE, height: SIDE, format: 'bgr0', data }, { quality: 60 });
    }),
  );
  await codec.close();
  const parts = pictures.flatMap((picture) => {
    const scan = Buffer.from(picture.subarray(SCAN_BEGINS));
    return Array.from({ length: Math.floor(scan.length / EVERY) }, (_, at) =>
      scan.subarray(at * EVERY, at * EVERY + 16),
    );
  });
  return {
    author,
    pictures,
    bytes: [soundOf(author), `<${author} writes>`].map((text) => Buffer.from(text)).concat(parts),
  };
}

/** Whose bytes these are, as far as it can be seen; of sound, a packet is long enough to hold a mark. */
export const authorOf = (data: Uint8Array, all: readonly Marks[]): string | undefined => {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  return all.find((marks) => marks.bytes.some((part) => bytes.includes(part)))?.author;
};

/** Pictures and sound for a call. They end when they are closed. */
export function sourcesOf({ author, pictures }: Marks, now: () => Micros, sampleRate: number) {
  const sound = Buffer.from(soundOf(author).repeat(CHUNK));
  let number = 0;
  // Of sound, the bytes are big-endian on the wire.
  const samples = () => Int16Array.from({ length: sampleRate / 25 }, (_, at) => sound.readInt16BE(at * 2));
  return {
    video: every(PERIOD_MS, (): VideoFrame => ({
      kind: 'jpeg',
      data: pictures[number++ % pictures.length]!.slice(),
      capturedAt: now(),
    })),
    audio: every(PERIOD_MS, (): PcmBlock => ({ samples: samples(), capturedAt: now() })),
  };
}

function every<Item>(milliseconds: number, make: () => Item) {
  const stopping = new AbortController();
  return {
    label: 'marked',
    dropped: 0,
    close: () => Promise.resolve(stopping.abort()),
    async *[Symbol.asyncIterator]() {
      try {
        for await (const _ of setInterval(milliseconds, undefined, { signal: stopping.signal })) yield make();
      } catch {
        // It was closed.
      }
    },
  };
}

const SIDE = 32;
/** Where the headers that all JPEG files of ours share have ended. */
const SCAN_BEGINS = 640;
const EVERY = 100;
const CHUNK = 64;
const PERIOD_MS = 40;
