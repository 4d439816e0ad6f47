import { inspect } from 'node:util';
import { micros, millis, seconds } from '@hellohaybye/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { KeyWorld, openedFrom, type KeyUser } from '../../test-support/key-world.js';
import { KeyAgreement } from './key-agreement.js';
import type { SrtpProfile } from './types.js';

let world: KeyWorld;
let anna: KeyUser, ben: KeyUser, carl: KeyUser;
const ids = (user: KeyUser) => user.sendKeys.map(({ id }) => id);
const acceptedOf = (user: KeyUser, other: KeyUser) =>
  (user.accepted.get(other.member.instance) ?? []).map(({ id }) => id);
const stateAt = (user: KeyUser, other: KeyUser) => user.states.get(other.member.instance);
const cutOff = { loss: 1, twice: 0, delay: 20 };
const whole = { ...cutOff, loss: 0 };

beforeEach(() => {
  world = new KeyWorld();
  [anna, ben, carl] = ['anna', 'ben', 'carl'].map((name) => world.create(name)) as [
    KeyUser,
    KeyUser,
    KeyUser,
  ];
});

const enterAll = (...users: KeyUser[]) => {
  for (const user of users) {
    world.enter(user);
    world.advance(3000);
  }
};

describe('who enters a room', () => {
  it('reads and is read a message later', () => {
    for (const user of [anna, ben, carl]) {
      world.enter(user);
      world.advance(45);
    }
    expect(world.unread()).toEqual([]);
    for (const user of world.users) expect([...user.states.values()]).toEqual(['secured', 'secured']);
  });

  it('gets keys of a step that was not used before, and others who come at once get the same', () => {
    enterAll(anna, ben);
    const before = anna.sendKey;
    const [dora, emil] = [world.create('dora'), world.create('emil')];
    for (const user of [dora, emil]) anna.agreement.join(user.member, world.clock.now());
    world.drain(anna);
    expect(ids(anna)).toEqual(['1.0', '1.1', '1.2']);
    expect(anna.sent.slice(-2).map(({ to }) => to.instance)).toEqual(['dora', 'emil']);
    expect(anna.sent.slice(-2).every(({ message }) => message.step === 2)).toBe(true);
    expect(before.text).not.toBe(anna.sendKey.text);
  });

  it('costs those who are there nothing: they read on before they are told', () => {
    enterAll(anna, ben);
    world.network = cutOff;
    world.enter(carl);
    expect(ben.reads(anna)).toBe(true);
    expect(acceptedOf(ben, anna)).toContain('1.2');
  });

  it('is told to those who are there a second later, once for a whole group', () => {
    enterAll(anna, ben);
    const told = world.told(anna, 'ben').length;
    for (const name of ['dora', 'emil', 'finn']) {
      world.enter(world.create(name));
      world.advance(100);
    }
    expect(world.told(anna, 'ben').length).toBe(told);
    world.advance(1500);
    // The second answers what ben has to tell.
    expect(world.told(anna, 'ben').slice(told)).toEqual(['1.4', '1.4']);
  });

  it('can not be more than others are ahead: then they are told at once', () => {
    enterAll(anna, ben);
    for (let nth = 0; nth < 20; nth++) {
      world.enter(world.create(`guest-${nth}`));
      world.advance(50);
    }
    expect(ben.reads(anna)).toBe(true);
    world.advance(8000);
    expect(world.unread()).toEqual([]);
  });

  it('is asked again with growing waits until the answer is there', () => {
    world.network = cutOff;
    world.enter(anna);
    world.enter(ben);
    world.advance(20_000);
    const at = anna.sent.map((message) => (message.at - anna.sent[0]!.at) / 1000);
    expect(at).toEqual([0, 250, 750, 1750, 3750, 7750, 11_750, 15_750, 19_750]);
    expect(stateAt(anna, ben)).toBe('key-missing');
    world.network = whole;
    world.advance(4100);
    expect(world.unread()).toEqual([]);
    const count = anna.sent.length;
    world.advance(60_000);
    expect(anna.sent.length).toBe(count);
  });
});

