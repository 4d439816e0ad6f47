import { EventEmitter } from 'node:events';
import { systemClock } from '@hellohaybye/core/node';
import type { Participant } from '@hellohaybye/signaling';
import { generateIdentity, isRoomSecret, openRoomSecret } from '@hellohaybye/signaling/keys';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Gate } from './gate.js';
import type { KeyWiring, Way } from './key-exchange.js';
import type { Judgement } from './security.js';

/** Somebody with a gate: keys go through what stands for the server, and end where the transport would take them. */
class Side {
  readonly client: EventEmitter;
  readonly notices: string[] = [];
  readonly messages: string[] = [];
  readonly identity = generateIdentity();
  /** All that it said sealed. */
  readonly said: Buffer[] = [];
  /** Whether what it says gets through. */
  isPassed: (sealed: Buffer) => boolean = () => true;
  readonly expelled: string[] = [];
  judge: (name: string, identity: string) => Judgement = () => admitted;
  met: (name: string, identity: string) => Judgement = () => ({ verdict: 'known', admitted: true });
  readonly gate: Gate;

  constructor(
    readonly instance: string,
    way: Way = { by: 'joining' },
    room = 'tea',
  ) {
    sides.set(instance, this);
    const client = Object.assign(new EventEmitter(), {
      instance,
      sendKey: (to: string, data: string) => {
        const sealed = Buffer.from(data, 'base64url');
        this.said.push(sealed);
        if (this.isPassed(sealed))
          setImmediate(() => sides.get(to)?.client.emit('key', { from: instance, data }));
      },
    });
    const transport = Object.assign(new EventEmitter(), {
      setSendKey: () => undefined,
      setPeerKeys: () => undefined,
      sendSealed: () => undefined,
      packetIndices: () => Promise.resolve([]),
    });
    this.client = client;
    this.gate = new Gate({
      transport: transport as unknown as KeyWiring['transport'],
      client: client as unknown as KeyWiring['client'],
      clock: systemClock,
      security: {
        identity: this.identity,
        judge: (name, identity) => this.judge(name, identity),
        met: (name, identity) => this.met(name, identity),
      },
      sayKey: () => undefined,
      onChanged: () => undefined,
      onExpelled: (id) => this.expelled.push(id),
      onNotice: (code, message) => {
        this.notices.push(code);
        this.messages.push(message);
      },
    });
    this.gate.enter(room, way);
  }

  /** As the others see this one. */
  as(name: string): Participant {
    const media = { candidates: [], ports: {}, streams: [], protection: this.gate.announcement };
    return {
      ...{ id: this.instance, instance: this.instance, name },
      observedAddress: '::1',
      state: {},
      media,
    };
  }
}

const sides = new Map<string, Side>();
const ready = (side: Side, other: Side) =>
  vi.waitFor(() => expect(side.gate.isReady(other.instance)).toBe(true), { timeout: 5000, interval: 5 });
const admitted: Judgement = { verdict: 'new', admitted: true };
const refused: Judgement = { verdict: 'changed', admitted: false, reason: 'another key' };

/** The server tells all of these that all of these are here. */
const introduce = (...all: Side[]) => {
  for (const one of all) for (const other of all) if (other !== one) one.gate.admit(other.as(other.instance));
};
const said = (side: Side, messages: number) =>
  vi.waitFor(() => expect(side.said.length).toBeGreaterThanOrEqual(messages), {
    timeout: 8000,
    interval: 5,
  });
const note = (side: Side, other: Side) => side.gate.viewOf(other.instance).note;
const shut = (side: Side, other: Side) =>
  vi.waitFor(() => expect(note(side, other)).toBe('key not accepted'), { timeout: 5000, interval: 5 });

afterEach(() => {
  for (const { gate } of sides.values()) gate.leave();
  sides.clear();
});

