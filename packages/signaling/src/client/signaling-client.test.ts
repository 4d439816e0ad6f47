import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { millis } from '@hellohaybye/core';
import type { SignalingServer } from '../server/options.js';
import { startSignalingServer } from '../server/start-server.js';
import { sampleMedia } from '../test-support/media.js';
import { connectSignaling } from './connect.js';
import { unreachable } from './connect-errors.js';
import type { SignalingClient } from './signaling-client.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

// What comes back after a loss has tests of its own.
async function connect(url: string, name: string, timeout = millis(2000)): Promise<SignalingClient> {
  const client = await connectSignaling({ url, name, timeout, reconnect: false });
  cleanups.push(() => client.close());
  return client;
}

describe('a signaling client', () => {
  let server: SignalingServer;
  beforeEach(async () => {
    server = await startSignalingServer({ host: '127.0.0.1', port: 0, closeTimeout: millis(50) });
    cleanups.push(() => server.close());
  });

  it('joins, updates, leaves, and others see it', async () => {
    const anna = await connect(server.url, 'anna');
    const first = await anna.join('lobby', sampleMedia('192.0.2.1'), { muted: true });
    expect(first.participants).toEqual([]);
    expect(first.self).toMatchObject({ id: anna.id, name: 'anna', state: { muted: true } });
    expect([anna.localAddress, anna.room]).toEqual(['127.0.0.1', 'lobby']);

    const joined = once(anna, 'joined');
    const ben = await connect(server.url, 'ben');
    const second = await ben.join('lobby', sampleMedia('192.0.2.2'));
    expect(second.participants).toEqual([first.self]);
    expect(await joined).toEqual([second.self]);

    const updated = once(anna, 'updated');
    ben.update({ state: { cameraOff: true } });
    expect(await updated).toEqual([{ ...second.self, state: { cameraOff: true } }]);

    const left = once(anna, 'left');
    await ben.leave();
    expect(await left).toEqual([{ id: ben.id, instance: ben.instance, name: 'ben', reason: 'left' }]);
    expect(ben.room).toBeUndefined();
    await ben.leave();
  });

  it('passes sealed keys on to one other, and says nothing when there is nobody', async () => {
    const anna = await connect(server.url, 'anna');
    const ben = await connect(server.url, 'ben');
    await Promise.all([anna, ben].map((one) => one.join('lobby', sampleMedia())));
    const heard = once(ben, 'key');
    anna.sendKey('nobody', 'c2VhbGVk');
    anna.sendKey(ben.instance, 'c2VhbGVk');
    expect(await heard).toEqual([{ from: anna.instance, data: 'c2VhbGVk' }]);
  });

  it('has the name that the server grants while in the room', async () => {
    const one = await connect(server.url, 'anna');
    const other = await connect(server.url, 'anna');
    await one.join('lobby', sampleMedia());
    await other.join('lobby', sampleMedia());
    expect([one.name, other.name]).toEqual(['anna', 'anna (2)']);
    await other.leave();
    expect(other.name).toBe('anna');
  });

  it('refuses what the server would refuse, with the same codes', async () => {
    const anna = await connect(server.url, 'anna');
    await expect(anna.join('x'.repeat(10_000), sampleMedia())).rejects.toMatchObject({ code: 'bad-room' });
    await expect(anna.join('r', { ...sampleMedia(), ports: {} })).rejects.toMatchObject({
      code: 'bad-media',
    });
    await expect(connectSignaling({ url: server.url, name: '\u0007' })).rejects.toMatchObject({
      code: 'bad-name',
    });
    await anna.join('lobby', sampleMedia());
    await expect(anna.join('two', sampleMedia())).rejects.toMatchObject({ code: 'already-in-room' });
    expect(anna.room).toBe('lobby');
  });

  it('reports refused updates to whoever listens, and throws them at nobody', async () => {
    const anna = await connect(server.url, 'anna');
    anna.update({ state: { muted: true } });
    await anna.join('lobby', sampleMedia());
    await anna.leave();
    const reported = new Promise((resolve) => anna.on('error', resolve));
    anna.update({ state: { muted: true } });
    expect(await reported).toMatchObject({ code: 'not-in-room' });
  });

  it('is told when the server closes', async () => {
    const anna = await connect(server.url, 'anna');
    const closed = once(anna, 'closed');
    await server.close();
    expect(await closed).toEqual([{ code: 1001, reason: 'the server is shutting down' }]);
    await expect(anna.join('lobby', sampleMedia())).rejects.toMatchObject({ code: 'not-connected' });
    await anna.leave();
    await anna.close();
  });

  it('closes quietly, and as often as one likes', async () => {
    const anna = await connect(server.url, 'anna');
    anna.on('closed', () => expect.unreachable());
    await Promise.all([anna.close(), anna.close()]);
    await anna.close();
  });
});