describe('who leaves a room', () => {
  it('makes another random key, which is used as soon as all others have it', () => {
    enterAll(anna, ben, carl);
    world.leave(carl);
    expect(anna.sendKey.id).toBe('1.2');
    world.advance(45);
    expect([anna.sendKey.id, ben.sendKey.id]).toEqual(['2.0', '2.0']);
    expect(world.unread()).toEqual([]);
    expect(carl.learnt).not.toContain(anna.sendKey.text);
    expect(acceptedOf(carl, anna)).toEqual([]);
  });

  it('makes it used after a second, though nobody has it', () => {
    enterAll(anna, ben, carl);
    world.network = cutOff;
    world.leave(carl);
    world.advance(999);
    expect(anna.sendKey.id).toBe('1.2');
    world.advance(1);
    expect([anna.sendKey.id, stateAt(anna, ben)]).toEqual(['2.0', 'unheard']);
    world.network = whole;
    world.advance(4100);
    expect([world.unread(), stateAt(anna, ben)]).toEqual([[], 'secured']);
  });

  it('second while a key is waited for has that one too: it is never used, nor is the time put off', () => {
    const dora = world.create('dora');
    enterAll(anna, ben, carl, dora);
    world.network = cutOff;
    world.leave(dora);
    world.advance(700);
    world.leave(carl);
    world.advance(300);
    expect(ids(anna).slice(-2)).toEqual(['1.3', '3.0']);
  });

  it('together with others makes one key', () => {
    enterAll(anna, ben, carl);
    for (const user of [ben, carl]) anna.agreement.drop(user.member.instance, world.clock.now());
    world.drain(anna);
    expect(ids(anna).at(-1)).toBe('2.0');
  });

  it('as another comes: the newcomer gets the next key alone, and none that the one who left has', () => {
    enterAll(anna, ben, carl);
    world.network = cutOff;
    world.leave(carl);
    const dora = world.create('dora');
    world.enter(dora);
    world.advance(0);
    expect(world.told(anna, 'dora')).toEqual(['2.0']);
    world.advance(1000);
    expect(ids(anna).slice(-2)).toEqual(['1.2', '2.0']);
  });

  it('and comes back in another session, begins anew', () => {
    enterAll(anna, ben);
    const again = world.create('ben');
    ben.inside = false;
    world.enter(again);
    world.advance(100);
    expect(world.unread()).toEqual([]);
    expect(ben.learnt).not.toContain(anna.sendKey.text);
    expect(anna.sendKey.id).toBe('2.0');
  });
});

describe('keys of others', () => {
  it('are accepted a second longer than newer ones are used', () => {
    enterAll(anna, ben, carl);
    world.leave(carl);
    world.advance(60);
    expect(acceptedOf(ben, anna)).toContain('1.2');
    expect(acceptedOf(ben, anna)).toContain('2.0');
    world.advance(900);
    expect(acceptedOf(ben, anna)).toContain('1.2');
    world.advance(150);
    expect(acceptedOf(ben, anna)[0]).toBe('2.0');
  });

  it('are accepted two seconds after newer ones were announced, when those are not used', () => {
    enterAll(anna, ben, carl);
    world.silent = true;
    world.leave(carl);
    world.advance(1900);
    expect(acceptedOf(ben, anna)).toContain('1.2');
    world.advance(150);
    expect(acceptedOf(ben, anna)[0]).toBe('2.0');
  });

  it('are accepted eight steps ahead', () => {
    enterAll(anna, ben);
    expect(acceptedOf(ben, anna)).toEqual(Array.from({ length: 9 }, (_, step) => `1.${step + 1}`));
  });

  it('are not driven out by packets of steps to come, which anybody in the room can make', () => {
    enterAll(anna, ben);
    ben.agreement.keyUsed('anna', '1.9', world.clock.now());
    world.drain(ben);
    world.advance(10_000);
    expect([acceptedOf(ben, anna), ben.reads(anna)]).toEqual([expect.arrayContaining(['1.1', '1.9']), true]);
  });

  it('are few, however often somebody changes theirs', () => {
    enterAll(anna, ben);
    for (let epoch = 2; epoch < 50; epoch++) {
      ben.agreement.receive('anna', openedFrom(anna, ben, { epoch, step: 0 }), world.clock.now());
      world.drain(ben);
    }
    expect(acceptedOf(ben, anna).length).toBe(36);
    world.advance(2100);
    expect(acceptedOf(ben, anna).length).toBe(9);
  });

  it('come with how far the packets have come', () => {
    enterAll(anna, ben);
    const indices = [{ ssrc: 7, index: 70_000 }];
    ben.agreement.receive(
      'anna',
      { ...openedFrom(anna, ben, { epoch: 2, step: 0 }), indices },
      world.clock.now(),
    );
    const output = ben.agreement.poll();
    expect(output).toMatchObject({ type: 'peer-keys', peer: 'anna', indices });
  });
});

