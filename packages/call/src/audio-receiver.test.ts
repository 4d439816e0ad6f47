import { toBigEndian } from '@hellohaybye/codec';
import { describe, expect, it } from 'vitest';
import { AudioReceiver } from './audio-receiver.js';

const packet = (value: number, length: number) => toBigEndian(new Int16Array(length).fill(value));

describe('AudioReceiver', () => {
  it('hands through what has the playout’s shape already', () => {
    const receiver = new AudioReceiver(
      { sampleRate: 44_100, channels: 1 },
      { sampleRate: 44_100, channels: 1 },
    );
    expect(receiver.decode(packet(7, 441), 1000)).toEqual({
      samples: new Int16Array(441).fill(7),
      timestamp: 1000,
    });
    expect(receiver.decode(packet(8, 441), 1441).timestamp).toBe(1441);
    expect(receiver.decode(packet(8, 441), 9000).timestamp).toBe(9000);
  });

  it('hears no hole where a sender rounds its timestamps', () => {
    const shape = { sampleRate: 44_100, channels: 1 };
    const receiver = new AudioReceiver(shape, shape);
    for (let index = 0; index < 100; index++) {
      const rounded = Math.floor((index * 441) / 44.1) * 44.1 + (index % 3) * 7;
      expect(receiver.decode(packet(1, 441), Math.round(rounded)).timestamp).toBe(index * 441);
    }
    expect(receiver.decode(packet(1, 441), 102 * 441).timestamp).toBe(102 * 441);
  });

  it('makes stereo of mono', () => {
    const receiver = new AudioReceiver(
      { sampleRate: 44_100, channels: 1 },
      { sampleRate: 44_100, channels: 2 },
    );
    expect(receiver.decode(packet(5, 4), 0).samples).toEqual(new Int16Array(8).fill(5));
  });

  it('resamples without a hole between packets, and steps over what was lost', () => {
    const receiver = new AudioReceiver(
      { sampleRate: 48_000, channels: 1 },
      { sampleRate: 44_100, channels: 1 },
    );
    let end: number | undefined;
    for (let index = 0; index < 50; index++) {
      const { samples, timestamp } = receiver.decode(packet(1000, 480), index * 480);
      if (end !== undefined) expect(timestamp).toBe(end);
      end = timestamp + samples.length;
    }
    expect(end).toBeGreaterThan(50 * 441 - 100);
    expect(end).toBeLessThanOrEqual(50 * 441);
    expect(receiver.decode(packet(1000, 480), 100 * 480).timestamp).toBe(100 * 441);
  });

  it.each([44_100, 48_000])(
    'from %d Hz: what comes late fills its hole, and the rest goes on undisturbed',
    (rate) => {
      const to = { sampleRate: 44_100, channels: 1 };
      const [orderly, overtaken] = [0, 1].map(() => new AudioReceiver({ sampleRate: rate, channels: 1 }, to));
      const length = rate / 100;
      const decode = (receiver: AudioReceiver, index: number) =>
        receiver.decode(packet(1000, length), index * length);
      const expected = [0, 1, 3, 4, 5].map((index) => decode(orderly!, index));
      const blocks = [0, 1, 3, 2, 4, 5].map((index) => decode(overtaken!, index));
      const [late] = blocks.splice(3, 1);
      expect(blocks).toEqual(expected);
      expect(late!.timestamp).toBe(2 * 441);
      expect(late!.samples).toHaveLength(441);
      expect(late!.samples[220]).toBe(1000);
    },
  );

  it('takes a source that begins anew for another, also where its timestamps lie just behind', () => {
    const shape = { sampleRate: 44_100, channels: 1 };
    const receiver = new AudioReceiver(shape, shape);
    for (const index of [7, 8, 9]) receiver.decode(packet(1, 441), index * 441);
    receiver.restart();
    expect(receiver.decode(packet(1, 441), 2 * 441).timestamp).toBe(2 * 441);
    expect(receiver.decode(packet(1, 441), 3 * 441 + 5).timestamp).toBe(3 * 441);
    // Another sender's clock was set far back.
    expect(receiver.decode(packet(1, 441), -50_000).timestamp).toBe(-50_000);
    expect(receiver.decode(packet(1, 441), -50_000 + 445).timestamp).toBe(-50_000 + 441);
  });
});