describe('a gate', () => {
  const meet = async () => {
    const [anna, ben] = [new Side('anna'), new Side('ben')];
    expect([anna.gate.admit(ben.as('Ben')), ben.gate.admit(anna.as('Anna'))]).toEqual([true, true]);
    return { anna, ben };
  };

  it('waits for the keys of who is let in, and of nobody else', async () => {
    const { anna, ben } = await meet();
    expect([anna.gate.isAwaited('ben'), anna.gate.isReady('ben')]).toEqual([true, false]);
    await Promise.all([ready(anna, ben), ready(ben, anna)]);
    expect([anna.gate.isAwaited('ben'), anna.gate.isAwaited('carl')]).toEqual([false, false]);
    anna.judge = () => refused;
    anna.gate.admit(ben.as('Carl'));
    expect(anna.gate.isAwaited('ben')).toBe(false);
  });

  it('that lets somebody in no more, and then again, waits for their key again', async () => {
    const { anna, ben } = await meet();
    await ready(anna, ben);
    anna.judge = () => refused;
    expect(anna.gate.admit(ben.as('Carl'))).toBe(false);
    expect(anna.gate.isReady('ben')).toBe(false);
    anna.judge = () => ({ verdict: 'new', admitted: true });
    expect(anna.gate.admit(ben.as('Ben'))).toBe(true);
    expect(anna.gate.isReady('ben')).toBe(false);
    await ready(anna, ben);
  });

  it('that learns from a key whose it is, and refuses it, is not ready for them', async () => {
    const { anna, ben } = await meet();
    await ready(anna, ben);
    // The same under another name: what is thought of it shows once it has proved to hold its key.
    anna.met = () => refused;
    anna.gate.remove('ben');
    anna.gate.admit(ben.as('Carl'));
    await vi.waitFor(() => expect(anna.expelled).toEqual(['ben']), { timeout: 5000, interval: 5 });
    expect(anna.gate.isReady('ben')).toBe(false);
    expect(anna.notices).toContain('not-let-in');
  });
});

describe('a gate where two go by one name', () => {
  const heard = (side: Side, other: Side) =>
    vi.waitFor(() => expect(side.gate.hears(other.instance)).toBe(true), { timeout: 5000, interval: 5 });
  /** Whoever is met first has the name. */
  const keepNames = (side: Side) => {
    const names = new Map<string, string>();
    side.judge = (name, identity) => ((names.get(name) ?? identity) === identity ? admitted : refused);
    side.met = (name, identity) => {
      if (!names.has(name)) names.set(name, identity);
      return side.judge(name, identity);
    };
  };

  it('ties it to the first key that is shown to be held, and takes nothing of the other one', async () => {
    const [anna, ben, mallory] = [new Side('anna'), new Side('ben'), new Side('mallory')];
    keepNames(anna);
    // Anna's key does not get there: so it never comes that it is held.
    mallory.client.removeAllListeners('key');
    anna.gate.admit(mallory.as('Ben'));
    mallory.gate.admit(anna.as('Anna'));
    await heard(anna, mallory);
    expect(anna.gate.isReady('mallory')).toBe(false);
    expect(anna.gate.admit(ben.as('Ben'))).toBe(false);
    ben.gate.admit(anna.as('Anna'));
    expect([anna.gate.hears('mallory'), anna.gate.hears('ben')]).toEqual([true, false]);
    expect(anna.notices).toEqual(['not-let-in']);
  });

  it('lets nobody stay who is called so since they were met, when somebody else shows it to be theirs', async () => {
    const [anna, ben, carl] = [new Side('anna'), new Side('ben'), new Side('carl')];
    keepNames(anna);
    introduce(anna, carl);
    await ready(anna, carl);
    expect(anna.gate.admit(carl.as('ben'))).toBe(true);
    expect(anna.gate.hears('carl')).toBe(true);
    anna.gate.admit(ben.as('ben'));
    ben.gate.admit(anna.as('anna'));
    await ready(anna, ben);
    expect([anna.gate.hears('carl'), anna.gate.isReady('carl'), anna.expelled]).toEqual([
      false,
      false,
      ['carl'],
    ]);
    expect(anna.notices).toEqual(['not-let-in']);
  });
});

