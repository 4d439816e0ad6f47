import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '@hellohaybye/core/testing';
import { startSignalingServer, type SignalingServer } from '../../server/index.js';
import type { InterfaceAddress } from '../../addresses/order-candidates.js';
import { makeCertificate } from '../../certificate/make-certificate.js';
import { pinOf } from '../../certificate/pin.js';
import { announceServer, type AnnounceOptions } from './announce-server.js';
import { findServers } from './find-servers.js';
import { LinkSockets } from './link-sockets.js';
import { watchServers } from './watch-servers.js';

// All of it on loopback, where others may be announced as well: each test looks for its own.
const here = { address: '127.0.0.1' };
const closers: (() => Promise<void>)[] = [];
const later = <Closable extends { close(): Promise<void> }>(opened: Closable): Closable => {
  closers.push(() => opened.close());
  return opened;
};
const announce = (options: Partial<AnnounceOptions> = {}) =>
  later(announceServer({ port: 9, host: '127.0.0.1', ...here, ...options }));
const serve = async (): Promise<SignalingServer> =>
  later(await startSignalingServer({ host: '127.0.0.1', port: 0 }));

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

describe('on a link', () => {
  it('a server that is announced is found, and lost when it says goodbye', async () => {
    const announcement = announce({ announceName: 'Anna', kind: 'server' });
    const { id } = announcement.description;
    const watch = later(watchServers(here));
    const heard = (event: 'found' | 'lost') =>
      new Promise((resolve) => watch.on(event, (server) => server.id === id && resolve(server)));
    expect(await heard('found')).toMatchObject({
      ...announcement.description,
      ...{ id, name: 'Anna', kind: 'server', port: 9, addresses: ['127.0.0.1'], local: true },
    });
    const lost = heard('lost');
    await announcement.close();
    expect(await lost).toMatchObject({ id });
  });

  it('one that is announced after the looking began is found as well', async () => {
    const watch = later(watchServers(here));
    const { id } = announce().description;
    await new Promise<void>((resolve) => watch.on('found', (server) => server.id === id && resolve()));
    expect(watch.servers.map((server) => server.id)).toContain(id);
  });

  it('findServers gives the one that answers, and waits for none that is dead', async () => {
    const server = await serve();
    announce();
    announce({ port: 10 });
    const { id } = announce({ port: server.port }).description;
    const found = await findServers({ timeoutMs: 5000, ...here });
    expect(found.length).toBeGreaterThan(0);
    const everybody = await findServers({ timeoutMs: 5000, gatherMs: 500, ...here });
    expect(everybody).toContainEqual(
      expect.objectContaining({ id, url: `ws://127.0.0.1:${server.port}` }) as unknown,
    );
    expect(everybody.map(({ port }) => port)).not.toContain(9);
  });

  it('a server with TLS is found with its pin, and reached when it has that certificate', async () => {
    const [own, other] = [await makeCertificate(), await makeCertificate()];
    const tls = later(await startSignalingServer({ host: '127.0.0.1', port: 0, tls: own }));
    const [pin, wrong] = [pinOf(own.cert), pinOf(other.cert)];
    const { id } = announce({ port: tls.port, pin }).description;
    const { id: impostor } = announce({ port: tls.port, pin: wrong }).description;
    const found = await findServers({ timeoutMs: 5000, gatherMs: 500, ...here });
    const url = `wss://127.0.0.1:${tls.port}#${pin}`;
    expect(found).toContainEqual(expect.objectContaining({ id, pin, url, urls: [url] }) as unknown);
    expect(found.map((server) => server.id)).not.toContain(impostor);
  });

  it('goes on, whatever else comes over it', async () => {
    const { id } = announce().description;
    const watch = later(watchServers(here));
    const noise = createSocket('udp4');
    await new Promise<void>((resolve) => noise.bind(0, resolve));
    noise.setMulticastInterface('127.0.0.1');
    const random = seededRandom(7);
    for (let count = 0; count < 300; count++) {
      const packet = Buffer.from(
        Array.from({ length: 12 + (random.uint32() % 60) }, () => random.uint32() & 255),
      );
      // A query or a response with one question or answer, for most would not be looked into otherwise.
      if (count % 3 > 0) packet.set([0, 0, count % 3 === 1 ? 0 : 0x84, 0, 0, 1, 0, count % 2, 0, 0, 0, 0]);
      await new Promise((resolve) => noise.send(packet, 5353, '224.0.0.251', resolve));
    }
    noise.close();
    const found = await findServers({ timeoutMs: 200, watch, ...here });
    expect(found.map((server) => server.id)).not.toContain(id);
    expect(watch.servers.map((server) => server.id)).toContain(id);
    const late = later(watchServers(here));
    await new Promise<void>((resolve) => late.on('found', (server) => server.id === id && resolve()));
  });

  it('findServers gives nothing when nobody answers in time, or it is called off', async () => {
    const nowhere = { interfaces: ['no such interface'] };
    expect(await findServers({ timeoutMs: 10, ...nowhere })).toEqual([]);
    expect(await findServers({ timeoutMs: 60_000, signal: AbortSignal.abort(), ...nowhere })).toEqual([]);
  });
});

describe('LinkSockets', () => {
  const loopback: InterfaceAddress = { name: 'lo', address: '127.0.0.1', prefix: 8 };
  // An address that no machine has (RFC 5737): as of an interface that has just gone.
  const gone: InterfaceAddress = { name: 'eth9', address: '192.0.2.77', prefix: 24 };

  it('takes up links that come, and leaves those that go', async () => {
    let addresses: InterfaceAddress[] = [];
    const sockets = later(new LinkSockets({ pollMs: 5 }, () => addresses));
    sockets.start();
    expect(sockets.links).toEqual([]);
    addresses = [loopback];
    const [link] = await once(sockets, 'up');
    expect(link).toMatchObject({ name: 'lo', kind: 'loopback' });
    addresses = [];
    await once(sockets, 'links');
    expect(sockets.links).toEqual([]);
    addresses = [loopback];
    await once(sockets, 'up');
  });

  it('goes on with the others when one fails, and tries it again', async () => {
    const problems: string[] = [];
    const onProblem = (link: string) => problems.push(link);
    const sockets = later(new LinkSockets({ pollMs: 5, onProblem }, () => [gone, loopback]));
    const up = once(sockets, 'up');
    sockets.start();
    expect((await up)[0]).toMatchObject({ name: 'lo' });
    while (problems.length < 3) await once(sockets, 'links');
    expect(new Set(problems)).toEqual(new Set(['eth9']));
    expect(sockets.links.map(({ name }) => name)).toEqual(['lo']);
  });

  it('does not mind a system that does not tell its interfaces', async () => {
    const problems: string[] = [];
    const failing = () => {
      throw new Error('uv_interface_addresses returned Unknown system error 13');
    };
    const sockets = later(new LinkSockets({ onProblem: (_, message) => problems.push(message) }, failing));
    sockets.start();
    expect(problems).toHaveLength(1);
    await sockets.close();
  });
});
