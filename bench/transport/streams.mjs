// How CPU time grows with streams and with listeners: each stream 30 frames a second of five packets. Streams of ours
// share one socket, those of raw dgram have one each; each listener is a transport, or a socket, of its own.
import { round } from '../lib.mjs';
import { median } from './latency.mjs';
import { openPair } from './pair.mjs';

const counts = [1, 4, 16, 64];
const bytes = 5500;
const fps = 30;

export async function measureStreams({ quick, emit }) {
  const frames = quick ? 18 : 60;
  const turns = quick ? 1 : 3;
  for (const of of ['streams', 'listeners']) {
    const perSecond = { dgram: [], ours: [] };
    for (const count of counts) {
      const [dgram, ours] = await Promise.all(
        ['dgram', 'ours'].map((name) => openPair(name, { [of]: count })),
      );
      const pairs = { dgram, ours };
      for (const pair of Object.values(pairs)) await pair.run({ frames: quick ? 15 : 100, fps: 60, bytes });
      const cpu = { dgram: [], ours: [] };
      for (let turn = 0; turn < turns; turn++) {
        for (const [subject, pair] of Object.entries(pairs)) {
          const { sendS, receiveS } = await pair.run({ frames, fps, bytes });
          cpu[subject].push(((sendS + receiveS) * fps) / frames);
        }
      }
      for (const pair of Object.values(pairs)) await pair.close();
      for (const [subject, values] of Object.entries(cpu)) perSecond[subject].push(median(values));
    }
    for (const [subject, values] of Object.entries(perSecond)) {
      values.forEach((value, index) =>
        emit({
          what: 'streams',
          of,
          subject,
          count: counts[index],
          frameBytes: bytes,
          cpuMsPerSecond: round(value * 1000, 1),
          cpuMsPerSecondEach: round((value * 1000) / counts[index], 2),
          ratioToDgram: round(value / perSecond.dgram[index]),
        }),
      );
      // What one more costs, among few and among many: about the same where growth is linear.
      const slope = (from, to) =>
        round(((values[to] - values[from]) * 1000) / (counts[to] - counts[from]), 2);
      emit({
        what: 'streams-slope',
        of,
        subject,
        cpuMsPerSecondPerOne: { '1-16': slope(0, 2), '16-64': slope(2, 3) },
      });
    }
  }
}
