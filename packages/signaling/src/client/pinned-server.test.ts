import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { millis } from '@hellohaybye/core';
import { makeCertificate, type OwnCertificate } from '../certificate/make-certificate.js';
import { pinOf } from '../certificate/pin.js';
import { probeAddress, probeServer } from '../discovery/node/probe-server.js';
import { startSignalingServer, type SignalingServer, type SignalingServerOptions } from '../server/index.js';
import { sampleMedia } from '../test-support/media.js';
import { TlsRecorder } from '../test-support/tls-recorder.js';
import { connectSignaling, type ConnectOptions } from './connect.js';
import type { SignalingClient } from './signaling-client.js';

let ours: OwnCertificate;
let theirs: OwnCertificate;
let pin: string;
beforeAll(async () => {
  [ours, theirs] = [await makeCertificate(), await makeCertificate()];
  pin = pinOf(ours.cert);
});

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
const serve = async (options: Partial<SignalingServerOptions> = {}): Promise<SignalingServer> => {
  const server = await startSignalingServer({ host: '127.0.0.1', port: 0, tls: ours, closeTimeout: millis(50), ...options }); // prettier-ignore
  cleanups.push(() => server.close());
  return server;
};
const record = async (certificate = theirs, options: TlsOptions = {}): Promise<TlsRecorder> => {
  const recorder = await TlsRecorder.start(certificate, options);
  cleanups.push(() => recorder.close());
  return recorder;
};
const connect = async (options: Partial<ConnectOptions> & { url: string }): Promise<SignalingClient> => {
  const client = await connectSignaling({
    name: 'anna',
    timeout: millis(2000),
    reconnect: false,
    ...options,
  });
  cleanups.push(() => client.close());
  return client;
};

describe('a client with a pin', () => {
  it('talks to the server whose certificate has it, self-made as it is', async () => {
    const { url } = await serve({ authorize: (token) => (token === 'sesame' ? undefined : { code: 'bad-token', message: 'no' }) }); // prettier-ignore
    const anna = await connect({ url, pin, token: 'sesame' });
    const ben = await connect({ url: `${url}#${pin}`, name: 'ben', token: 'sesame' });
    const joined = once(anna, 'joined');
    await anna.join('lobby', sampleMedia());
    await ben.join('lobby', sampleMedia());
    expect(await joined).toMatchObject([{ name: 'ben' }]);
    expect(anna.localAddress).toBe('127.0.0.1');
  });

  it.each([
    // In TLS 1.2 the server is done with the handshake first, in 1.3 the client, who goes before the server is.
    ['TLSv1.2', 1],
    ['TLSv1.3', 0],
  ] as const)(
    'sends no request, token or hello to one with another certificate, by %s',
    async (version, done) => {
      const recorder = await record(theirs, { minVersion: version, maxVersion: version });
      const error: unknown = await connect({ url: recorder.url, pin, token: 'sesame-of-annas' }).catch(
        (error: unknown) => error,
      );
      expect(error).toMatchObject({
        code: 'server-not-trusted',
        message: `The server at 127.0.0.1, port ${recorder.port} has another certificate than its pin says`,
        hint: expect.stringContaining('pin') as string,
      });
      await recorder.idle();
      expect([recorder.connections, recorder.handshakes, recorder.received]).toEqual([1, done, '']);
    },
  );

  it('would be heard by that recorder', async () => {
    const recorder = await record();
    const its = pinOf(theirs.cert);
    const attempt = connect({ url: recorder.url, pin: its, token: 'sesame', timeout: millis(300) });
    await expect(attempt).rejects.toMatchObject({ code: 'server-timeout' });
    await recorder.idle();
    expect(recorder.received).toContain('authorization: Bearer sesame');
  });

  it('never resumes a TLS session, in which there is no certificate to see', async () => {
    const recorder = await record(ours);
    for (let count = 0; count < 3; count++) {
      await expect(connect({ url: recorder.url, pin, timeout: millis(200) })).rejects.toThrow();
      expect(await probeServer(`${recorder.url}#${pin}`, 100)).toBe(false);
    }
    expect([recorder.handshakes, recorder.resumed]).toEqual([6, 0]);
  });

  it('gives up a handshake that goes nowhere, and keeps no connection', async () => {
    const silent = createServer();
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    cleanups.push(() => silent.close());
    const connection = once(silent, 'connection');
    const { port } = silent.address() as AddressInfo;
    const attempt = connect({ url: `wss://127.0.0.1:${port}`, pin, timeout: millis(100) });
    await expect(attempt).rejects.toMatchObject({ code: 'server-timeout' });
    const [socket] = (await connection) as [Socket];
    socket.resume();
    await once(socket, 'close');
  });

  it.each([
    ['ws://127.0.0.1:9', 'A pin needs TLS'],
    ['wss://127.0.0.1:9#nonsense', 'is no pin of a certificate'],
    ['wss://127.0.0.1:9#', 'is no pin of a certificate'],
  ])('is told what is wrong with %s', async (url, message) => {
    const more = url.includes('#') ? {} : { pin };
    await expect(connect({ url, ...more })).rejects.toMatchObject({
      ...{ code: 'bad-server-url', message: expect.stringContaining(message) as string },
    });
  });

  it('is told when nobody or nothing with TLS is there', async () => {
    await expect(connect({ url: 'wss://127.0.0.1:1', pin })).rejects.toMatchObject({
      code: 'server-unreachable',
    });
    const closing = createServer((socket) => socket.destroy());
    await once(closing.listen(0, '127.0.0.1'), 'listening');
    cleanups.push(() => closing.close());
    const { port } = closing.address() as AddressInfo;
    await expect(connect({ url: `wss://127.0.0.1:${port}`, pin })).rejects.toMatchObject({
      code: 'not-a-signaling-server',
    });
  });
});

