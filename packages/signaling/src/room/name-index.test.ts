import { expect, it } from 'vitest';
import { NameIndex } from './name-index.js';
import type { Session } from './session.js';

const session = (id: string, name: string, shown?: string) =>
  ({ id, name, inside: shown === undefined ? undefined : { participant: { name: shown } } }) as Session;

it('people are found by the name that they are shown by, as long as they are', () => {
  const index = new NameIndex();
  const [ben, anna, other] = [session('b', 'Ben'), session('c', 'anna'), session('a', 'Anna')];
  for (const one of [ben, anna, other]) index.set(one);
  expect(index.of('ANNA')).toEqual([other, anna]);
  other.inside = session('a', 'Anna', 'Anna (2)').inside;
  index.set(other);
  expect([index.of('anna'), index.of('anna (2)')]).toEqual([[anna], [other]]);
  index.delete(anna);
  index.delete(anna);
  expect([index.of('anna'), index.of('ben'), index.of('nobody')]).toEqual([[], [ben], []]);
});
