// Frames at 30 a second, from ready to whole, and the CPU time that they cost. All subjects are kept running and
// take turns, for machines have moods; ratios are those within a turn.
import { round, summary } from '../lib.mjs';
import { openPair } from './pair.mjs';
import { installed } from './subjects.mjs';

const sizes = [40_000, 90_000];
const fps = 30;
const others = new Set(['werift', 'node-datachannel', 'ffmpeg', 'gstreamer']);
const encrypted = ['ours-encrypted', 'ours-encrypted-paced'];
const all = [
  'dgram',
  'ours',
  'ours-paced',
  'ours-worker',
  'ours-worker-paced',
  ...encrypted,
  'ws',
  ...others,
];

export async function measureLatency({ quick, only, emit }) {
  const frames = quick ? 24 : 60;
  const turns = quick ? 3 : 7;
  const pairs = new Map();
  for (const subject of installed(only ? ['dgram', ...only] : all, emit)) {
    const pair = await openPair(subject);
    if (pair) pairs.set(subject, pair);
    else emit({ what: 'skipped', subject, reason: 'no frame came through' });
  }
  for (const bytes of sizes) {
    // When time is short, other programs show what they can at the first size only.
    const dropped =
      quick && bytes !== sizes[0] ? [...pairs.keys()].filter((subject) => others.has(subject)) : [];
    for (const subject of dropped) {
      await pairs.get(subject).close();
      pairs.delete(subject);
    }
    for (const pair of pairs.values()) await warmUp(pair, bytes, quick);
    const results = new Map([...pairs.keys()].map((subject) => [subject, []]));
    for (let turn = 0; turn < turns; turn++) {
      for (const [subject, pair] of pairs) results.get(subject).push(await pair.run({ frames, fps, bytes }));
    }
    report(results, { bytes, frames }, emit);
  }
  for (const pair of pairs.values()) await pair.close();
}

/**
 * First fast, for V8 compiles what runs once a frame after some thousand calls, which a call makes in two minutes;
 * then at the rate that is measured, for whoever learns the interval.
 */
async function warmUp(pair, bytes, quick) {
  if (bytes === sizes[0]) await pair.run({ frames: quick ? 2000 : 4000, fps: quick ? 800 : 500, bytes });
  else await pair.run({ frames: quick ? 30 : 400, fps: 200, bytes });
  await pair.run({ frames: quick ? 5 : 30, fps, bytes });
}

function report(results, { bytes, frames }, emit) {
  const per1000 = 1000 / frames;
  const dgram = results.get('dgram');
  const base = summary(dgram.flatMap(({ latencies }) => latencies));
  for (const [subject, runs] of results) {
    const latencies = runs.flatMap((run) => run.latencies);
    const { p50, p99 } = summary(latencies);
    emit({
      what: 'latency',
      subject,
      frameBytes: bytes,
      p50Ms: p50,
      p99Ms: p99,
      overDgramMs: { p50: round(p50 - base.p50), p99: round(p99 - base.p99) },
      framesLost: runs.length * frames - latencies.length,
      ratioToDgram: round(p50 / base.p50),
    });
  }
  for (const [subject, runs] of results) {
    const cpu = runs.map(({ sendS, receiveS }) => sendS + receiveS);
    emit({
      what: 'cpu',
      subject,
      frameBytes: bytes,
      cpuSPer1000: round(median(cpu) * per1000, 3),
      sendS: round(median(runs.map(({ sendS }) => sendS)) * per1000, 3),
      receiveS: round(median(runs.map(({ receiveS }) => receiveS)) * per1000, 3),
      ratioToDgram: round(
        median(cpu.map((value, turn) => value / (dgram[turn].sendS + dgram[turn].receiveS))),
      ),
    });
  }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}
