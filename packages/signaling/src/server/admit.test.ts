import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { millis } from '@hellohaybye/core';
import { connectSignaling } from '../client/connect.js';
import { sampleMedia } from '../test-support/media.js';
import { RawClient } from '../test-support/raw-client.js';
import { ServerUnderTest } from '../test-support/server-under-test.js';

let server: ServerUnderTest;
const start = async (options = {}) => (server = await ServerUnderTest.start(options));
afterEach(() => server.close());

describe('limits of a server', () => {
  it('refuse more connections from one address', async () => {
    await start({ limits: { connectionsPerAddress: 2 } });
    const [anna] = [await server.ready('anna', 'lobby'), await server.client()];
    expect(await server.refusal()).toEqual({ status: 429, code: 'too-many-connections' });
    await anna.barrier();
    anna.socket.close();
    await anna.closed;
    await server.ready('anna');
  });

  it('refuse more connections in all', async () => {
    await start({ limits: { connections: 1 } });
    const anna = await server.ready('anna', 'lobby');
    expect(await server.refusal()).toEqual({ status: 503, code: 'server-full' });
    await anna.barrier();
  });

  it('do not count who was refused or failed the handshake', async () => {
    await start({ limits: { connections: 2 }, authorize: () => ({ code: 'bad-token', message: 'no' }) });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await server.refusal()).toMatchObject({ code: 'bad-token' });
    }
    await server.restart({ limits: { connections: 1 } });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const socket = connect(server.port, '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      socket.resume();
      await once(socket, 'close');
    }
    await server.ready('anna');
    expect(server.refused).toContain('bad-handshake');
  });

  it('refuse more people in a room, and more rooms', async () => {
    await start({ limits: { peopleInRoom: 1, rooms: 1 } });
    await server.ready('anna', 'lobby');
    const ben = await server.ready('ben');
    ben.send({ type: 'join', requestId: 7, room: ' lobby ', media: sampleMedia() });
    expect(await ben.next()).toMatchObject({ type: 'error', code: 'room-full', requestId: 7 });
    ben.send({ type: 'join', requestId: 8, room: 'kitchen', media: sampleMedia() });
    expect(await ben.next()).toMatchObject({ type: 'error', code: 'too-many-rooms', requestId: 8 });
  });

  it('refuse more people of a name, who may take another', async () => {
    await start({ limits: { peopleOfOneName: 2 } });
    await server.ready('anna', 'lobby');
    const second = await server.ready('Anna', 'kitchen');
    const third = await server.client();
    const hello = (name: string) => third.send({ type: 'hello', requestId: 1, version: 1, name });
    // Nor does the number help that the server itself would put there.
    for (const name of ['anna', 'ANNA (7)']) {
      hello(name);
      expect(await third.next()).toMatchObject({ type: 'error', code: 'name-in-use', requestId: 1 });
    }
    expect(server.logged('refused')).toMatchObject([{ code: 'name-in-use' }]);
    const told = connectSignaling({ url: server.url, name: 'anna' });
    await expect(told).rejects.toMatchObject({
      code: 'server-refused',
      message: expect.stringContaining('(name-in-use): 2 people are called "anna" already') as string,
    });
    hello('ben');
    expect(await third.next()).toMatchObject({ type: 'welcome' });
    second.socket.close();
    await second.closed;
    await server.ready('anna');
  });

  it('refuse more messages a second, each with its code, and then the client', async () => {
    await start({ limits: { messagesPerSecond: 1, messageBurst: 4 } });
    const anna = await server.ready('anna', 'lobby');
    const eve = await server.ready('eve', 'lobby');
    for (let count = 0; count < 2; count += 1) {
      eve.send({ type: 'update', requestId: 3 });
      expect(await eve.next()).toMatchObject({ type: 'done' });
    }
    for (let count = 0; count < 201; count += 1) eve.send({ type: 'update', requestId: 4 });
    for (let count = 0; count < 201; count += 1) {
      expect(await eve.next()).toMatchObject({ type: 'error', code: 'too-many-messages' });
    }
    expect(await eve.closed).toBe(1008);
    // Two updates, and nothing of all the rest.
    const seen = [await anna.next(), await anna.next(), await anna.next(), await anna.next()];
    expect(seen.map(({ type }) => type)).toEqual([
      'participant-joined',
      'participant-updated',
      'participant-updated',
      'participant-left',
    ]);
    expect(server.logged('refused')).toMatchObject([{ code: 'too-many-messages', address: '127.0.0.1' }]);
  });
});