describe('a message', () => {
  beforeEach(() => enterAll(anna, ben));
  const receive = (change: object, from = 'anna') => {
    const message = openedFrom(anna, ben, { epoch: 5, step: 0 });
    ben.agreement.receive(from, { ...message, ...change }, world.clock.now());
    world.drain(ben);
  };
  const unchanged = () => expect(acceptedOf(ben, anna)[0]).toBe('1.1');
  const { context } = openedFrom(new KeyWorld().create('a'), new KeyWorld().create('b'), {
    epoch: 1,
    step: 0,
  });

  it('of a generation that is over is passed over', () => {
    receive({});
    receive({ epoch: 4 });
    expect([acceptedOf(ben, anna).at(-1), ben.agreement.drops.stale]).toEqual(['5.8', 1]);
  });

  it('of who is not in the room is passed over', () => {
    receive({}, 'carl');
    unchanged();
    expect(ben.agreement.drops.stranger).toBe(1);
  });

  it.each([
    ['another room', () => ({ room: 'attic' })],
    ['another sender', () => ({ sender: carl.member })],
    ['another session of the sender', () => ({ sender: { ...anna.member, session: 'old' } })],
    ['another session of ours', () => ({ receiver: { ...ben.member, session: 'old' } })],
    ['a secret that we do not know of', () => ({ withSecret: true })],
  ])('that was opened for %s is passed over', (_, change) => {
    const right = { ...context, room: 'lobby', sender: anna.member, receiver: ben.member };
    receive({ context: { ...right, ...change() } });
    unchanged();
    expect(ben.agreement.drops.otherContext).toBe(1);
  });

  it('for another profile is passed over, and said so while nothing else came', () => {
    enterAll(carl);
    const dora = world.create('dora');
    anna.agreement.join(dora.member, world.clock.now());
    const message = openedFrom(dora, anna, { epoch: 1, step: 0 });
    anna.agreement.receive('dora', { ...message, profile: 'AES_CM_128_HMAC_SHA1_80' }, world.clock.now());
    world.drain(anna);
    expect([stateAt(anna, dora), acceptedOf(anna, dora)]).toEqual(['other-profile', []]);
  });

  it('that does not open leaves the reason, until one does', () => {
    const dora = world.create('dora');
    anna.agreement.join(dora.member, world.clock.now());
    anna.agreement.rejected('dora', world.clock.now());
    world.drain(anna);
    expect(stateAt(anna, dora)).toBe('not-authenticated');
    anna.agreement.rejected('ben', world.clock.now());
    world.drain(anna);
    expect(stateAt(anna, ben)).toBe('secured');
  });

  it('can not make us believe that a key is held that does not exist', () => {
    const dora = world.create('dora');
    anna.agreement.join(dora.member, world.clock.now());
    const message = openedFrom(dora, anna, { epoch: 1, step: 0 });
    anna.agreement.receive('dora', { ...message, heard: { epoch: 99, step: 0 } }, world.clock.now());
    world.drain(anna);
    expect(stateAt(anna, dora)).toBe('unheard');
  });

  it('that asks is answered five times a second at most, however much the network repeats', () => {
    const count = ben.sent.length;
    for (let epoch = 2; epoch < 30; epoch++) receive({ epoch });
    expect(ben.sent.length - count).toBe(5);
  });

  it('that is repeated is answered once', () => {
    const count = ben.sent.length;
    for (let time = 0; time < 10; time++) receive({});
    expect(ben.sent.length - count).toBe(1);
  });
});

