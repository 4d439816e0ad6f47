import type { MediaStream } from '@hellohaybye/signaling';
import { seededRandom } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { controlStream, describeStreams, jpegFormat, l16Format, understood } from './media-description.js';

const channels = { video: 5001, audio: 5002 };
const offer = (...streams: MediaStream[]) => ({ candidates: [], ports: channels, streams });
const sound = (...formats: MediaStream['formats']): MediaStream => ({
  ...{ id: 'audio', channel: 'audio', ssrc: 7, formats },
});

describe('understood', () => {
  it('takes all that we offer ourselves', () => {
    const sends = { video: true, audio: true, sampleRate: 48_000, channels: 2 };
    const streams = describeStreams(sends, seededRandom(1));
    const control = { channel: 'video', ssrc: 8 };
    expect(understood(offer(...streams, controlStream(8)), channels)).toEqual({
      ...{ ports: channels, streams, control },
    });
  });

  it('passes over channels and streams of another version', () => {
    const more = { id: 'whiteboard', channel: 'data', ssrc: 9, formats: [jpegFormat] };
    const media = { ...offer(more, { ...more, channel: 'video' }), ports: { ...channels, data: 6000 } };
    expect(understood(media, channels)).toEqual({ ports: channels, streams: [], control: undefined });
  });

  it('has no control stream where none is offered that we know, and takes it for no media', () => {
    const media = { ...controlStream(8), id: 'video' };
    const elsewhere = { ...controlStream(8), channel: 'data' };
    for (const stream of [media, elsewhere, { ...controlStream(8), formats: [jpegFormat] }]) {
      expect(understood(offer(stream), channels)).toMatchObject({ streams: [], control: undefined });
    }
  });

  it('passes over sound that no resampler takes, and all formats but one', () => {
    const [usual, odd] = [l16Format(44_100, 1), { ...l16Format(44_100, 2), payloadType: 98 }];
    const impossible = { ...usual, clockRate: 10_000_000 };
    expect(understood(offer(sound(impossible)), channels).streams).toEqual([]);
    expect(understood(offer(sound(impossible, usual, odd)), channels).streams).toEqual([sound(usual)]);
  });
});