describe('a signaling client on a bad line', () => {
  it('tells of a sudden loss once, and ends what it waited for', async () => {
    const { url, sockets } = await fakeServer((socket, message) => {
      if (message.type === 'hello') socket.send(welcome(message.requestId));
      else sockets.forEach((one) => one.terminate());
    });
    const anna = await connect(url, 'anna');
    let count = 0;
    anna.on('closed', () => (count += 1));
    const closed = once(anna, 'closed');
    await expect(anna.join('lobby', sampleMedia())).rejects.toMatchObject({ code: 'not-connected' });
    expect(await closed).toMatchObject([{ code: 1006, reason: expect.any(String) as string }]);
    await anna.close();
    expect(count).toBe(1);
  });

  it('notices a server that fell silent', async () => {
    const { url } = await fakeServer((socket, message) => socket.send(welcome(message.requestId, 20)));
    const anna = await connect(url, 'anna');
    expect(await once(anna, 'closed')).toEqual([{ code: 1006, reason: 'the server went silent' }]);
  });

  it('gives a request up after its time, and leaves a room that it gets into too late', async () => {
    let late: (() => void) | undefined;
    let left: (() => void) | undefined;
    const hasLeft = new Promise<void>((resolve) => (left = resolve));
    const { url } = await fakeServer((socket, message) => {
      if (message.type === 'hello') socket.send(welcome(message.requestId));
      else if (message.type === 'join') late = () => socket.send(roomReply(message.requestId));
      else if (message.type === 'leave') left?.();
    });
    const anna = await connect(url, 'anna', millis(100));
    await expect(anna.join('lobby', sampleMedia())).rejects.toMatchObject({ code: 'request-timeout' });
    late?.();
    await hasLeft;
    expect(anna.room).toBeUndefined();
  });

  it('has the roster before the first change to it, even when both come at once', async () => {
    const { url } = await fakeServer((socket, message) => {
      if (message.type === 'hello') return socket.send(welcome(message.requestId));
      const underlying = (socket as unknown as { _socket: Socket })._socket;
      underlying.cork();
      socket.send(roomReply(message.requestId));
      socket.send(JSON.stringify({ type: 'participant-left', id: 'b', name: 'ben', reason: 'left' }));
      underlying.uncork();
    });
    const anna = await connect(url, 'anna');
    const order: string[] = [];
    const left = once(
      anna.on('left', () => order.push('left')),
      'left',
    );
    await anna.join('lobby', sampleMedia());
    order.push('roster');
    await left;
    expect(order).toEqual(['roster', 'left']);
  });

  it('ignores messages that it does not know, and reports unreadable ones', async () => {
    const { url } = await fakeServer((socket, message) => {
      if (message.type === 'hello') return socket.send(welcome(message.requestId));
      socket.send('{"type":"of-the-future"}');
      socket.send('{"type":"participant-joined","participant":{"name":"\\u001b[2J"}}');
      socket.send(roomReply(message.requestId));
    });
    const anna = await connect(url, 'anna');
    const errors: unknown[] = [];
    anna.on('error', (error) => errors.push(error));
    await anna.join('lobby', sampleMedia());
    expect(errors).toMatchObject([{ code: 'bad-server-message' }]);
  });
});