describe('profiles of SRTP', () => {
  const [gcm, cm] = ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const;
  const create = (name: string, ...profiles: SrtpProfile[]) => world.create(name, undefined, profiles);
  const usedBy = (user: KeyUser) => user.sendKeys.map(({ profile }) => profile);

  it('are each one’s own choice where all have both', () => {
    const [dora, emil] = [create('dora', gcm, cm), create('emil', cm, gcm)];
    enterAll(dora, emil);
    expect(world.unread()).toEqual([]);
    expect([dora.sendKey, emil.sendKey].map(({ id, profile }) => [id, profile])).toEqual([
      ['1.1', gcm],
      ['1.1', cm],
    ]);
  });

  it('are another, and so is the epoch, once a newcomer has shown to have no other', () => {
    const [dora, emil, finn] = [create('dora', cm, gcm), create('emil', cm, gcm), create('finn', gcm)];
    enterAll(dora, emil);
    world.enter(finn);
    world.advance(130);
    expect(world.unread()).toEqual([]);
    for (const user of [dora, emil]) {
      expect([user.sendKey.id, user.sendKey.profile]).toEqual(['2.0', gcm]);
      expect([...user.states.values()]).toEqual(['secured', 'secured']);
    }
    expect([...finn.states.values()]).toEqual(['secured', 'secured']);
    // Old keys are over, as they always are.
    world.advance(3000);
    expect(acceptedOf(dora, emil)[0]).toBe('2.0');
  });

  it('stay as they are for somebody who is only said to have no other', () => {
    const [dora, emil] = [create('dora', cm, gcm), create('emil', cm, gcm)];
    enterAll(dora, emil);
    dora.agreement.join(create('ghost', gcm).member, world.clock.now());
    world.drain(dora);
    world.advance(10_000);
    expect([...new Set(usedBy(dora))]).toEqual([cm]);
    expect(emil.reads(dora)).toBe(true);
    expect(stateAt(dora, world.users.at(-1)!)).toBe('key-missing');
  });

  it('are the preferred ones again when who had no other has left', () => {
    const [dora, emil, finn] = [create('dora', cm, gcm), create('emil', cm, gcm), create('finn', gcm)];
    enterAll(dora, emil, finn);
    world.leave(finn);
    world.advance(100);
    expect([dora.sendKey.profile, emil.sendKey.profile, world.unread()]).toEqual([cm, cm, []]);
  });

  it('that leave none for all: who came last gets no key, gives none, and is told of; until it fits', () => {
    const [dora, emil, finn] = [create('dora', cm, gcm), create('emil', cm), create('finn', gcm)];
    enterAll(dora, emil, finn);
    expect(stateAt(dora, finn)).toBe('no-common-profile');
    expect(stateAt(emil, finn)).toBe('no-common-profile');
    expect([acceptedOf(dora, finn), dora.sent.filter(({ to }) => to.instance === 'finn')]).toEqual([[], []]);
    expect([emil.reads(dora), dora.reads(emil), stateAt(dora, emil)]).toEqual([true, true, 'secured']);
    expect(dora.agreement.drops.otherProfile).toBeGreaterThan(0);
    // It costs dora nothing that finn comes or goes.
    const { id } = dora.sendKey;
    world.leave(finn);
    world.enter(finn);
    world.advance(3000);
    expect(dora.sendKey.id).toBe(id);
    const before = new Set(dora.sendKeys.map(({ text }) => text));
    world.leave(emil);
    world.advance(4500);
    expect([stateAt(dora, finn), stateAt(finn, dora), world.unread()]).toEqual(['secured', 'secured', []]);
    expect(dora.sendKey.profile).toBe(gcm);
    expect([...finn.learnt].filter((text) => before.has(text))).toEqual([]);
  });

  it('keep who fits: they are not sent away for one who came before them and fits by now', () => {
    const [dora, emil] = [create('dora', cm, gcm), create('emil', cm)];
    const [finn, greta] = [create('finn', gcm), create('greta', cm)];
    enterAll(dora, emil, finn, greta);
    world.leave(emil);
    world.advance(5000);
    expect([stateAt(dora, greta), stateAt(dora, finn)]).toEqual(['secured', 'no-common-profile']);
  });

  it('of somebody that are said to be others make them begin anew', () => {
    const [dora, emil] = [create('dora', cm, gcm), create('emil', cm, gcm)];
    enterAll(dora, emil);
    dora.agreement.join({ ...emil.member, profiles: [gcm] }, world.clock.now());
    world.drain(dora);
    expect([stateAt(dora, emil), acceptedOf(dora, emil)]).toEqual(['key-missing', []]);
    // What was bound to those that are theirs does not count for these.
    dora.agreement.receive('emil', { ...openedFrom(emil, dora, { epoch: 9, step: 0 }) }, world.clock.now());
    world.drain(dora);
    expect(dora.agreement.drops.otherContext).toBe(1);
    expect(usedBy(dora)).not.toContain(gcm);
  });
});

