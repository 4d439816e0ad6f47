import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { millis } from '@hellohaybye/core';
import { startSignalingServer } from '../server/start-server.js';
import type { SignalingServer } from '../server/options.js';
import { sampleMedia } from '../test-support/media.js';
import { RawClient } from '../test-support/raw-client.js';
import { connectSignaling, type ConnectOptions } from './connect.js';
import type { SignalingClient } from './signaling-client.js';

let server: SignalingServer;
let relay: Relay;
const open: { close(): unknown }[] = [];
const start = (port = 0) => startSignalingServer({ host: '127.0.0.1', port, closeTimeout: millis(50) });

beforeEach(async () => {
  server = await start();
  relay = await startRelay(server.port);
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  await server.close();
});

async function connect(name: string, options: Partial<ConnectOptions> = {}): Promise<SignalingClient> {
  const policy = { first: millis(10), longest: millis(50) };
  // Only anna's line can be cut.
  const url = name === 'anna' ? relay.url : server.url;
  const client = await connectSignaling({ url, name, reconnect: policy, ...options });
  open.push(client);
  return client;
}

/** Every event of a client by name, from now on. */
function record(client: SignalingClient): string[] {
  const names = [
    'joined',
    'updated',
    'left',
    'removed',
    'resumed',
    'rejoined',
    'disconnected',
    'closed',
    'missed',
  ] as const;
  const seen: string[] = [];
  for (const name of names) client.on(name, () => seen.push(name));
  return seen;
}

describe('a client whose connection breaks', () => {
  it('resumes, and nobody has seen it leave', async () => {
    const [anna, ben] = [await connect('anna'), await connect('ben')];
    await anna.join('lobby', sampleMedia());
    await ben.join('lobby', sampleMedia());
    const [id, seenByBen] = [anna.id, record(ben)];
    const resumed = once(anna, 'resumed');
    relay.cut();
    expect(await resumed).toEqual([{ id }]);
    anna.update({ state: { muted: true } });
    expect(await once(ben, 'updated')).toMatchObject([{ id, state: { muted: true } }]);
    expect(seenByBen).toEqual(['updated']);
    expect([anna.room, anna.isConnected]).toEqual(['lobby', true]);
  });

  it('learns what it missed, once', async () => {
    const [anna, ben] = [await connect('anna'), await connect('ben')];
    await anna.join('lobby', sampleMedia());
    const seen = record(anna);
    const gone = once(anna, 'disconnected');
    relay.cut();
    await gone;
    const joining = ben.join('lobby', sampleMedia());
    await once(anna, 'joined');
    await joining;
    expect(seen.filter((name) => name === 'joined')).toEqual(['joined']);
  });

  it('learns who called while it was away, once', async () => {
    const [anna, ben] = [await connect('anna'), await connect('ben')];
    const seen = record(anna);
    const gone = once(anna, 'disconnected');
    relay.cut();
    await gone;
    relay.hold();
    const { invitations } = await ben.invite('anna', { media: sampleMedia() });
    await ben.cancel(invitations[0]!.id);
    relay.release();
    const [missed] = (await once(anna, 'missed')) as [{ id: string; from: { name: string } }];
    expect(missed).toMatchObject({ id: invitations[0]!.id, from: { name: 'ben' } });
    const back = once(anna, 'resumed');
    relay.cut();
    await back;
    expect(seen.filter((name) => name === 'missed')).toEqual(['missed']);
  });

  it('carries out what was asked for in between', async () => {
    const anna = await connect('anna');
    relay.cut();
    await once(anna, 'disconnected');
    expect(await anna.join('lobby', sampleMedia())).toMatchObject({ self: { name: 'anna' } });
  });

  it('goes where locate says', async () => {
    const other = await start();
    open.push(other);
    const anna = await connect('anna', { locate: () => Promise.resolve(other.url) });
    await anna.join('lobby', sampleMedia());
    relay.cut();
    await once(anna, 'rejoined');
    const ben = await connect('ben', { url: other.url });
    expect(await ben.join('lobby', sampleMedia())).toMatchObject({ participants: [{ id: anna.id }] });
  });

  it('is in its room again on a server that was started anew, as the one it was', async () => {
    const [anna, ben] = [await connect('anna'), await connect('ben')];
    await anna.join('lobby', sampleMedia());
    await ben.join('lobby', sampleMedia());
    const before = [anna.id, anna.instance];
    const seen = record(ben);
    const back = [once(anna, 'rejoined'), once(ben, 'rejoined')];
    const { port } = server;
    await server.close();
    server = await start(port);
    await Promise.all(back);
    while (ben.inside?.participants[0]?.id !== anna.id) await once(ben, 'updated');
    expect(anna.instance).toBe(before[1]);
    expect(anna.id).not.toBe(before[0]);
    expect(seen.filter((name) => name === 'left' || name === 'joined')).toEqual([]);
  });

  it('keeps its name among others of that name, whoever comes back first', async () => {
    let others: Promise<unknown> = Promise.resolve();
    const locate = async () => {
      await others;
      return server.url;
    };
    const names = ['pi', 'pi (2)', 'pi (3)'];
    const [first, second, third] = [
      await connect('pi', { locate }),
      await connect('pi'),
      await connect('pi'),
    ];
    for (const [at, client] of [first, second, third].entries())
      expect(await client.join('lobby', sampleMedia())).toMatchObject({ self: { name: names[at] } });
    others = Promise.all([once(third, 'rejoined'), once(second, 'rejoined')]);
    const back = once(first, 'rejoined');
    const { port } = server;
    await server.close();
    server = await start(port);
    await back;
    expect([first, second, third].map(({ name }) => name)).toEqual(names);
    expect(first.inside?.participants.map(({ name }) => name).sort()).toEqual(names.slice(1));
  });
});