describe('connecting fails with a code', () => {
  const attempt = (url: string) => connectSignaling({ url, name: 'anna', timeout: millis(300) });

  it('when nobody listens', async () => {
    const server = createServer();
    const { port } = await listening(server);
    server.close();
    await expect(attempt(`ws://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'server-unreachable',
      message: `No server listens at 127.0.0.1, port ${port}`,
      hint: expect.any(String) as string,
    });
    await expect(attempt(`ws://localhost:${port}`)).rejects.toMatchObject({ code: 'server-unreachable' });
  });

  it.each(['', 'localhost:5000', 'http://127.0.0.1:5000', 'ws://', 'ws://a#b', 'ws://127.0.0.1:99999'])(
    'when "%s" is the address',
    async (url) => expect(attempt(url)).rejects.toMatchObject({ code: 'bad-server-url' }),
  );

  it('when an ordinary web server answers', async () => {
    const { port } = await listening(createHttpServer((_, response) => response.writeHead(403).end('no')));
    await expect(attempt(`ws://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'not-a-signaling-server',
      message: expect.stringContaining('403') as string,
    });
  });

  it.each([
    ['something else answers', (socket: Socket) => void socket.end('220 mail.example ESMTP\r\n')],
    ['it hangs up', (socket: Socket) => void socket.destroy()],
  ])('when %s', async (_, behave) => {
    const { port } = await listening(
      createServer((socket) => socket.on('error', () => {}) && socket.once('data', () => behave(socket))),
    );
    await expect(attempt(`ws://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'not-a-signaling-server' });
  });

  it('when nothing comes back', async () => {
    const { port } = await listening(createServer(() => {}));
    await expect(attempt(`ws://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'server-timeout' });
  });

  it.each([
    [
      'another WebSocket server echoes',
      (socket: WebSocket, text: string) => socket.send(text),
      'not-a-signaling-server',
    ],
    [
      'another WebSocket server says something',
      (socket: WebSocket) => socket.send('hi'),
      'not-a-signaling-server',
    ],
    ['the server closes', (socket: WebSocket) => socket.close(1013), 'not-a-signaling-server'],
    ['the server says nothing', () => {}, 'server-timeout'],
    [
      'the server speaks another version',
      (socket: WebSocket) => socket.send(error('unsupported-version')),
      'unsupported-version',
    ],
    [
      'the server welcomes with another version',
      (socket: WebSocket) => socket.send(welcome(0, 1000, 2)),
      'unsupported-version',
    ],
    ['the server refuses', (socket: WebSocket) => socket.send(error('too-many')), 'server-refused'],
  ])('when %s', async (_, behave, code) => {
    const { url } = await fakeServer((socket, _message, text) => behave(socket, text));
    const failure = await attempt(url).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect((failure as Error).message).not.toContain('\n');
  });

  it.each([
    ['ENOTFOUND', 'server-not-found'],
    ['EAI_AGAIN', 'server-not-found'],
    ['EHOSTUNREACH', 'server-unreachable'],
    ['ENETUNREACH', 'server-unreachable'],
    ['ETIMEDOUT', 'server-timeout'],
    ['ECONNRESET', 'not-a-signaling-server'],
    ['CERT_HAS_EXPIRED', 'server-not-trusted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'server-not-trusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'server-not-trusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'server-not-trusted'],
    ['EPROTO', 'server-unreachable'],
  ])('%s as %s', (code, ours) => {
    expect(unreachable('ws://host:1', Object.assign(new Error('why'), { code })).code).toBe(ours);
  });
});

const welcome = (requestId: number, keepaliveMs = 15_000, version = 1) =>
  JSON.stringify({ type: 'welcome', requestId, version, id: 'a', keepaliveMs });
const error = (code: string) => JSON.stringify({ type: 'error', requestId: 0, code, message: 'No.' });
const person = (id: string, name: string) => ({
  id,
  instance: id,
  name,
  observedAddress: '127.0.0.1',
  media: sampleMedia(),
  state: {},
});
const roomReply = (requestId: number) =>
  JSON.stringify({
    type: 'room',
    requestId,
    room: 'lobby',
    call: false,
    self: person('a', 'anna'),
    participants: [person('b', 'ben')],
  });

async function fakeServer(
  behave: (socket: WebSocket, message: { type: string; requestId: number }, text: string) => void,
): Promise<{ url: string; sockets: Set<WebSocket> }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  cleanups.push(() => server.close());
  cleanups.push(() => server.clients.forEach((socket) => socket.terminate()));
  server.on('connection', (socket) =>
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      behave(socket, JSON.parse(text) as { type: string; requestId: number }, text);
    }),
  );
  await once(server, 'listening');
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets: server.clients };
}

async function listening(server: Server): Promise<AddressInfo> {
  server.listen(0, '127.0.0.1');
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  cleanups.push(() => server.close());
  cleanups.push(() => sockets.forEach((socket) => socket.destroy()));
  await once(server, 'listening');
  return server.address() as AddressInfo;
}