describe('an old message played again', () => {
  it('is not taken when its sender was away for a while in the same session', () => {
    enterAll(anna, ben, carl);
    const old = openedFrom(anna, ben, { epoch: 1, step: 2 });
    world.leave(carl);
    world.advance(3000);
    ben.agreement.drop('anna', world.clock.now());
    ben.agreement.join(anna.member, world.clock.now());
    ben.agreement.receive('anna', old, world.clock.now());
    world.drain(ben);
    expect([acceptedOf(ben, anna), ben.agreement.drops.stale]).toEqual([[], 1]);
    world.advance(5000);
    expect(world.unread()).toEqual([]);
  });
});

describe('ourselves', () => {
  it('are nobody to share keys with, under whatever name', () => {
    world.enter(anna);
    anna.agreement.join(anna.member, world.clock.now());
    anna.agreement.join({ ...anna.member, instance: 'ghost' }, world.clock.now());
    anna.agreement.join({ ...anna.member, session: 'ghost' }, world.clock.now());
    world.drain(anna);
    expect([anna.sent, ids(anna)]).toEqual([[], ['1.0']]);
  });

  it('in the place of another are nobody there: the keys of who was there go', () => {
    enterAll(anna, ben);
    anna.agreement.join({ ...anna.member, instance: 'ben' }, world.clock.now());
    world.drain(anna);
    expect([acceptedOf(anna, ben), anna.sendKey.id]).toEqual([[], '2.0']);
  });

  it('are somebody in another process', () => {
    enterAll(anna, world.create('anna2', anna.member.identity));
    expect(world.unread()).toEqual([]);
  });

  it('forget all that we had when we leave, and begin anew in another room', () => {
    enterAll(anna, ben);
    world.leave(anna);
    expect([anna.agreement.nextDeadline(), acceptedOf(anna, ben)]).toEqual([undefined, []]);
    anna.agreement.enter('attic', true, world.clock.now());
    world.drain(anna);
    expect(anna.sendKey.id).toBe('2.0');
  });

  it('overwrite the keys that we had', () => {
    const drawn: Uint8Array[] = [];
    const draw = (bytes: number) => {
      drawn.push(new Uint8Array(bytes).fill(0xab));
      return drawn.at(-1)!;
    };
    const agreement = new KeyAgreement({ self: anna.member, random: draw });
    agreement.enter('lobby', false, micros(0));
    expect(agreement.poll()?.type).toBe('send-key');
    agreement.leave(micros(0));
    expect(drawn.length).toBe(2);
    expect(drawn.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  });

  it('have nobody beside us outside of a room', () => {
    expect(() => anna.agreement.join(ben.member, seconds(1))).toThrow(
      expect.objectContaining({ code: 'not-in-room' }),
    );
    anna.agreement.drop('ben', millis(1));
    anna.agreement.keyUsed('ben', '1.0', millis(1));
    expect(anna.agreement.poll()).toBeUndefined();
  });

  it('print and serialise without keys, and so do all outputs', () => {
    const agreement = new KeyAgreement({
      self: anna.member,
      random: (bytes) => new Uint8Array(bytes).fill(0xab),
    });
    agreement.enter('lobby', false, micros(0));
    agreement.join(ben.member, micros(0));
    agreement.receive('ben', openedFrom(ben, anna, { epoch: 1, step: 0 }), micros(0));
    const outputs = [];
    for (let output = agreement.poll(); output; output = agreement.poll()) outputs.push(output);
    expect(outputs.map(({ type }) => type)).toEqual(['peer-keys', 'message', 'send-key', 'waiting']);
    const shown = [agreement, ...outputs].map(
      (one) => inspect(one, { showHidden: true, depth: 9 }) + JSON.stringify(one),
    );
    expect(shown.join()).toContain('[hidden]');
    expect(shown.join()).not.toMatch(/Uint8Array|171|q6ur/);
  });
});
