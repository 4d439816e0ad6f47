import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect } from '../timing/collect.fixture.js';
import { parseWavHeader, skipWavHeader, type WavFormat } from './wav-header.js';

const chunk = (name: string, body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from(name), length, body, Buffer.alloc(body.length % 2)]);
};
const format = Buffer.from('0100020044ac000010b102000400' + '1000', 'hex');
const riff = Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(4, 0xff), Buffer.from('WAVE')]);
/** As arecord writes it: 44 bytes, and a length that nobody knew. */
const usual = Buffer.concat([riff, chunk('fmt ', format), Buffer.from('data'), Buffer.alloc(4, 0xff)]);

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

describe('skipWavHeader', () => {
  it('takes off 44 bytes, or more where there are more chunks, however it is cut', async () => {
    const longer = Buffer.concat([
      riff,
      chunk('LIST', Buffer.from('odd')),
      chunk('fmt ', format),
      usual.subarray(36),
    ]);
    expect(usual).toHaveLength(44);
    for (const header of [usual, longer]) {
      for (const size of [1, 7, 43, 44, 45, 1000]) {
        const formats: WavFormat[] = [];
        const stream = skipWavHeader(pieces(Buffer.concat([header, Buffer.from('samples')]), size), (found) =>
          formats.push(found),
        );
        expect(Buffer.concat(await collect(stream)).toString()).toBe('samples');
        expect(formats).toEqual([{ channels: 2, sampleRate: 44_100, bitsPerSample: 16 }]);
      }
    }
  });

  it('hands on a stream without a header untouched, also one that begins alike', async () => {
    for (const bytes of [
      Buffer.from('sound'),
      Buffer.from('RIFFxxxxAVI more'),
      Buffer.from([0x52, 0, 0, 0]),
    ]) {
      const stream = skipWavHeader(pieces(bytes, 3), () => expect.unreachable());
      expect(Buffer.concat(await collect(stream))).toEqual(bytes);
    }
  });
});

describe('parseWavHeader', () => {
  it('never throws and never waits for ever', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        parseWavHeader(bytes);
        parseWavHeader(Buffer.concat([riff, bytes]));
      }),
    );
    expect(parseWavHeader(Buffer.concat([riff, chunk('junk', Buffer.alloc(70_000))]))).toBe('none');
  });
});
