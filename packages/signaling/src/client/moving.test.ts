import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { millis } from '@hellohaybye/core';
import { instanceOf } from '../server/digest.js';
import { startSignalingServer } from '../server/start-server.js';
import type { SignalingServer } from '../server/options.js';
import { sampleMedia } from '../test-support/media.js';
import { connectSignaling } from './connect.js';
import type { LostServer } from './lost-server.js';
import type { SignalingClient } from './signaling-client.js';

const annasKey = 'a-secret-of-annas-that-is-long-enough';
const start = (hostedBy?: string) =>
  startSignalingServer({ host: '127.0.0.1', port: 0, closeTimeout: millis(200), ...(hostedBy !== undefined && { hostedBy }) }); // prettier-ignore

let servers: [SignalingServer, SignalingServer];
let clients: SignalingClient[] = [];
let lost: LostServer[] = [];

beforeEach(async () => {
  servers = [await start(instanceOf(annasKey)), await start()];
  [clients, lost] = [[], []];
});
afterEach(async () => {
  for (const client of clients) await client.close();
  for (const server of servers) await server.close();
});

/** A client that goes where the server says that it moved to. */
async function connect(name: string, instanceKey?: string): Promise<SignalingClient> {
  const client = await connectSignaling({
    ...{ url: servers[0].url, name, ...(instanceKey !== undefined && { instanceKey }) },
    locate: (server) => {
      lost.push(server);
      return Promise.resolve(server.movedTo ?? server.url);
    },
  });
  clients.push(client);
  return client;
}

const others = (client: SignalingClient) => client.inside?.participants.map(({ name }) => name);

describe('a server that moves', () => {
  it('tells its clients where to, and who hosted it', async () => {
    const anna = await connect('anna', annasKey);
    await anna.join('lobby', sampleMedia());
    const back = once(anna, 'rejoined');
    await servers[0].close(servers[1].url);
    await back;
    expect(anna.instance).toBe(instanceOf(annasKey));
    expect(lost).toMatchObject([
      {
        ...{ url: servers[0].url, movedTo: servers[1].url, hostedBy: anna.instance, instance: anna.instance },
        ...{ end: { code: 4002 }, inside: { room: 'lobby' } },
      },
    ]);
  });

  it('takes its rooms along, and those of the same name become one', async () => {
    const [anna, ben] = [await connect('anna'), await connect('ben')];
    await anna.join('lobby', sampleMedia());
    await ben.join('lobby', sampleMedia());
    const carl = await connectSignaling({ url: servers[1].url, name: 'carl' });
    clients.push(carl);
    await carl.join('lobby', sampleMedia());
    const gone: unknown[] = [];
    for (const client of [anna, ben]) client.on('left', (one) => gone.push(one));
    const back = [anna, ben].map((client) => once(client, 'rejoined'));
    await servers[0].close(servers[1].url);
    await Promise.all(back);
    for (const client of [anna, ben]) while (others(client)?.length !== 2) await once(client, 'joined');
    expect(others(carl)?.sort()).toEqual(['anna', 'ben']);
    expect(gone).toEqual([]);
  });

  it('takes a call along', async () => {
    const [anna, ben] = [await connect('anna'), await connect('ben')];
    const entry = { media: sampleMedia() };
    const rings = once(ben, 'invited');
    await anna.invite('ben', entry);
    await ben.accept(((await rings) as [{ id: string }])[0].id, entry);
    const room = anna.room;
    const seen: string[] = [];
    for (const name of ['removed', 'left'] as const) {
      anna.on(name, () => seen.push(name));
      ben.on(name, () => seen.push(name));
    }
    const back = [anna, ben].map((client) => once(client, 'rejoined'));
    await servers[0].close(servers[1].url);
    await Promise.all(back);
    expect(servers[1].statistics()).toMatchObject({ connections: 2 });
    expect([anna.inside, ben.inside]).toMatchObject([
      { room, call: true, participants: [{ instance: ben.instance }] },
      { room, call: true, participants: [{ instance: anna.instance }] },
    ]);
    expect(seen).toEqual([]);
  });

  it('is not believed when it is no server where it says', async () => {
    const anna = await connect('anna');
    const back = once(anna, 'disconnected');
    await servers[0].close('nowhere');
    expect(await back).toMatchObject([{ code: 4002, reason: 'nowhere' }]);
    while (lost.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(lost[0]!.movedTo).toBeUndefined();
  });
});