describe('a gate of a call', () => {
  const calling: Way = { by: 'calling' };
  const named = (name: string) => ({ instance: name, name });
  const invitedBy = (from: string): Way => ({ by: 'invitation', from: named(from) });
  const called = async () => {
    const [anna, ben] = [new Side('anna', calling, 'call:1'), new Side('ben', invitedBy('anna'), 'call:1')];
    anna.gate.invite(named('ben'));
    introduce(anna, ben);
    await Promise.all([ready(anna, ben), ready(ben, anna)]);
    return { anna, ben };
  };

  it('is for whom somebody in it has invited, and for nobody whom the server puts there', async () => {
    const { anna, ben } = await called();
    const carl = new Side('carl', invitedBy('ben'), 'call:1');
    // Ghosts, of which each says otherwise how it came. The last one says that anna has invited it.
    const ghosts = [
      new Side('dora', { by: 'joining' }, 'call:1'),
      new Side('emil', calling, 'call:1'),
      new Side('finn', invitedBy('anna'), 'call:1'),
    ];
    ben.gate.invite(named('carl'));
    introduce(anna, ben, carl, ...ghosts);
    await Promise.all([ready(anna, carl), ready(ben, carl), ready(carl, anna), ready(carl, ben)]);
    for (const member of [anna, ben, carl]) {
      for (const ghost of ghosts.slice(0, 2)) await Promise.all([shut(member, ghost), shut(ghost, member)]);
      for (const ghost of ghosts) {
        expect([member.gate.isReady(ghost.instance), ghost.gate.isReady(member.instance)]).toEqual([
          false,
          false,
        ]);
      }
      expect(member.notices).toContain('not-authenticated');
    }
  });

  it('takes the secret from who has invited us alone, however long it takes', async () => {
    const ben = new Side('ben', invitedBy('anna'), 'call:1');
    const [anna, mallory] = [new Side('anna', calling, 'call:1'), new Side('mallory', calling, 'call:1')];
    mallory.gate.invite(named('ben'));
    const heard: string[] = [];
    ben.client.on('key', ({ from }: { from: string }) => heard.push(from));
    introduce(anna, ben, mallory);
    await vi.waitFor(() => expect(heard.filter((one) => one === 'mallory').length).toBeGreaterThan(3), 5000);
    expect([note(ben, anna), note(ben, mallory)]).toEqual(['exchanging keys', 'exchanging keys']);
    expect(ben.notices).toEqual([]);
    expect([ben.gate.isAwaited('anna'), ben.gate.isReady('mallory')]).toEqual([true, false]);
    anna.gate.invite(named('ben'));
    await Promise.all([ready(ben, anna), ready(anna, ben)]);
    expect(ben.gate.isReady('mallory')).toBe(false);
  });

  it('hands the secret to whom was invited by name, and to nobody who stands in their place under another', async () => {
    const [anna, ben] = [new Side('anna', calling, 'call:1'), new Side('ben', invitedBy('anna'), 'call:1')];
    anna.gate.invite(named('ben'));
    anna.gate.admit(ben.as('zoe'));
    ben.gate.admit(anna.as('anna'));
    await said(anna, 3);
    expect(anna.said.some(isRoomSecret)).toBe(false);
    // A number is the server's to put there.
    anna.gate.admit(ben.as('Ben (2)'));
    await Promise.all([ready(anna, ben), ready(ben, anna)]);
  });

  it('takes the secret from who has called, and from nobody who stands in their place under another name', async () => {
    const [anna, ben] = [new Side('anna', calling, 'call:1'), new Side('ben', invitedBy('anna'), 'call:1')];
    anna.gate.invite(named('ben'));
    anna.gate.admit(ben.as('ben'));
    ben.gate.admit(anna.as('zoe'));
    await said(anna, 6);
    expect([note(ben, anna), ben.notices]).toEqual(['exchanging keys', []]);
    ben.gate.admit(anna.as('anna (2)'));
    await Promise.all([ready(anna, ben), ready(ben, anna)]);
  });

  it('says a secret to nobody whose key was another when it was to be sealed', async () => {
    const anna = new Side('anna', calling, 'call:1');
    const [ghost, ben] = [new Side('ben', calling, 'call:1'), new Side('ben', invitedBy('anna'), 'call:1')];
    anna.gate.invite(named('ben'));
    // What is for the ghost is under way when the true one is there.
    anna.gate.admit(ghost.as('zoe'));
    anna.gate.admit(ben.as('ben'));
    ben.gate.admit(anna.as('anna'));
    await Promise.all([ready(anna, ben), ready(ben, anna)]);
    const secrets = anna.said.filter(isRoomSecret);
    const session = (side: Side) => ({ instance: 'ben', ...side.gate.announcement });
    const context = { room: 'call:1', sender: { instance: 'anna', ...anna.gate.announcement } };
    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) {
      const opening = { ...context, receiver: session(ghost), identity: ghost.identity };
      await expect(openRoomSecret(secret, opening)).rejects.toMatchObject({ code: 'not-authenticated' });
    }
  });

  it('whose secret is held back while the server forgets everybody has it as soon as it comes', async () => {
    const [anna, ben] = [new Side('anna', calling, 'call:1'), new Side('ben', invitedBy('anna'), 'call:1')];
    anna.isPassed = () => false;
    anna.gate.invite(named('ben'));
    introduce(anna, ben);
    await said(anna, 3);
    // They have gone, and are back, in whatever order.
    anna.gate.remove('ben');
    introduce(anna, ben);
    anna.isPassed = () => true;
    await Promise.all([ready(anna, ben), ready(ben, anna)]);
  });

  it('without a secret as its inviter has gone tells so, at once', async () => {
    const { anna } = await called();
    const carl = new Side('carl', invitedBy('anna'), 'call:1');
    anna.isPassed = (sealed) => !isRoomSecret(sealed);
    anna.gate.invite(named('carl'));
    introduce(anna, carl);
    await said(anna, 4);
    expect(carl.messages).toEqual([]);
    carl.gate.remove('ben');
    expect(carl.messages).toEqual([]);
    carl.gate.remove('anna');
    expect([carl.notices, carl.messages[0]]).toEqual([
      ['not-secured'],
      expect.stringMatching(/^anna, whose invitation you accepted, went before the secret of this call came/),
    ]);
  });

  it('that goes to a room keeps its secret: who joins that room by name is not let in, who is invited is', async () => {
    const { anna, ben } = await called();
    for (const { gate } of [anna, ben]) gate.enter('board', { by: 'moved', call: false });
    const [carl, dora] = [
      new Side('carl', { by: 'joining' }, 'board'),
      new Side('dora', invitedBy('ben'), 'board'),
    ];
    ben.gate.invite(named('dora'));
    introduce(anna, ben, carl, dora);
    await Promise.all([anna, ben].flatMap((one) => [ready(one, dora), ready(dora, one)]));
    for (const one of [anna, ben]) await Promise.all([shut(one, carl), shut(carl, one)]);
    expect([anna.gate.isReady('carl'), ben.gate.isReady('carl')]).toEqual([false, false]);
  });

  it.each([
    { what: 'from an open room', isOut: false },
    { what: 'from nowhere', isOut: true },
  ])('to which the server alone takes us $what is no open one', async ({ isOut }) => {
    const [anna, ghost] = [new Side('anna'), new Side('ghost', { by: 'joining' }, 'call:1')];
    if (isOut) anna.gate.leave();
    anna.gate.enter('call:1', { by: 'moved', call: true });
    introduce(anna, ghost);
    await Promise.all([shut(anna, ghost), shut(ghost, anna)]);
  });
});
