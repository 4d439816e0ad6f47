import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectSignaling, type SignalingClient } from '@hellohaybye/signaling/client';
import { describeWith } from '../support/needs.js';
import { RedisProcess } from '../support/redis-process.js';
import { ServerProcess } from '../support/server-process.js';

const rooms = 30;
const media = { candidates: [], ports: {}, streams: [] };
const told = ['left', 'disconnected', 'resumed', 'rejoined', 'removed', 'closed'] as const;

/** Server processes on one Redis, and clients that go from one to the next. */
class Cluster {
  redis!: RedisProcess;
  servers: ServerProcess[] = [];
  readonly clients: Person[] = [];

  async start(): Promise<void> {
    this.redis = await RedisProcess.start();
    this.servers = await Promise.all([0, 1, 2].map(() => this.startServer()));
  }

  startServer(): Promise<ServerProcess> {
    return ServerProcess.start(['--store', this.redis.url, '--hidden']);
  }

  async person(index: number): Promise<Person> {
    let turn = index;
    // As a load balancer does: whoever takes the connection is right.
    const locate = () => {
      turn += 1;
      return Promise.resolve(`ws://127.0.0.1:${this.servers[turn % this.servers.length]!.port}`);
    };
    const url = `ws://127.0.0.1:${this.servers[index % this.servers.length]!.port}`;
    const client = await connectSignaling({ url, name: `person ${index}`, locate });
    const person = { client, index, told: [] as string[] };
    for (const event of told) client.on(event, () => void person.told.push(event));
    this.clients.push(person);
    return person;
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map(({ client }) => client.close()));
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.redis.stop();
  }
}

interface Person {
  client: SignalingClient;
  index: number;
  told: string[];
}

const roster = ({ client }: Person) => client.inside?.participants.length;
const next = (client: SignalingClient, event: 'resumed' | 'updated') =>
  new Promise<void>((resolve) => client.once(event, () => resolve()));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(20);
}

