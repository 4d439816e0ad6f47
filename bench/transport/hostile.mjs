// What a hostile neighbour costs a call: 30 frames of 40 kB a second on loopback while strangers send 100,000 datagrams a
// second to the receiver's port, beside the same call without them, and beside raw dgram under the same flood, which
// throws them away by their first bytes. Strangers who know the call's SSRC are out of scope until packets are protected.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { round, summary } from '../lib.mjs';
import { median } from './latency.mjs';
import { openPair } from './pair.mjs';

const file = fileURLToPath(new URL('strangers.mjs', import.meta.url));
const bytes = 40_000;
const fps = 30;
const rates = [20_000, 50_000, 100_000];

export async function measureHostile({ quick, emit }) {
  const seconds = quick ? 1 : 3;
  const turns = quick ? 2 : 3;
  const subjects = ['dgram', 'ours'];
  const pairs = new Map();
  for (const subject of subjects) pairs.set(subject, await openPair(subject, { strangers: true }));
  for (const pair of pairs.values()) await pair.run({ frames: quick ? 300 : 1500, fps: 300, bytes });
  for (const perSecond of quick ? rates.slice(-1) : rates) {
    const results = new Map(subjects.map((subject) => [subject, []]));
    for (let turn = 0; turn < turns; turn++) {
      for (const [subject, pair] of pairs)
        results.get(subject).push(await attack(pair, { seconds, perSecond, frames: seconds * fps }));
    }
    const costs = new Map();
    for (const subject of subjects) report(subject, perSecond, results.get(subject), costs, emit);
  }
  for (const pair of pairs.values()) await pair.close();
}

/** The call alone, and then among strangers. */
async function attack(pair, { seconds, perSecond, frames }) {
  const calm = await pair.run({ frames, fps, bytes });
  const before = await pair.drops();
  const strangers = fork(file, [String(pair.port), String(perSecond), String(seconds)]);
  const told = once(strangers, 'message');
  const attacked = await pair.run({ frames, fps, bytes });
  const [{ sent, seconds: taken }] = await told;
  const after = await pair.drops();
  const drops = {};
  for (const [reason, count] of Object.entries(after)) {
    if (count > (before[reason] ?? 0)) drops[reason] = count - (before[reason] ?? 0);
  }
  return { frames, calm, attacked, drops, sent, perSecond: sent / taken };
}

function report(subject, perSecond, runs, costs, emit) {
  const total = (of) => runs.reduce((sum, run) => sum + of(run), 0);
  const drops = {};
  for (const run of runs)
    for (const [reason, count] of Object.entries(run.drops)) drops[reason] = (drops[reason] ?? 0) + count;
  const arrived = Object.values(drops).reduce((sum, count) => sum + count, 0);
  const calmS = median(runs.map(({ calm }) => calm.receiveS));
  const attackedS = median(runs.map(({ attacked }) => attacked.receiveS));
  const perDatagram = ((attackedS - calmS) * 1e6 * runs.length) / Math.max(1, arrived);
  costs.set(subject, perDatagram);
  const p = (which) => summary(runs.flatMap((run) => run[which].latencies));
  emit({
    what: 'hostile',
    subject,
    frameBytes: bytes,
    strangersPerSecond: perSecond,
    reached: Math.round(median(runs.map((run) => run.perSecond))),
    sent: total(({ sent }) => sent),
    arrived,
    frames: total(({ frames }) => frames),
    framesLost: {
      calm: total(({ frames, calm }) => frames - calm.latencies.length),
      attacked: total(({ frames, attacked }) => frames - attacked.latencies.length),
    },
    latencyMs: { calmP50: p('calm').p50, attackedP50: p('attacked').p50, attackedP99: p('attacked').p99 },
    receiverCpuS: { calm: round(calmS, 3), attacked: round(attackedS, 3) },
    microsPerStranger: round(perDatagram),
    ratioToDgram: round(perDatagram / costs.get('dgram')),
    drops,
  });
}
