import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { micros, seconds } from '@hellohaybye/core';
import { defaultTakeoverPolicy, Takeover } from './takeover.js';

const at = seconds(100);
const after = (span: number) => micros(at + seconds(span));

describe('who hosts when a host is gone', () => {
  const loss = { roster: ['ben', 'dora', 'anna', 'carl'], hostedBy: 'anna', at };

  it('is the next by instance, at once, and then the next one every three seconds', () => {
    const takeover = new Takeover(loss);
    expect(takeover.hosts(at)).toEqual(['ben']);
    expect(takeover.hosts(after(2.9))).toEqual(['ben']);
    expect(takeover.hosts(after(3))).toEqual(['ben', 'carl']);
    expect(takeover.hosts(after(6))).toEqual(['ben', 'carl', 'dora']);
    expect(takeover.turnOf('carl')).toBe(after(3));
    expect(takeover.turnOf('eve')).toBeUndefined();
  });

  it('is the one who hosted before when nobody else does', () => {
    expect(new Takeover(loss).hosts(after(60)).at(-1)).toBe('anna');
    expect(new Takeover({ ...loss, roster: ['anna'] }).turnOf('anna')).toBe(at);
  });

  it('is nobody for ten seconds after a server that ran for its own sake', () => {
    const takeover = new Takeover({ ...loss, hostedBy: undefined });
    expect(takeover.hosts(after(9.9))).toEqual([]);
    expect(takeover.hosts(after(10))).toEqual(['anna']);
  });

  it('does not depend on whether the one who hosted has been seen to leave', () => {
    const without = new Takeover({ ...loss, roster: ['carl', 'ben', 'dora'] });
    expect(without.hosts(after(6))).toEqual(new Takeover(loss).hosts(after(6)));
  });
});

describe('everybody', () => {
  it('comes to the same host, whichever of them are lost in which order', () => {
    const people = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{4}$/), { minLength: 2, maxLength: 8 });
    const orders = people.chain((all) =>
      fc.record({
        all: fc.constant(all),
        losses: fc.shuffledSubarray(all, { minLength: 1, maxLength: all.length - 1 }),
        seed: fc.infiniteStream(fc.nat(1_000_000)),
      }),
    );
    fc.assert(
      fc.property(orders, ({ all, losses, seed }) => {
        let alive = [...all];
        let hostedBy = losses[0]!;
        for (const lost of losses) {
          alive = alive.filter((one) => one !== lost);
          // Who does not host takes nothing from anybody.
          if (lost === hostedBy) hostedBy = electedBy(alive, all, hostedBy, seed);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Who comes to host among those that are alive; each knows the roster in another order, and notices at another time. */
function electedBy(alive: string[], all: string[], hostedBy: string, seed: Iterator<number>): string {
  const elections = alive.map((self) => {
    const noticed = micros(at + ((seed.next().value as number) % defaultTakeoverPolicy.turn));
    const roster = [...all].sort(() => ((seed.next().value as number) % 2) - 0.5);
    return { self, takeover: new Takeover({ roster, hostedBy, at: noticed }) };
  });
  const turns = elections.map(({ self, takeover }) => ({ self, turn: takeover.turnOf(self)! }));
  const [first] = turns.sort((one, other) => one.turn - other.turn);
  // Everybody looks for it there, at the latest when it has begun and a turn's time has passed.
  const later = micros(first!.turn + defaultTakeoverPolicy.turn);
  for (const { takeover } of elections) expect(takeover.hosts(later)).toContain(first!.self);
  const ranks = elections.map(({ takeover }) => alive.filter((one) => one !== hostedBy).sort((one, other) => takeover.turnOf(one)! - takeover.turnOf(other)!)[0]); // prettier-ignore
  expect(new Set(ranks).size).toBe(1);
  expect(first!.self).toBe(ranks[0]);
  return first!.self;
}
