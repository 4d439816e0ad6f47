import type { MediaDescription } from '../protocol/types.js';

/** A media description like that of a real participant. */
export const sampleMedia = (address = '192.0.2.10'): MediaDescription => ({
  candidates: [{ address, family: 4, prefix: 24 }],
  ports: { video: 5001, audio: 5002 },
  streams: [
    {
      id: 'video',
      channel: 'video',
      ssrc: 1,
      formats: [
        { payloadType: 26, format: 'jpeg', clockRate: 90_000 },
        { payloadType: 96, format: 'generic', clockRate: 90_000 },
      ],
    },
    {
      id: 'audio',
      channel: 'audio',
      ssrc: 2,
      formats: [{ payloadType: 11, format: 'l16', clockRate: 44_100, channels: 1 }],
    },
  ],
});
