import { micros, type Micros } from '@hellohaybye/core';
import { expect, it } from 'vitest';
import { Playout } from './playout.js';
import { sineBlock, START } from './playout-testing.js';

const at = (ms: number): Micros => micros(START + ms * 1000);

function playing(...ids: string[]): Playout {
  const playout = new Playout({ sampleRate: 48_000, channels: 1 });
  for (const id of ids) playout.addStream(id);
  for (let index = 0; index < 10; index++) {
    for (const id of ids) {
      playout.push(id, {
        samples: sineBlock(index * 480, 480),
        timestamp: index * 480,
        arrivedAt: at(index * 10),
      });
    }
    playout.pull(480, at(index * 10));
  }
  return playout;
}

it('gives a block of each stream that sounds', () => {
  expect(playing('anna', 'ben').pull(480, at(100))).toHaveLength(2);
});

it('gives nothing while nothing sounds', () => {
  const playout = new Playout({ sampleRate: 48_000, channels: 1 });
  playout.addStream('anna');
  for (let index = 0; index < 10; index++) playout.pull(480, at(index * 10));
  expect(playout.pull(480, at(100))).toEqual([]);
});

it('ignores blocks of streams that it does not have', () => {
  const playout = playing();
  playout.push('anna', { samples: sineBlock(0, 480), timestamp: 0, arrivedAt: at(0) });
  expect(playout.statistics()).toEqual({});
});

it('fades a stream out that is removed, and forgets it', () => {
  const playout = playing('anna');
  playout.removeStream('anna');
  expect(playout.statistics()).toEqual({});
  const rest = [100, 110, 120, 130, 140].flatMap((ms) => playout.pull(480, at(ms)));
  expect(rest).toHaveLength(3);
  expect(Math.max(...rest[0]!)).toBeGreaterThan(5000);
  expect(Math.abs(rest[2]!.at(-1)!)).toBeLessThan(300);
});

it('goes on with a stream that is added twice', () => {
  const playout = playing('anna');
  playout.addStream('anna');
  expect(playout.statistics()['anna']?.played).toBeGreaterThan(0);
});

it('begins anew with a stream that comes again', () => {
  const playout = playing('anna');
  playout.removeStream('anna');
  playout.addStream('anna');
  expect(playout.statistics()['anna']).toMatchObject({ played: 0, buffered: 0 });
});
