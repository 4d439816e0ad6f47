// What others notice of somebody's bad input: the latency of the messages among them, with it and without.
import { round } from '../lib.mjs';
import { start, startAttack, stop } from './processes.mjs';

const kinds = [
  'malformed JSON',
  'wrong types',
  'unknown versions',
  '10 MB messages',
  'silent connections',
  'half-open connections',
];

/** One line a kind: the 99th percentile without and with it, medians over the turns, and the median ratio within a turn. */
export async function measureBadInput({ turns, seconds }) {
  const pair = await start('limited');
  const attack = await startAttack(pair.port);
  const calm = () => pair.load({ do: 'pace', seconds, perS: 2000 });
  await pair.load({ do: 'enter', rooms: 200, people: 10 });
  await calm();
  const seen = new Map(kinds.map((kind) => [kind, []]));
  for (const kind of kinds) await attack.load({ do: 'attack', kind, seconds: seconds / 2 });
  for (let turn = 0; turn < turns; turn += 1) {
    for (const kind of kinds) {
      const before = await calm();
      const [during, { sent }] = await Promise.all([calm(), attack.load({ do: 'attack', kind, seconds })]);
      seen
        .get(kind)
        .push({ sent, without: before.p99Ms, with: during.p99Ms, ratio: during.p99Ms / before.p99Ms });
    }
  }
  await stop(pair);
  await stop(attack);
  return kinds.map((kind) => {
    const of = (field) => round(median(seen.get(kind).map((turn) => turn[field])));
    return {
      bench: 'signaling-bad-input',
      kind,
      sent: of('sent'),
      p99Ms: of('without'),
      p99MsWith: of('with'),
      ratio: of('ratio'),
    };
  });
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