describe('a web page', () => {
  it('of elsewhere is refused, and others are not', async () => {
    await start();
    expect(await server.refusal({ origin: 'https://evil.example' })).toEqual({
      status: 403,
      code: 'origin-not-allowed',
    });
    await server.client({ origin: `http://127.0.0.1:${server.port}` });
    await server.client({ origin: 'http://localhost:5173' });
    await server.client();
  });

  it('is let in by the list of origins', async () => {
    await start({ origins: ['https://calls.example.org'] });
    await server.client({ origin: 'https://calls.example.org' });
    expect(await server.refusal({ origin: 'http://localhost' })).toMatchObject({ status: 403 });
  });
});

describe('an access token', () => {
  const authorize = (token: string | undefined) => {
    if (token === undefined) return { code: 'token-required', message: 'A token, please' } as const;
    return token === 'sesame' ? undefined : ({ code: 'bad-token', message: 'Wrong token' } as const);
  };

  it('opens the door, in a header or in the URL, and the wrong one does not', async () => {
    await start({ authorize });
    expect(await server.refusal()).toEqual({ status: 401, code: 'token-required' });
    const headers = { authorization: 'Bearer open' };
    expect(await server.refusal({ headers })).toEqual({ status: 401, code: 'bad-token' });
    await server.client({ headers: { authorization: 'Bearer sesame' } });
    await RawClient.open(`${server.url}/?access_token=sesame`).then(({ socket }) => socket.terminate());
  });

  it('is presented by a client, which tells why it was refused', async () => {
    await start({ authorize });
    const connecting = (token?: string) =>
      connectSignaling({ url: server.url, name: 'anna', ...(token && { token }) });
    await connecting('sesame').then((client) => client.close());
    await expect(connecting()).rejects.toMatchObject({
      code: 'server-refused',
      message: expect.stringContaining('(token-required): A token, please') as string,
    });
    await expect(connecting('a b')).rejects.toMatchObject({ code: 'bad-token' });
  });

  it('that can’t be checked lets nobody in', async () => {
    await start({ authorize: () => Promise.reject(new Error('no keys')) });
    expect(await server.refusal()).toEqual({ status: 500, code: 'internal-error' });
  });
});