describeWith(['redis-server'], 'three servers on one Redis', () => {
  const cluster = new Cluster();

  beforeAll(async () => {
    await cluster.start();
    for (let first = 0; first < 300; first += 50) {
      const some = await Promise.all(Array.from({ length: 50 }, (_, index) => cluster.person(first + index)));
      await Promise.all(some.map(({ client, index }) => client.join(`room ${index % rooms}`, media)));
    }
    await until(() => cluster.clients.every((person) => roster(person) === 9));
  });

  afterAll(() => cluster.stop());

  it('go on without one that is killed: its clients resume at the others, and nobody is seen to leave', async () => {
    const [victim, ...rest] = cluster.servers;
    const orphans = cluster.clients.filter(({ index }) => index % 3 === 0);
    const resumed = Promise.all(orphans.map(({ client }) => next(client, 'resumed')));
    const killed = performance.now();
    victim!.child.kill('SIGKILL');
    cluster.servers = rest;
    await resumed;
    const took = performance.now() - killed;
    expect(took).toBeLessThan(10_000);
    for (const person of cluster.clients) {
      expect(roster(person)).toBe(9);
      expect(person.told).toEqual(person.index % 3 === 0 ? ['disconnected', 'resumed'] : []);
    }
    // What one says is heard by the nine others, wherever they are by now.
    const [speaker, ...listeners] = cluster.clients.filter(({ index }) => index % rooms === 3);
    const heard = Promise.all(listeners.map(({ client }) => next(client, 'updated')));
    speaker!.client.update({ state: { muted: true } });
    await heard;
    const told = await Promise.all(
      rest.map(({ port }) => fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text())),
    );
    for (const metrics of told) {
      const figure = (name: string) => Number(new RegExp(`relay_seconds_${name} (\\S+)`).exec(metrics)?.[1]);
      expect(figure('count')).toBeGreaterThan(50);
      // From a message's arrival, through Redis: neither nothing nor for ever.
      expect(figure('sum') / figure('count')).toBeGreaterThan(0.0001);
      expect(figure('sum') / figure('count')).toBeLessThan(2);
    }
    // The others notice that the process is dead, and nobody who came back is taken for lost with it.
    await pause(10_000);
    for (const person of cluster.clients) expect(person.told).not.toContain('left');
    expect(cluster.clients.flatMap(({ client }) => client.inside?.participants ?? [])).toHaveLength(2700);
    const lost = cluster.clients
      .flatMap(({ client }) => client.inside?.participants ?? [])
      .filter(({ state }) => state.reconnecting);
    expect(lost).toEqual([]);
  });

  it('take a process that is started in its place, and one that ends gives its clients over', async () => {
    const added = await cluster.startServer();
    const [ending, other] = cluster.servers;
    cluster.servers = [other!, added];
    for (const person of cluster.clients) person.told.length = 0;
    const moved = cluster.clients.length;
    ending!.child.kill('SIGTERM');
    expect(await ending!.exited).toBe(0);
    await until(() => cluster.clients.every(({ client }) => client.isConnected));
    for (const person of cluster.clients) {
      expect(roster(person)).toBe(9);
      expect(person.told.filter((event) => event !== 'disconnected' && event !== 'resumed')).toEqual([]);
    }
    expect(moved).toBe(300);
  });

  it('keep calls and rooms while Redis hangs for ten seconds, and say what they cannot do', async () => {
    for (const person of cluster.clients) person.told.length = 0;
    const outsider = await cluster.person(1000);
    const [muted, listener] = cluster.clients.filter(({ index }) => index % rooms === 5);
    const [server] = cluster.servers;
    cluster.redis.pause();
    const asked = performance.now();
    muted!.client.update({ state: { cameraOff: true } });
    await expect(outsider.client.join('room 5', media)).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(performance.now() - asked).toBeLessThan(4000);
    await until(() => performance.now() - asked > 3000);
    expect((await fetch(`http://127.0.0.1:${server!.port}/readyz`)).status).toBe(503);
    const late = connectSignaling({ url: `ws://127.0.0.1:${server!.port}`, name: 'late' });
    await expect(late).rejects.toMatchObject({ code: 'server-refused' });
    await pause(10_000 - (performance.now() - asked));
    cluster.redis.resume();
    await until(() => listener!.client.inside!.participants.some(({ state }) => state.cameraOff === true));
    for (const person of cluster.clients) {
      if (person !== outsider) expect([roster(person), ...person.told]).toEqual([9]);
    }
    const { participants } = await outsider.client.join('room 5', media);
    expect(participants).toHaveLength(10);
    expect((await fetch(`http://127.0.0.1:${server!.port}/readyz`)).status).toBe(200);
  });

  it('end by their deadline while Redis hangs', async () => {
    const [server] = cluster.servers;
    cluster.servers = [...cluster.servers.slice(1), await cluster.startServer()];
    cluster.redis.pause();
    const began = performance.now();
    server!.child.kill('SIGTERM');
    expect(await server!.exited).toBe(0);
    // --drain-delay 0 s and --close-timeout 1 s, and half a second for the process itself.
    expect(performance.now() - began).toBeLessThan(1500);
    cluster.redis.resume();
    await until(() => cluster.clients.every(({ client }) => client.isConnected));
  });

  it('take the address from a file, and never tell a password', async () => {
    const secret = join(cluster.redis.folder, 'store');
    writeFileSync(secret, 'redis://:sesame@127.0.0.1:1/0\n');
    const failed = await ServerProcess.start(['--store-file', secret]).catch((error: unknown) => error);
    expect(String(failed)).toContain('cannot be used');
    expect(String(failed)).not.toContain('sesame');
    const told = await ServerProcess.start(['--store', 'redis://:sesame@127.0.0.1']).catch(
      (error: unknown) => error,
    );
    expect(String(told)).toMatch(/--store has a password.+--store-file/);
    expect(String(told)).not.toContain('sesame');
  });
});
