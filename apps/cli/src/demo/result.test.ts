import type { ParticipantReport, ReceivedReport } from '@hellohaybye/call';
import { describe, expect, it } from 'vitest';
import { demoResult, summarise } from './result.js';

const latencyMs = { p50: 4, p99: 9 };
const repaired = { parity: 0, request: 0 };
const noLoss = { repaired, late: 0, givenUp: 0, lossBefore: 0, lossAfter: 0, overheadPct: 0 };
const received = (from: string, frames: number, packets: number): ReceivedReport => ({
  from,
  video: { frames, fps: 30, incomplete: 0, overtaken: 0, bytes: 1, latencyMs, ...noLoss },
  audio: { packets, lost: 0, latencyMs, ...noLoss },
});
const sent = { video: { frames: 300 }, audio: { packets: 1000 } };
const pair = (frames: number, packets: number): ParticipantReport[] => [
  { name: 'a', sent, received: [received('b', 300, 1000)] },
  { name: 'b', sent, received: [received('a', frames, packets)] },
];

describe('demoResult', () => {
  it('is ok when everybody saw and heard everybody', () => {
    expect(demoResult(pair(300, 1000), 10).ok).toBe(true);
  });

  it.each([
    ['no pictures', pair(0, 1000)],
    ['no sound', pair(300, 0)],
    [
      'nobody',
      [
        { name: 'a', sent, received: [] },
        { name: 'b', sent, received: [] },
      ],
    ],
  ])('is not ok when somebody received %s', (_, participants) => {
    expect(demoResult(participants, 10).ok).toBe(false);
  });

  it('names the network that was between them', () => {
    expect(demoResult(pair(300, 1000), 10)).not.toHaveProperty('impair');
    expect(demoResult(pair(300, 1000), 10, 'wifi-bad').impair).toBe('wifi-bad');
  });

  it('tells of losses before and after repair where there were any', () => {
    const participants = pair(300, 1000);
    Object.assign(participants[0]!.received[0]!.video, { lossBefore: 0.0612, lossAfter: 0.004 });
    expect(summarise(demoResult(participants, 10))[0]).toContain(
      '300 frames (0 incomplete; loss 6.1 % → 0.4 %), 1000 audio packets (0 lost),',
    );
  });

  it('is told in a line for each direction', () => {
    expect(summarise(demoResult(pair(290, 990), 10))).toEqual([
      'a received from b in 10 s: 300 frames (0 incomplete), 1000 audio packets (0 lost), 4.0 ms from capture to whole frame',
      'b received from a in 10 s: 290 frames (0 incomplete), 990 audio packets (0 lost), 4.0 ms from capture to whole frame',
    ]);
  });
});