describe('a client that is turned away', () => {
  it('does not come back when it was removed', async () => {
    const anna = await connect('anna');
    const seen = record(anna);
    const errors: string[] = [];
    anna.on('error', ({ code }) => errors.push(code));
    const closed = new Promise((resolve) => anna.once('closed', resolve));
    server.removeParticipant(anna.id);
    expect(await closed).toMatchObject({ code: 1008, reason: 'removed' });
    expect(errors).toEqual(['removed']);
    expect(seen).toEqual(['closed']);
    await expect(anna.who()).rejects.toMatchObject({ code: 'not-connected' });
  });

  it('waits for a server that drains to be over, and comes back to the next', async () => {
    const anna = await connect('anna');
    await anna.join('lobby', sampleMedia());
    await server.close();
    const refused: string[] = [];
    const { port } = server;
    const observer = { refused: (code: string) => void refused.push(code) };
    server = await startSignalingServer({ host: '127.0.0.1', port, observer, drainDelay: millis(300) });
    const [draining, back] = [server.close(), once(anna, 'rejoined')];
    await draining;
    expect(refused).toContain('server-draining');
    server = await start(port);
    await back;
    expect(anna.room).toBe('lobby');
  });
});

describe('a session', () => {
  const key = 'k'.repeat(32);
  const hello = (fields: object) => ({ type: 'hello', requestId: 1, version: 1, name: 'anna', ...fields });
  async function raw(fields: object) {
    const client = await RawClient.open(server.url);
    open.push({ close: () => client.socket.terminate() });
    client.send(hello(fields));
    return { client, reply: await client.next() };
  }
  const tokenOf = (reply: object) => (reply as { token: string }).token;

  it('is taken over from a connection that is half open', async () => {
    const first = await raw({ instanceKey: key });
    const second = await raw({ instanceKey: key, token: tokenOf(first.reply) });
    expect(second.reply).toMatchObject({
      type: 'welcome',
      resumed: { incoming: [], outgoing: [], ended: [] },
    });
    expect(await first.client.next()).toMatchObject({ code: 'session-taken-over' });
    expect(await first.client.closed).toBe(4001);
  });

  it('is refused to who has the token of another', async () => {
    const { reply } = await raw({ instanceKey: key });
    const eve = await raw({ instanceKey: 'e'.repeat(32), token: tokenOf(reply) });
    expect(eve.reply).toMatchObject({ type: 'error', code: 'foreign-session' });
  });

  it('is refused to a token that was used and to one that never was', async () => {
    const first = await raw({ instanceKey: key });
    const second = await raw({ instanceKey: key, token: tokenOf(first.reply) });
    second.client.send({ type: 'confirm', requestId: 2 });
    await second.client.next();
    for (const token of [tokenOf(first.reply), 'f'.repeat(32)]) {
      const replay = await raw({ instanceKey: key, token });
      expect(replay.reply).toMatchObject({ type: 'error', code: 'unknown-session' });
    }
  });

  it('shows its token and key to nobody else', async () => {
    const anna = await raw({ instanceKey: key });
    const ben = await raw({ name: 'ben' });
    ben.client.send({ type: 'who', requestId: 2 });
    const people = JSON.stringify(await ben.client.next());
    expect(people).toContain('anna');
    for (const secret of [key, tokenOf(anna.reply)]) expect(people).not.toContain(secret);
    expect(tokenOf(anna.reply)).toMatch(/^[\da-f]{32}$/);
  });
});

