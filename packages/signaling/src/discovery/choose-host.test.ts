import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { micros } from '@hellohaybye/core';
import { chooseHost, compareHosts, successor, type HostRank } from './choose-host.js';

const host = (id: string, since: number, kind: HostRank['kind'] = 'participant'): HostRank => {
  return { id, since: micros(since), kind };
};
const hexadecimal = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 1, maxLength });
const anyHost = fc.record({
  id: hexadecimal(2),
  since: fc.nat(3).map(micros),
  kind: fc.constantFrom('server' as const, 'participant' as const),
  ...{ pin: fc.constantFrom('a pin', undefined) },
}) as fc.Arbitrary<HostRank>;

describe('chooseHost', () => {
  it('takes the older', () => expect(chooseHost([host('a', 2), host('b', 1)])?.id).toBe('b'));
  it('takes the lower id of two that are as old', () =>
    expect(chooseHost([host('b', 1), host('a', 1)])?.id).toBe('a'));
  it('takes a server before a participant, however young', () =>
    expect(chooseHost([host('a', 1), host('b', 9, 'server')])?.id).toBe('b'));
  it('takes one with TLS before one without, of whatever kind', () =>
    expect(chooseHost([host('a', 1, 'server'), { ...host('b', 9), pin: 'x' }])?.id).toBe('b'));
  it('takes nobody for another than himself', () =>
    expect(compareHosts(host('a', 1), host('a', 2, 'server'))).toBe(0));
  it('has nobody to take of none', () => expect(chooseHost([])).toBeUndefined());

  it('comes to the same for everybody, in whatever order they heard of the hosts', () => {
    const shuffled = fc
      .uniqueArray(anyHost, { selector: ({ id }) => id, minLength: 1 })
      .chain((hosts) =>
        fc.tuple(fc.constant(hosts), fc.shuffledSubarray(hosts, { minLength: hosts.length })),
      );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(chooseHost(one)?.id).toBe(chooseHost(other)?.id);
      }),
    );
  });

  it('ends with one, whichever two meet first', () => {
    // Parts of a network that meet two by two: who loses a meeting is gone.
    fc.assert(
      fc.property(fc.uniqueArray(anyHost, { selector: ({ id }) => id, minLength: 2 }), (hosts) => {
        const last = hosts.reduce((winner, next) => chooseHost([next, winner])!);
        expect(last.id).toBe(chooseHost(hosts)?.id);
      }),
    );
  });

  it('orders totally', () => {
    fc.assert(
      fc.property(anyHost, anyHost, (one, other) => {
        expect(Math.sign(compareHosts(one, other))).toBe(0 - Math.sign(compareHosts(other, one)));
      }),
    );
  });
});

describe('successor', () => {
  const roster = ['anna', 'ben', 'carl'].map((id) => ({ id }));

  it('is who came first of those that are left', () => {
    expect(successor(roster, 'anna')?.id).toBe('ben');
    expect(successor(roster, 'ben')?.id).toBe('anna');
    expect(successor(roster, ['anna', 'ben'])?.id).toBe('carl');
    expect(successor(roster, 'the server')?.id).toBe('anna');
    expect(successor(roster, ['carl', 'ben', 'anna'])).toBeUndefined();
  });

  it('is the same for those who have not noticed everybody’s leaving yet', () => {
    fc.assert(
      fc.property(fc.uniqueArray(hexadecimal(16), { minLength: 2 }), fc.nat(), (ids, pick) => {
        const all = ids.map((id) => ({ id }));
        const gone = ids[pick % ids.length]!;
        const next = successor(all, gone);
        expect(next?.id).toBe(
          successor(
            all.filter(({ id }) => id !== gone),
            'anybody',
          )?.id,
        );
        expect(next?.id).not.toBe(gone);
      }),
    );
  });
});
