// The most packets a second that all arrive: 40 kB frames, evenly spaced, ever more of them until some get lost or
// the sender can't keep up; then once more from below in smaller steps.
import { round } from '../lib.mjs';
import { median } from './latency.mjs';
import { openPair } from './pair.mjs';
import { installed } from './subjects.mjs';

const bytes = 40_000;
const packets = Math.ceil(bytes / 1160);
const subjects = ['dgram', 'ours', 'ours-worker', 'ours-encrypted', 'ws', 'werift', 'node-datachannel'];

export async function measureRate({ quick, only, emit }) {
  const rounds = quick ? 2 : 3;
  const there = installed(
    only ? ['dgram', ...only] : quick ? subjects.slice(0, 3) : subjects,
    () => undefined,
  );
  const rates = new Map();
  for (const subject of there) rates.set(subject, []);
  const pairs = new Map();
  for (const subject of there) pairs.set(subject, await openPair(subject));
  for (const pair of pairs.values()) await pair.flood({ fps: 500, seconds: 1, bytes });
  for (let round = 0; round < rounds; round++) {
    for (const [subject, pair] of pairs) rates.get(subject).push(await mostFrames(pair, quick ? 0.2 : 0.5));
  }
  for (const pair of pairs.values()) await pair.close();
  for (const [subject, values] of rates) {
    emit({
      what: 'rate',
      subject,
      frameBytes: bytes,
      packetsPerSecond: Math.round(median(values) * packets),
      framesPerSecond: Math.round(median(values)),
      ratioToDgram: round(median(values.map((value, turn) => value / rates.get('dgram')[turn]))),
    });
  }
}

/** Frames a second: the highest rate that went through, with a second try for bad luck. */
async function mostFrames(pair, seconds) {
  let best = 0;
  let rate = 1000;
  for (const step of [1.4, 1.1]) {
    if (best > 0) rate = best * step;
    for (;;) {
      const reached = (await attempt(pair, rate, seconds)) ?? (await attempt(pair, rate, seconds));
      if (reached === undefined) break;
      best = reached;
      rate *= step;
    }
  }
  return best;
}

async function attempt(pair, fps, seconds) {
  const { sent, frames, lost, seconds: taken } = await pair.flood({ fps, seconds, bytes });
  // By when they came: what waits somewhere in between was not sent yet.
  const reached = (frames - 1) / taken;
  return frames === sent && lost === 0 && reached > 0.95 * fps ? reached : undefined;
}
