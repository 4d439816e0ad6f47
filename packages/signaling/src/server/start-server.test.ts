import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { millis, seconds } from '@hellohaybye/core';
import { limits } from '../protocol/limits.js';
import { sampleMedia } from '../test-support/media.js';
import { RawClient } from '../test-support/raw-client.js';
import { listenError } from './listen.js';
import { startSignalingServer } from './start-server.js';
import type { SignalingServer, SignalingServerOptions } from './options.js';

let server: SignalingServer;
const open: RawClient[] = [];
// The limits have tests of their own.
const unlimited = { messagesPerSecond: 1e6, messageBurst: 1e6 };
const local = { host: '127.0.0.1', port: 0, closeTimeout: millis(50), limits: unlimited };
const start = async (options: Partial<SignalingServerOptions> = {}) =>
  (server = await startSignalingServer({ ...local, ...options }));
const client = async (options = {}) => {
  const one = await RawClient.open(server.url, options);
  open.push(one);
  return one;
};
const ready = async (name: string, room?: string) => {
  const one = await RawClient.ready(server.url, name, room);
  open.push(one);
  return one;
};

afterEach(async () => {
  for (const { socket } of open.splice(0)) socket.terminate();
  await server.close();
});

describe('a signaling server', () => {
  beforeEach(() => start({ version: '1.2.3' }));

  it('tells how it is', async () => {
    await ready('anna', 'lobby');
    const response = await fetch(`http://127.0.0.1:${server.port}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      version: '1.2.3',
      connections: 1,
      rooms: 1,
      participants: 1,
    });
  });

  it.each([
    ['GET', '/', 404],
    ['GET', '/healthzz', 404],
    ['HEAD', '/healthz', 200],
    ['POST', '/healthz', 405],
  ])('answers %s %s with %i', async (method, path, status) => {
    expect((await fetch(`http://127.0.0.1:${server.port}${path}`, { method })).status).toBe(status);
  });

  it('introduces two clients to each other', async () => {
    const anna = await ready('anna', 'lobby');
    await ready('ben', 'lobby');
    expect(await anna.next()).toMatchObject({
      type: 'participant-joined',
      participant: { name: 'ben', observedAddress: '127.0.0.1', media: sampleMedia() },
    });
  });

  it.each([
    ['nothing', ''],
    ['malformed JSON', '{"type":'],
    ['an unknown type', '{"type":"dance","requestId":4}'],
    ['a prototype', '{"__proto__":{"type":"hello"},"constructor":1}'],
    ['deep nesting', `{"type":"hello","name":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['a second hello', '{"type":"hello","requestId":4,"version":1,"name":"eve"}'],
    ['a second join', JSON.stringify({ type: 'join', requestId: 4, room: 'lobby', media: sampleMedia() })],
    ['binary data', Buffer.from([0, 1, 2, 255])],
    ['a long message', 'x'.repeat(limits.messageLength + 1)],
  ])('answers %s with an error, and the others hear nothing of it', async (_, message) => {
    const anna = await ready('anna', 'lobby');
    const eve = await ready('eve', 'lobby');
    await anna.next();
    eve.send(message);
    expect(await eve.next()).toMatchObject({ type: 'error' });
    await eve.barrier();
    await anna.barrier();
    expect(anna.received).toEqual([]);
  });

  it('takes anything for a message without harm to others', async () => {
    const anna = await ready('anna', 'lobby');
    const eve = await ready('eve');
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.uint8Array().map(Buffer.from));
    const messages = fc.sample(anything, 300);
    for (const message of messages) eve.send(message);
    for (const _ of messages) expect(await eve.next()).toMatchObject({ type: 'error' });
    await anna.barrier();
    expect(anna.received).toEqual([]);
  });

  it('ends the connection of whoever sends text that is no UTF-8', async () => {
    const eve = await ready('eve');
    eve.socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
    expect(await eve.closed).toBe(1007);
  });

  it('refuses to speak before hello', async () => {
    const eve = await client();
    eve.send({ type: 'join', requestId: 3, room: 'lobby', media: sampleMedia() });
    expect(await eve.next()).toMatchObject({ code: 'hello-first', requestId: 3 });
  });

  it('answers what was asked before the goodbye that came with it', async () => {
    const client = await RawClient.ready(server.url, 'anna');
    const { _socket: line } = client.socket as unknown as { _socket: Socket };
    line.cork();
    client.send({ type: 'leave', requestId: 7 });
    client.socket.close(1000);
    line.uncork();
    await client.closed;
    expect(client.received).toMatchObject([{ requestId: 7 }]);
  });

  it('ends the connection of whoever sends 10 MB, and nobody else’s', async () => {
    const anna = await ready('anna', 'lobby');
    const eve = await ready('eve', 'lobby');
    await anna.next();
    eve.send('x'.repeat(10_000_000));
    expect(await eve.closed).toBe(1009);
    expect(await anna.next()).toMatchObject({
      type: 'participant-left',
      name: 'eve',
      reason: 'disconnected',
    });
  });

  it('survives what is no WebSocket', async () => {
    for (const bytes of [
      'GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
      '\0\0\0\r\n\r\n',
    ]) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.end(bytes);
      socket.resume();
      await once(socket, 'close');
    }
    const eve = await ready('eve', 'lobby');
    // A frame with reserved bits, from below the protocol.
    (eve.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
      Buffer.from([0xff, 0xff, 0xff]),
    );
    await eve.closed;
    await ready('anna', 'lobby');
  });

  it.each([
    ['closes its connection', (one: RawClient) => one.socket.close(1000), 'left'],
    ['goes away', (one: RawClient) => one.socket.close(1001), 'left'],
    ['breaks off', (one: RawClient) => one.socket.terminate(), 'disconnected'],
  ])('tells the others when somebody %s', async (_, end, reason) => {
    const anna = await ready('anna', 'lobby');
    const ben = await ready('ben', 'lobby');
    await anna.next();
    end(ben);
    expect(await anna.next()).toMatchObject({ type: 'participant-left', name: 'ben', reason });
  });

  it('tells its clients when it closes, and closes once', async () => {
    const anna = await ready('anna', 'lobby');
    await Promise.all([server.close(), server.close()]);
    expect(await anna.closed).toBe(1001);
    await expect(fetch(`http://127.0.0.1:${server.port}/healthz`)).rejects.toThrow();
  });

  it('closes although somebody has sent half a request', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const closed = once(socket, 'close');
    socket.on('error', () => {});
    socket.write('GET /healthz HTTP/1.1\r\nHost:');
    await once(socket, 'connect');
    await ready('anna', 'lobby');
    await server.close();
    await closed;
  });

  it('closes although a client does not answer', async () => {
    const anna = await ready('anna', 'lobby');
    anna.socket.pause();
    await server.close();
  });
});

describe('a signaling server cuts off', () => {
  it('a connection that fell silent', async () => {
    await start({ keepalive: millis(40) });
    const anna = await ready('anna', 'lobby');
    const ghost = await client({ autoPong: false });
    ghost.send({ type: 'hello', requestId: 1, version: 1, name: 'ghost' });
    ghost.send({ type: 'join', requestId: 2, room: 'lobby', media: sampleMedia() });
    expect(await anna.next()).toMatchObject({ type: 'participant-joined' });
    expect(await anna.next()).toMatchObject({ type: 'participant-left', name: 'ghost', reason: 'timed-out' });
  });

  it('a connection that never says hello', async () => {
    await start({ helloTimeout: millis(30) });
    const silent = await client();
    expect(await silent.closed).toBe(1008);
  });

  it('a client that does not take what it is sent', async () => {
    await start({ maxSendBuffer: 64 * 1024 });
    const anna = await ready('anna', 'lobby');
    const slow = await ready('slow', 'lobby');
    await anna.next();
    slow.socket.pause();
    const formats = Array.from({ length: 8 }, () => ({
      payloadType: 96,
      format: 'generic',
      clockRate: 90_000,
    }));
    const streams = Array.from({ length: 16 }, (_, ssrc) => ({
      id: `s${ssrc}`,
      channel: 'video',
      ssrc,
      formats,
    }));
    const media = { ...sampleMedia(), streams };
    for (let requestId = 10; ; requestId += 1) {
      anna.send({ type: 'update', requestId, media });
      const message = await anna.next();
      if (message.type === 'done') continue;
      expect(message).toMatchObject({ type: 'participant-left', name: 'slow', reason: 'too-slow' });
      break;
    }
  });
});

describe('starting a signaling server', () => {
  it('tells when the port is in use', async () => {
    await start();
    await expect(startSignalingServer({ host: '127.0.0.1', port: server.port })).rejects.toMatchObject({
      code: 'port-in-use',
      message: `Port ${server.port} is in use`,
      hint: expect.stringContaining(String(server.port)) as string,
    });
  });

  it.each([
    ['an address of another machine', { host: '203.0.113.77' }, 'host-not-available'],
    ['a port over 65535', { port: 70_000 }, 'bad-port'],
  ])('refuses %s', async (_, change, code) => {
    await start();
    await expect(startSignalingServer({ host: '127.0.0.1', port: 0, ...change })).rejects.toMatchObject({
      code,
    });
  });

  it('leaves the port free when it is closed', async () => {
    await start();
    await server.close();
    const other = createServer().listen(server.port, '127.0.0.1');
    await once(other, 'listening');
    other.close();
  });

  it('has an address for clients of this machine whatever it listens at', async () => {
    await start({ host: '0.0.0.0' });
    expect(server.url).toBe(`ws://127.0.0.1:${server.port}`);
    expect(server.host).toBe('0.0.0.0');
    await ready('anna', 'lobby');
  });

  it.each([
    ['darwin', 5000, 'AirPlay'],
    ['darwin', 5001, 'lsof'],
    ['win32', 5000, 'netstat'],
    ['linux', 5000, 'ss -ltnp'],
  ] as const)('says on %s who may hold port %i', (platform, port, text) => {
    const error = listenError(Object.assign(new Error(), { code: 'EADDRINUSE' }), '0.0.0.0', port, platform);
    expect(error).toMatchObject({ code: 'port-in-use', hint: expect.stringContaining(text) as string });
  });

  it.each([
    ['EACCES', 80, 'port-not-permitted'],
    ['EACCES', 5000, 'port-not-permitted'],
    ['ENOTFOUND', 5000, 'host-not-available'],
    ['EAFNOSUPPORT', 5000, 'host-not-available'],
    ['EMFILE', 5000, 'server-failed'],
  ])('has a code for %s', (code, port, ours) => {
    expect(listenError(Object.assign(new Error('why'), { code }), 'host', port, 'linux').code).toBe(ours);
  });
});

it('a server tells its clients how often it pings', async () => {
  await start({ keepalive: seconds(15) });
  const anna = await client();
  anna.send({ type: 'hello', requestId: 1, version: 1, name: 'anna' });
  expect(await anna.next()).toMatchObject({ type: 'welcome', keepaliveMs: 15_000 });
});
