// The streams that are sent.
import { micros, millis } from '@hellohaybye/core';

/** What is sent: how often, how much of it, in how many packets, as which stream. */
export const media = {
  video: {
    interval: micros(33_333),
    bytes: 34 * 1150,
    packets: 34,
    stream: {
      id: 'video',
      channel: 'video',
      ssrc: 7,
      formats: [{ format: 'generic', payloadType: 96, clockRate: 90_000 }],
    },
  },
  audio: {
    interval: millis(10),
    bytes: 882,
    packets: 1,
    stream: {
      id: 'audio',
      channel: 'audio',
      ssrc: 9,
      formats: [{ format: 'l16', payloadType: 11, clockRate: 44_100 }],
    },
  },
};
