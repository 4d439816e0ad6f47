import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { micros } from '@hellohaybye/core';
import { openRedisStore, type RedisStore } from '@hellohaybye/signaling/redis';
import type { StoreCommand, StoreEvent } from '@hellohaybye/signaling/server';
import { describeWith } from '../support/needs.js';
import { RedisProcess } from '../support/redis-process.js';

type Options = Partial<Parameters<typeof openRedisStore>[0]>;

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function startRedis(...args: Parameters<typeof RedisProcess.start>): Promise<RedisProcess> {
  const redis = await RedisProcess.start(...args);
  ends.push(() => redis.stop());
  return redis;
}

/** A store with what it told, and what it logged. */
async function open(redis: RedisProcess, options: Options = {}) {
  const log: string[] = [];
  const note = (_: object, text: string) => void log.push(text);
  const logger = { info: note, warn: note, error: note };
  const store = await openRedisStore({ url: redis.url, logger, ...options });
  const events: StoreEvent[] = [];
  const waiting = new Set<() => void>();
  store.subscribe((event) => {
    events.push(event);
    for (const look of waiting) look();
  });
  ends.push(() => store.close());
  const seen = (what: (event: StoreEvent) => boolean): Promise<StoreEvent> =>
    new Promise((resolve) => {
      const look = () => {
        const event = events.find(what);
        if (!event) return;
        waiting.delete(look);
        resolve(event);
      };
      waiting.add(look);
      look();
    });
  return { store, events, log, seen, until: (isDone: () => boolean) => until(isDone) };
}

