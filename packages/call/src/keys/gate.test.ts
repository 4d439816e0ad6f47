import { EventEmitter } from 'node:events';
import { systemClock } from '@hellohaybye/core/node';
import type { Participant } from '@hellohaybye/signaling';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Gate } from './gate.js';
import type { KeyWiring } from './key-exchange.js';
import type { Judgement } from './security.js';

/** Somebody with a gate: keys go through what stands for the server, and end where the transport would take them. */
class Side {
  readonly client: EventEmitter;
  readonly notices: string[] = [];
  readonly expelled: string[] = [];
  judge: (name: string) => Judgement = () => ({ verdict: 'new', admitted: true });
  met: (name: string) => Judgement = () => ({ verdict: 'known', admitted: true });
  readonly gate: Gate;

  constructor(readonly instance: string) {
    sides.set(instance, this);
    const client = Object.assign(new EventEmitter(), {
      instance,
      sendKey: (to: string, data: string) =>
        void setImmediate(() => sides.get(to)?.client.emit('key', { from: instance, data })),
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
      security: { judge: (name) => this.judge(name), met: (name) => this.met(name) },
      sayKey: () => undefined,
      onChanged: () => undefined,
      onExpelled: (id) => this.expelled.push(id),
      onNotice: (code) => this.notices.push(code),
    });
    this.gate.enter('tea', { by: 'joining' });
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
const refused: Judgement = { verdict: 'changed', admitted: false, reason: 'another key' };

describe('a gate', () => {
  afterEach(() => {
    for (const { gate } of sides.values()) gate.leave();
    sides.clear();
  });

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
