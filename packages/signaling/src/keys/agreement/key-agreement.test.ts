import { beforeEach, describe, expect, it } from 'vitest';
import { KeyWorld, type KeyUser } from '../../test-support/key-world.js';

let world: KeyWorld;
let anna: KeyUser, ben: KeyUser, carl: KeyUser;

beforeEach(() => {
  world = new KeyWorld();
  [anna, ben, carl] = ['anna', 'ben', 'carl'].map((name) => world.create(name)) as [
    KeyUser,
    KeyUser,
    KeyUser,
  ];
});

describe('who enters a room', () => {
  it('reads and is read a message later', () => {
    for (const user of [anna, ben, carl]) {
      world.enter(user);
      world.advance(100);
    }
    expect(world.unread()).toEqual([]);
    for (const user of world.users) expect([...user.states.values()]).toEqual(['secured', 'secured']);
  });
});