describe('a client with a pin that comes back', () => {
  const quick = { first: millis(1), longest: millis(20) };

  it('does so to a server that was started anew with the same key', async () => {
    const first = await serve();
    const client = await connect({ url: first.url, pin, reconnect: quick });
    await client.join('lobby', sampleMedia());
    const back = once(client, 'rejoined');
    await first.close();
    await serve({ port: first.port });
    await back;
    expect(client.isConnected).toBe(true);
  });

  it('tells nothing to whoever took the server’s place', async () => {
    const first = await serve();
    const locations: string[] = [];
    const recorder = await record();
    const client = await connect({
      ...{ url: first.url, pin, token: 'sesame-of-annas', reconnect: quick },
      locate: async ({ url }) => {
        locations.push(url);
        return Promise.resolve(`${recorder.url}#${pin}`);
      },
    });
    await first.close();
    while (recorder.connections < 3) await once(recorder.server, 'connection');
    expect(locations[0]).toBe(`${first.url}#${pin}`);
    expect(client.isConnected).toBe(false);
    await client.close();
    await recorder.idle();
    expect(recorder.received).toBe('');
  });
});

describe('a client without a pin', () => {
  it('does not trust a self-made certificate, and is told what to do', async () => {
    const recorder = await record();
    await expect(connect({ url: recorder.url, token: 'sesame' })).rejects.toMatchObject({
      code: 'server-not-trusted',
      message: expect.stringMatching(/port \d+ is not trusted: self-signed certificate$/) as string,
      hint: expect.stringContaining(`${recorder.url}#<pin>`) as string,
    });
    await recorder.idle();
    expect(recorder.received).toBe('');
  });
});

describe('a probe', () => {
  it('asks a server with a pin when it has that certificate', async () => {
    const { url } = await serve();
    expect(await probeServer(`${url}#${pin}`, 2000)).toBe(true);
    expect(await probeServer(`${url}#${pinOf(theirs.cert)}`, 2000)).toBe(false);
    expect(await probeServer(url, 2000)).toBe(false);
    expect(await probeServer(`${url.replace('wss', 'ws')}#${pin}`, 2000)).toBe(false);
    expect(await probeServer(`${url}#nonsense`, 2000)).toBe(false);
    const recorder = await record();
    expect(await probeServer(`${recorder.url}#${pin}`, 2000)).toBe(false);
    await recorder.idle();
    expect([recorder.connections, recorder.received]).toEqual([1, '']);
  });

  it('of an address finds out how a server there is reached', async () => {
    const options = { timeoutMs: 2000 };
    const server = await serve();
    expect(await probeAddress('127.0.0.1', server.port, options)).toBe(`${server.url}#${pin}`);
    const plain = await startSignalingServer({ host: '127.0.0.1', port: 0 });
    cleanups.push(() => plain.close());
    expect(await probeAddress('127.0.0.1', plain.port, options)).toBe(plain.url);
    expect(await probeAddress('127.0.0.1', plain.port, { ...options, tls: true })).toBeUndefined();
    expect(await probeAddress('127.0.0.1', 1, options)).toBeUndefined();
    const recorder = await record();
    expect(await probeAddress('127.0.0.1', recorder.port, { timeoutMs: 200 })).toBeUndefined();
    const signal = AbortSignal.abort();
    expect(await probeAddress('127.0.0.1', server.port, { ...options, signal })).toBeUndefined();
  });
});