/** Nobody tells when it is so: it is looked at until then. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const media = { candidates: [], ports: {}, streams: [] };
const at = micros(0);
const hello = (link: string): StoreCommand => ({
  ...{ type: 'hello', at, link, requestId: 1, name: link, observedAddress: '127.0.0.1' },
  ...{ instance: `of ${link}`, token: `token of ${link}` },
});
const ask = (link: string, requestId: number, type: 'join' | 'leave', room = 'lobby'): StoreCommand => ({
  ...{ type: 'request', at, link },
  request: type === 'join' ? { type, requestId, room, media } : { type, requestId },
});
const names = (store: RedisStore) => store.participants('lobby').map(({ name }) => name);
const entered = (id: string) => (event: StoreEvent) => event.type === 'joined' && event.id === id;

describeWith(['redis-server'], 'the store behind Redis', () => {
  it('is one for two processes, and for one that comes later', async () => {
    const redis = await startRedis();
    const [a, b] = [await open(redis), await open(redis)];
    a.store.execute(hello('anna'));
    a.store.execute(ask('anna', 2, 'join'));
    b.store.execute(hello('ben'));
    b.store.execute(ask('ben', 2, 'join'));
    await Promise.all([a.seen(entered('ben')), b.seen(entered('anna')), b.seen(entered('ben'))]);
    expect(names(b.store).sort()).toEqual(['anna', 'ben']);
    expect(names(a.store)).toEqual(names(b.store));
    const c = await open(redis);
    expect(names(c.store)).toEqual(names(b.store));
    await c.seen(entered('anna'));
  });

  it('has the limits of all, and lets each remove who has no connection', async () => {
    const redis = await startRedis();
    const limits = { rooms: 1, peopleInRoom: 1 };
    const [a, b] = [await open(redis, { limits }), await open(redis, { limits })];
    a.store.execute(hello('anna'));
    a.store.execute(ask('anna', 2, 'join'));
    await b.seen(entered('anna'));
    b.store.execute(hello('ben'));
    b.store.execute(ask('ben', 8, 'join'));
    b.store.execute(ask('ben', 9, 'join', 'another'));
    const answer = (requestId: number) => (event: StoreEvent) =>
      event.type === 'message' && 'requestId' in event.message && event.message.requestId === requestId;
    expect(await b.seen(answer(8))).toMatchObject({ message: { code: 'room-full' } });
    expect(await b.seen(answer(9))).toMatchObject({ message: { code: 'too-many-rooms' } });
    b.store.execute({ ...hello('another'), name: 'Anna', mostOfName: 1 } as StoreCommand);
    const turnedAway = await b.seen(({ type }) => type === 'not-welcomed');
    expect(turnedAway).toMatchObject({ link: 'another', refusal: { code: 'name-in-use' } });
    expect(b.store.isSuspended('anna')).toBe(false);
    a.store.execute({ type: 'detach', at, link: 'anna', reason: 'disconnected' });
    await until(() => b.store.isSuspended('anna'));
    b.store.execute({ type: 'remove', at, id: 'anna' });
    await a.seen(({ type }) => type === 'left');
    expect([names(a.store), a.store.isSuspended('anna')]).toEqual([[], false]);
  });

  it('keeps apart what has another prefix or database', async () => {
    const redis = await startRedis();
    const a = await open(redis);
    const b = await open(redis, { prefix: 'other:' });
    const c = await open(redis, { url: `${redis.url}/3` });
    a.store.execute(hello('anna'));
    await a.seen(({ type }) => type === 'welcomed');
    expect([a, b, c].map(({ store }) => store.statistics().processes)).toEqual([1, 1, 1]);
    const look = new Redis(redis.url);
    ends.push(() => look.quit());
    expect((await look.keys('*')).sort()).toEqual(['hhb:log', 'other:log']);
  });

  it('loses nothing when Redis is killed and started again', async () => {
    const redis = await startRedis();
    const [a, b] = [await open(redis), await open(redis)];
    a.store.execute(hello('anna'));
    a.store.execute(ask('anna', 2, 'join'));
    b.store.execute(hello('ben'));
    b.store.execute(ask('ben', 2, 'join'));
    await Promise.all([a.seen(entered('ben')), b.seen(entered('anna'))]);
    await redis.kill();
    a.store.execute(ask('anna', 3, 'leave'));
    b.store.execute({ type: 'detach', at, link: 'ben', reason: 'left' });
    await until(() => !a.store.isAvailable && !b.store.isAvailable);
    b.store.execute(hello('carl'));
    expect(await b.seen(({ type }) => type === 'refused')).toMatchObject({ link: 'carl', isHello: true });
    await redis.run();
    const left = (id: string) => (event: StoreEvent) => event.type === 'left' && event.id === id;
    await Promise.all([a.seen(left('ben')), b.seen(left('anna'))]);
    await until(() => a.store.isAvailable && b.store.isAvailable);
    for (const { store, events } of [a, b]) {
      expect(names(store)).toEqual([]);
      expect(store.statistics()).toEqual({ sessions: 1, rooms: 0, invitations: 0, processes: 2 });
      expect(events.filter(({ type }) => type === 'left')).toHaveLength(2);
      expect(events.filter(({ type }) => type === 'dropped')).toEqual([]);
    }
  });

  it('does not do twice what Redis took without our knowing', async () => {
    const redis = await startRedis();
    const a = await open(redis);
    a.store.execute(hello('anna'));
    await a.seen(({ type }) => type === 'welcomed');
    redis.pause();
    for (let round = 0; round < 5; round += 1) {
      a.store.execute(ask('anna', 2 + 2 * round, 'leave'));
      a.store.execute(ask('anna', 3 + 2 * round, 'leave'));
    }
    // The connections are made anew meanwhile, and what was sent over the old ones is read by Redis all the same.
    await new Promise((resolve) => setTimeout(resolve, 6500));
    redis.resume();
    const isLast = (event: StoreEvent) =>
      event.type === 'message' && 'requestId' in event.message && event.message.requestId === 11;
    await a.seen(isLast);
    await until(() => a.store.isAvailable);
    const look = new Redis(redis.url);
    ends.push(() => look.quit());
    const log = await look.xrange('hhb:log', '-', '+');
    const numbers = log.map(([, fields]) => Number(fields[5]));
    expect(new Set(numbers).size, 'some came twice').toBeLessThan(numbers.length);
    const answers = a.events.filter(({ type }) => type === 'message');
    expect(answers).toHaveLength(10);
  });

  it('begins anew when Redis has lost everything', async () => {
    const redis = await startRedis();
    const [a, b] = [await open(redis), await open(redis)];
    a.store.execute(hello('anna'));
    a.store.execute(ask('anna', 2, 'join'));
    await Promise.all([a.seen(entered('anna')), b.seen(entered('anna'))]);
    const look = new Redis(redis.url);
    ends.push(() => look.quit());
    await look.flushall();
    expect(await a.seen(({ type }) => type === 'dropped')).toMatchObject({ link: 'anna' });
    await until(() => a.store.isAvailable && b.store.isAvailable && b.store.statistics().processes === 2);
    a.store.execute(hello('ben'));
    a.store.execute(ask('ben', 2, 'join'));
    await Promise.all([a.seen(entered('ben')), b.seen(entered('ben'))]);
    expect([names(a.store), names(b.store)]).toEqual([['ben'], ['ben']]);
  });

  it('ends, and says why, when a newer program writes what it does not understand', async () => {
    const redis = await startRedis();
    const a = await open(redis);
    a.store.execute(hello('anna'));
    const look = new Redis(redis.url);
    ends.push(() => look.quit());
    await look.xadd('hhb:log', '*', 'v', '3', 'p', 'newer', 'n', '0', 'i', '[]');
    expect(await a.store.failed).toMatchObject({ code: 'store-outdated' });
    expect(a.store.isAvailable).toBe(false);
    await a.seen(({ type }) => type === 'dropped');
    await expect(openRedisStore({ url: redis.url })).rejects.toMatchObject({ code: 'store-outdated' });
    await look.flushall();
    await look.hset('hhb:snapshot', 'v', '3', 'id', '1-1', 'state', '{}');
    await expect(openRedisStore({ url: redis.url })).rejects.toMatchObject({ code: 'store-outdated' });
  });

  it('says what is wrong with an address, without the password', async () => {
    const redis = await startRedis((port) => ['--port', `${port}`, '--requirepass', 'open sesame']);
    const wrong = openRedisStore({ url: `redis://:sesame@127.0.0.1:${redis.port}` });
    const error = await wrong.catch((error: unknown) => error as Error & { code: string });
    expect(error).toMatchObject({ code: 'store-unreachable' });
    expect(String(error)).not.toContain('sesame');
    const right = await openRedisStore({ url: `redis://:open%20sesame@127.0.0.1:${redis.port}` });
    await right.close();
    await redis.kill();
    await expect(openRedisStore({ url: redis.url })).rejects.toMatchObject({ code: 'store-unreachable' });
    await expect(openRedisStore({ url: 'http://localhost' })).rejects.toMatchObject({
      code: 'bad-store-url',
    });
  });
});

describeWith(['redis-server', 'openssl'], 'the store behind Redis with TLS', () => {
  it('checks the certificate', async () => {
    const redis = await startRedis((port) => ['--port', '0', '--unixsocket', '', ...tls(port)]);
    const url = `rediss://127.0.0.1:${redis.port}`;
    await expect(openRedisStore({ url })).rejects.toMatchObject({ code: 'store-unreachable' });
    const ca = readFileSync(join(certificates(), 'cert.pem'));
    const { store, seen } = await open(redis, { url, ca });
    store.execute(hello('anna'));
    await seen(({ type }) => type === 'welcomed');
  });
});

let made: string | undefined;

function certificates(): string {
  if (made !== undefined) return made;
  made = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
  const files = ['-keyout', join(made, 'key.pem'), '-out', join(made, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...key, ...files, ...subject], { stdio: 'ignore' });
  return made;
}

const tls = (port: number) => [
  ...['--tls-port', `${port}`, '--tls-auth-clients', 'no'],
  ...['--tls-cert-file', join(certificates(), 'cert.pem')],
  ...[
    '--tls-key-file',
    join(certificates(), 'key.pem'),
    '--tls-ca-cert-file',
    join(certificates(), 'cert.pem'),
  ],
];
