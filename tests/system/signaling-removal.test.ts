import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  connectSignaling,
  type ConnectionEnd,
  type Gone,
  type SignalingClient,
} from '@hellohaybye/signaling/client';
import { describeWith } from '../support/needs.js';
import { RedisProcess } from '../support/redis-process.js';
import { ServerProcess } from '../support/server-process.js';

const media = { candidates: [], ports: {}, streams: [] };
const token = 'sesame-open-sesame';

describeWith(['redis-server'], 'an operator, with three servers on one Redis,', () => {
  let redis: RedisProcess;
  let servers: ServerProcess[];
  const clients: SignalingClient[] = [];

  beforeAll(async () => {
    redis = await RedisProcess.start();
    const args = ['--store', redis.url, '--hidden', '--metrics-port', '0'];
    servers = await Promise.all(
      [0, 1, 2].map(() => ServerProcess.start(args, { HHB_SERVER_ADMIN_TOKEN: token })),
    );
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(servers.map((server) => server.stop()));
    await redis.stop();
  });

  /** Somebody at one of the servers, in a room. */
  async function person(server: number, name: string, room: string): Promise<SignalingClient> {
    const client = await connectSignaling({ url: `ws://127.0.0.1:${servers[server]!.port}`, name });
    clients.push(client);
    await client.join(room, media);
    return client;
  }

  /** Asks one of the servers at its address for operators. */
  async function ask(server: number, path: string): Promise<{ status: number; removed?: number }> {
    const { port } = await servers[server]!.line('metrics and administration');
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`, { method: 'DELETE', headers });
    const { removed } = (await answer.json()) as { removed?: number };
    return { status: answer.status, ...(removed !== undefined && { removed }) };
  }

  const closed = (client: SignalingClient) =>
    new Promise<ConnectionEnd>((resolve) => client.once('closed', resolve));
  const left = (client: SignalingClient) => new Promise<Gone>((resolve) => client.once('left', resolve));
  const everybody = (client: SignalingClient, count: number) =>
    new Promise<void>((resolve) => {
      const look = () => client.inside?.participants.length === count && resolve();
      client.on('joined', look);
      look();
    });

  it('closes a room at whichever is asked', async () => {
    const names = ['anna', 'ben', 'carl'];
    const there = await Promise.all(names.map((name, at) => person(at, name, 'lobby')));
    const bystander = await person(1, 'dora', 'kitchen');
    await Promise.all(there.map((client) => everybody(client, 2)));
    // The one who is at the second server hears it from the first.
    const ends = there.map(closed);
    expect(await ask(0, '/rooms/lobby')).toEqual({ status: 200, removed: 3 });
    for (const end of await Promise.all(ends)) expect(end).toMatchObject({ code: 1008 });
    expect(bystander.inside?.room).toBe('kitchen');
    for (const server of servers) {
      expect(await server.refusals()).toMatchObject([{ code: 'removed' }]);
      expect(await server.line('connection closed')).toMatchObject({ code: 1008, reason: 'removed' });
    }
    // Nothing of them is left at any of the three, once each has read that they are gone.
    for (const server of [0, 1, 2]) while ((await ask(server, '/rooms/lobby')).status !== 404);
    const { people, rooms } = await bystander.who();
    expect([people.map(({ name }) => name), rooms]).toEqual([['dora'], [{ name: 'kitchen', people: 1 }]]);
  });

  it('removes somebody at whichever is asked, and who was seen with them is told', async () => {
    const [anna, ben] = [await person(1, 'anna', 'cellar'), await person(2, 'ben', 'cellar')];
    await everybody(ben, 1);
    const told = left(ben);
    const end = closed(anna);
    expect(await ask(0, `/participants/${anna.id}`)).toEqual({ status: 200, removed: 1 });
    expect(await end).toMatchObject({ code: 1008 });
    expect(await told).toMatchObject({ id: anna.id, reason: 'removed' });
    expect(await ask(0, '/participants/0123456789abcdef')).toEqual({ status: 404 });
  });

  it('gets it done although Redis hangs just then', async () => {
    const [anna, ben] = [await person(0, 'anna', 'attic'), await person(1, 'ben', 'attic')];
    await everybody(ben, 1);
    await everybody(anna, 1);
    redis.pause();
    const ends = [closed(anna), closed(ben)] as const;
    expect(await ask(0, '/rooms/attic')).toEqual({ status: 200, removed: 2 });
    // Whoever is at the process that was asked goes at once, the others when Redis is back.
    await ends[0];
    expect(ben.isConnected).toBe(true);
    redis.resume();
    expect(await ends[1]).toMatchObject({ code: 1008 });
  });
});