describe('a call', () => {
  const entry = { media: sampleMedia() };

  it('rings, is accepted, and ends when one hangs up', async () => {
    const [anna, ben] = [await connect('anna'), await connect('ben')];
    const invited = once(ben, 'invited');
    const { invitations } = await anna.invite('ben', entry);
    await once(anna, 'ringing');
    const [invitation] = (await invited) as [{ id: string }];
    expect(invitation.id).toBe(invitations[0]!.id);
    const ended = once(anna, 'ended');
    const joined = once(anna, 'joined');
    expect(await ben.accept(invitation.id, entry)).toMatchObject({ call: true });
    expect(await ended).toMatchObject([{ outcome: 'accepted', direction: 'outgoing' }]);
    expect(await joined).toMatchObject([{ name: 'ben' }]);
    const over = once(anna, 'removed');
    await ben.bye();
    expect(await over).toMatchObject([{ reason: 'call-ended' }]);
    expect([anna.inside, ben.inside]).toEqual([undefined, undefined]);
  });

  it('is one when both invite each other at once', async () => {
    const [anna, ben] = [await connect('anna'), await connect('ben')];
    await Promise.all([anna.invite('ben', entry), ben.invite('anna', entry)]);
    while (anna.inside?.participants.length !== 1) await once(anna, 'joined');
    while (ben.inside?.participants.length !== 1) await once(ben, 'joined');
    expect(anna.room).toBe(ben.room);
    expect([...anna.invitations('outgoing'), ...ben.invitations('outgoing')]).toEqual([]);
  });

  it('is declined with a reason, and refused to who is busy', async () => {
    const [anna, ben, carl] = [await connect('anna'), await connect('ben'), await connect('carl')];
    const rings = once(ben, 'invited');
    await anna.invite('ben', entry);
    const [{ id }] = (await rings) as [{ id: string }];
    const missed = once(anna, 'missed');
    const busy = once(carl, 'ended');
    await carl.invite('anna', entry);
    expect(await busy).toMatchObject([{ outcome: 'busy' }]);
    expect(await missed).toMatchObject([{ from: { name: 'carl' } }]);
    const declined = once(anna, 'ended');
    await ben.decline(id, 'in a meeting');
    expect(await declined).toMatchObject([{ outcome: 'declined', reason: 'in a meeting' }]);
  });

  it('says who is meant when a name is not enough', async () => {
    const anna = await connect('anna');
    const others = [await connect('ben'), await connect('ben')];
    await expect(anna.invite('ben', entry)).rejects.toMatchObject({
      code: 'ambiguous-name',
      hint: expect.stringContaining(others[0]!.id) as string,
    });
    await expect(anna.invite('zoe', entry)).rejects.toMatchObject({ code: 'nobody-there' });
    await expect(anna.invite('anna', entry)).rejects.toMatchObject({ code: 'bad-invitation' });
    await expect(anna.invite(others[1]!.id)).rejects.toMatchObject({ code: 'media-missing' });
    expect(await anna.invite(others[1]!.id, entry)).toMatchObject({ inside: { call: true } });
  });

  it('moves to a room with everybody in it', async () => {
    const [anna, ben, carl] = [await connect('anna'), await connect('ben'), await connect('carl')];
    await carl.join('lobby', sampleMedia());
    const rings = once(ben, 'invited');
    await anna.invite('ben', entry);
    await ben.accept(((await rings) as [{ id: string }])[0].id, entry);
    const [moved, seen] = [once(ben, 'moved'), record(ben)];
    expect(await anna.move('lobby')).toMatchObject({ room: 'lobby', call: false });
    expect(await moved).toMatchObject([{ room: 'lobby' }]);
    expect(ben.inside?.participants.map(({ name }) => name).sort()).toEqual(['anna', 'carl']);
    expect(seen).toEqual(['joined']);
  });

  it('is seen as busy by those who watch', async () => {
    const [anna, carl] = [await connect('anna'), await connect('carl')];
    await connect('ben');
    const { people } = await carl.who({ watch: true });
    expect(people.map(({ name, state }) => [name, state])).toEqual([
      ['anna', {}],
      ['carl', {}],
      ['ben', {}],
    ]);
    let seen = people;
    const busy = new Promise<void>((resolve) =>
      carl.on('people', (all) => {
        seen = all.people;
        if (seen.some(({ state }) => state.busy === true)) resolve();
      }),
    );
    await anna.invite('ben', entry);
    await busy;
    expect(seen.find(({ state }) => state.busy)).toMatchObject({ id: anna.id });
  });
});

interface Relay {
  url: string;
  /** Breaks all connections off. */
  cut(): void;
  /** Lets nobody through until it is released. */
  hold(): unknown;
  release(): unknown;
}

/** Passes TCP connections on to a port, and breaks them off without a goodbye when it is told to. */
async function startRelay(port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let held = false;
  const tcp = createServer((near) => {
    if (held) return near.on('error', () => {}).destroy();
    const far = connectTcp(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  open.push({
    close: () => {
      cut();
      tcp.close();
    },
  });
  const url = `ws://127.0.0.1:${(tcp.address() as AddressInfo).port}`;
  return { url, cut, hold: () => (held = true), release: () => (held = false) };
}