describe('behind a proxy', () => {
  it('limits and observed addresses are those of the clients', async () => {
    await start({ trustedProxies: ['127.0.0.0/8'], limits: { connectionsPerAddress: 1 } });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const anna = await server.ready('anna', 'lobby', from('192.0.2.1'));
    await server.ready('ben', 'lobby', from('192.0.2.2'));
    expect(await server.refusal(from('192.0.2.1'))).toMatchObject({ code: 'too-many-connections' });
    expect(await anna.next()).toMatchObject({ participant: { observedAddress: '192.0.2.2' } });
  });

  it('that is not trusted, nothing is believed', async () => {
    await start({ limits: { connectionsPerAddress: 1 } });
    await server.client({ headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(await server.refusal({ headers: { 'x-forwarded-for': '192.0.2.2' } })).toMatchObject({
      status: 429,
    });
  });

  it('what is no network is told at the start', async () => {
    await expect(ServerUnderTest.start({ trustedProxies: ['proxy'] })).rejects.toMatchObject({
      code: 'bad-network',
    });
  });
});

describe('whoever runs the server', () => {
  it('removes a participant, which others see at once', async () => {
    await start();
    const anna = await server.ready('anna', 'lobby');
    const eve = await server.ready('eve', 'lobby');
    const joined = await anna.next();
    const id = joined.type === 'participant-joined' ? joined.participant.id : '';
    expect(server.removeParticipant('nobody')).toBe(false);
    expect(server.removeParticipant(id)).toBe(true);
    expect(await eve.next()).toMatchObject({ type: 'error', code: 'removed' });
    expect(await eve.closed).toBe(1008);
    expect(await anna.next()).toMatchObject({ type: 'participant-left', name: 'eve', reason: 'removed' });
    expect(server.removeParticipant(id)).toBe(false);
  });

  it('closes a room', async () => {
    await start();
    const people = [await server.ready('anna', 'lobby'), await server.ready('ben', 'lobby')];
    const carl = await server.ready('carl', 'kitchen');
    expect(server.closeRoom('lobby')).toBe(2);
    expect(await Promise.all(people.map(({ closed }) => closed))).toEqual([1008, 1008]);
    expect(server.closeRoom('lobby')).toBe(0);
    expect(server.statistics()).toEqual({ connections: 1, rooms: 1, participants: 1 });
    await carl.barrier();
  });
});

describe('a session without a connection', () => {
  const suspended = async () => {
    const ben = await server.ready('ben', 'lobby');
    const anna = await server.client();
    anna.send({ type: 'hello', requestId: 1, version: 1, name: 'anna', instanceKey: 'k'.repeat(32) });
    const welcome = await anna.next();
    anna.send({ type: 'join', requestId: 2, room: 'lobby', media: sampleMedia() });
    await anna.next();
    anna.socket.terminate();
    await vi.waitFor(() => expect(server.statistics().connections).toBe(1), { timeout: 10_000 });
    expect(await ben.next()).toMatchObject({ type: 'participant-joined' });
    return { ben, id: (welcome as { id: string }).id };
  };

  it('is removed by its id', async () => {
    await start();
    const { ben, id } = await suspended();
    expect(server.removeParticipant(id)).toBe(true);
    expect(await ben.next()).toMatchObject({ type: 'participant-left', id, reason: 'removed' });
    expect(server.removeParticipant(id)).toBe(false);
  });

  it('is removed with its room', async () => {
    await start();
    const { ben } = await suspended();
    expect(server.closeRoom('lobby')).toBe(2);
    expect(await ben.closed).toBe(1008);
    expect(server.closeRoom('lobby')).toBe(0);
  });
});

describe('who observes a server', () => {
  it('is told how invitations end', async () => {
    const outcomes: string[] = [];
    await start({ observer: { invitationEnded: (outcome: string) => outcomes.push(outcome) } });
    const anna = await server.ready('anna');
    const ben = await server.ready('ben');
    anna.send({ type: 'invite', requestId: 5, to: ['ben'], media: sampleMedia() });
    const invited = await ben.next();
    const invitation = invited.type === 'invitation' ? invited.invitation.id : '';
    ben.send({ type: 'decline', requestId: 5, invitation });
    await ben.barrier();
    expect(outcomes).toEqual(['declined']);
  });
});

describe('a server that drains', () => {
  it('is not ready, refuses newcomers, serves those who are there, and ends in time', async () => {
    await start({ drainDelay: millis(300) });
    const anna = await server.ready('anna', 'lobby');
    const ready = () => fetch(`http://127.0.0.1:${server.port}/readyz`).then(({ status }) => status);
    expect(await ready()).toBe(200);
    const began = performance.now();
    const ended = server.close();
    expect(await ready()).toBe(503);
    expect(await server.refusal()).toEqual({ status: 503, code: 'server-draining' });
    await anna.barrier();
    expect(await anna.closed).toBe(1001);
    expect(performance.now() - began).toBeGreaterThan(290);
    await ended;
  });

  it('does not wait for who was refused and stays', async () => {
    await start({ authorize: () => ({ code: 'bad-token', message: 'no' }) });
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => {});
    const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13';
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n\r\n`);
    await once(socket, 'data');
    await server.close();
    socket.destroy();
  });
});
