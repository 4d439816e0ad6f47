import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { startCall, type Call, type CallOptions, type Judgement } from '@hellohaybye/call';
import { generateIdentity, generateSession } from '@hellohaybye/signaling/keys';
import { afterEach, expect, it, vi } from 'vitest';
import { hellohaybye, quiet, startServer } from '../support/cli.js';
import { neverCame } from '../support/result.js';
import { RecordingProxy } from '../support/recording-proxy.js';

// Who is in a call, whatever a server or somebody on the network says of it.

const port = { port: 0, fallback: true };
const own = {
  ...{ video: 'test', audio: 'none', speaker: 'none', page: false, mediaHost: '127.0.0.1', room: 'tea' },
  ...{ width: 320, height: 240, fps: 15, quality: 70, sampleRate: 44_100, channels: 1, chunkSamples: 441 },
  ports: { video: port, audio: port },
};
const small = ['--video', 'test', '--size', '320x240', '--fps', '15', '--audio', 'none', '--json'];
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** Somebody in a call, with all that they are told from when they are in. */
async function join(name: string, server: string, options: Partial<CallOptions> = {}) {
  const told: string[] = [];
  const onNotice = ({ code, message }: { code: string; message: string }) =>
    // Which way is taken to somebody, and what came that nobody can read, is nothing about who they are.
    void (code === 'path' || code === 'unprotected' || told.push(`${code}: ${message}`));
  const call = await startCall({ ...own, server, name, onNotice, ...options });
  cleanUp.push(() => call.leave());
  call.on('joined', (one) => told.push(`joined ${one.name}`));
  call.on('left', (one) => told.push(`left ${one.name} ${one.reason}`));
  call.on('renamed', ({ from, to }) => told.push(`renamed ${from} ${to}`));
  return { call, told };
}

/** Waits for so many more pictures of somebody. */
async function sees(call: Call, other: Call, frames = 1): Promise<void> {
  for (let seen = 0; seen < frames;) {
    const [{ peer }] = (await once(call, 'frame')) as [{ peer: string }];
    if (peer === other.instance) seen += 1;
  }
}

/** Two who see each other; what the server says to anna passes through the test. */
async function annaAndBen(judge: (name: string, identity: string) => Judgement) {
  const { url } = await startServer();
  const proxy = await RecordingProxy.start(url, {});
  cleanUp.push(() => proxy.close());
  const anna = await join('anna', `ws://127.0.0.1:${proxy.port}`, { security: { judge } });
  const ben = await join('ben', url);
  await Promise.all([sees(anna.call, ben.call), sees(ben.call, anna.call)]);
  anna.told.length = 0;
  const seen = proxy.messages.map((text) => JSON.parse(text) as { type: string; participant?: Member });
  const { participant } = seen.findLast((message) => message.participant?.name === 'ben')!;
  const update = (change: object) =>
    proxy.inject(JSON.stringify({ type: 'participant-updated', participant: { ...participant, ...change } }));
  return { anna, ben, media: participant!.media, update };
}
interface Member {
  name: string;
  media: { protection: object };
}

it('nobody is replaced unnoticed: who has another key has gone, and comes as somebody new who is judged', async () => {
  const eve = { identity: generateIdentity().publicKey, session: generateSession() };
  const { anna, ben, media, update } = await annaAndBen((_, identity) =>
    identity === eve.identity
      ? { verdict: 'changed', admitted: false, reason: 'that is another key' }
      : { verdict: 'known', admitted: true },
  );
  update({ media: { ...media, protection: { ...media.protection, ...eve } } });
  await vi.waitFor(() => expect(anna.told).toContain('joined ben'), { timeout: 20_000 });
  expect(anna.told).toEqual(['left ben replaced', 'not-let-in: that is another key', 'joined ben']);
  const frames = await anna.call.status();
  expect(frames).toMatchObject([{ name: 'ben' }]);
  // And Ben himself, when it is he again.
  update({});
  await sees(anna.call, ben.call, 10);
  expect(anna.told.slice(3)).toEqual(['left ben replaced', 'joined ben']);
});

it('another session in somebody’s place is another one, too', async () => {
  const { anna, media, update } = await annaAndBen(() => ({ verdict: 'known', admitted: true }));
  update({ media: { ...media, protection: { ...media.protection, session: generateSession() } } });
  await vi.waitFor(() => expect(anna.told).toContain('joined ben'), { timeout: 20_000 });
  expect(anna.told).toEqual(['left ben replaced', 'joined ben']);
});

it('who is numbered otherwise stays in the call as the one they were, and is told not to be the one of that name', async () => {
  const { anna, ben, update } = await annaAndBen((name) =>
    name === 'ben (2)'
      ? { verdict: 'changed', admitted: false, reason: 'that is another key' }
      : { verdict: 'known', admitted: true },
  );
  update({ name: 'ben (2)' });
  await vi.waitFor(() => expect(anna.told).toContain('renamed ben ben (2)'), { timeout: 20_000 });
  await sees(anna.call, ben.call, 30);
  expect(anna.told).toEqual([
    'other-name: ben is called ben (2) now, and is not the ben (2) whose key is known',
    'renamed ben ben (2)',
  ]);
});

it('who is called by the name of another is judged as whoever comes by that name', async () => {
  const { anna, update } = await annaAndBen((name) =>
    name === 'carl'
      ? { verdict: 'changed', admitted: false, reason: 'carl has another key' }
      : { verdict: 'known', admitted: true },
  );
  update({ name: 'carl' });
  await vi.waitFor(() => expect(anna.told).toContain('renamed ben carl'), { timeout: 20_000 });
  expect(anna.told).toEqual(['not-let-in: carl has another key', 'renamed ben carl']);
});

it('all that one is sent is of no harm to another whom it is passed on to, without a server too', async () => {
  const { server, url } = await startServer();
  const anna = await join('anna', url);
  const carl = await join('carl', url);
  // Somebody stands in the way of what goes to Ben, and passes on to Carl, too, all that comes from Anna.
  const passed = { all: 0 };
  const ben = await join('ben', url, {
    announcedPorts: async (opened) => {
      const relays = await Promise.all(
        Object.entries(opened).map(async ([channel, to]) => {
          const relay = await listening();
          relay.on('message', (datagram, { port: from }) => {
            relay.send(datagram, to, '127.0.0.1');
            if (from !== anna.call.ports[channel]) return;
            passed.all += 1;
            relay.send(datagram, carl.call.ports[channel]!, '127.0.0.1');
          });
          return [channel, relay.address().port] as const;
        }),
      );
      return Object.fromEntries(relays);
    },
  });
  const all = [anna, ben, carl];
  await Promise.all(
    all.flatMap((one) => all.filter((other) => other !== one).map((other) => sees(one.call, other.call, 15))),
  );
  server.signal('SIGKILL');
  for (const { told } of all)
    await vi.waitFor(() => expect(told.join()).toContain('server-lost'), { timeout: 20_000 });
  // Anna says goodbye to Ben who leaves, and Carl is passed that on.
  const goodbyes = vi.fn();
  carl.call.on('left', ({ name }) => goodbyes(name));
  const before = passed.all;
  await ben.call.leave();
  await Promise.all([sees(carl.call, anna.call, 60), sees(anna.call, carl.call, 60)]);
  expect(passed.all).toBeGreaterThan(before);
  expect(goodbyes.mock.calls).toEqual([['ben']]);
  expect(carl.call.others.map(({ name }) => name)).toEqual(['anna']);
  const { received } = await carl.call.leave();
  const fromAnna = received.filter(({ from }) => from === 'anna');
  expect(fromAnna).toHaveLength(1);
  expect([neverCame(fromAnna[0]!.video), fromAnna[0]!.video.lossAfter]).toEqual([0, 0]);
});

it('who crashes where no server tells is silent for half a minute, and counts as gone', async () => {
  const { server, url } = await startServer();
  const [anna, ben] = [await join('anna', url), await join('ben', url)];
  const carl = hellohaybye(['join', 'tea', '--server', url, '--name', 'carl', ...quiet, ...small]);
  await carl.printed(/anna: +1\d fps/);
  await carl.printed(/ben: +1\d fps/);
  await Promise.all([sees(anna.call, ben.call), sees(ben.call, anna.call)]);
  server.signal('SIGKILL');
  carl.signal('SIGKILL');
  const began = performance.now();
  const gone = await Promise.all([anna, ben].map(({ call }) => once(call, 'left')));
  for (const [who] of gone) expect(who).toMatchObject({ name: 'carl', reason: 'timed-out' });
  expect(performance.now() - began).toBeGreaterThan(28_000);
  expect(performance.now() - began).toBeLessThan(40_000);
  // The two who are left go on under new keys: the old ones are forgotten three seconds later at the latest.
  await Promise.all([sees(anna.call, ben.call, 60), sees(ben.call, anna.call, 60)]);
});

async function listening(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  cleanUp.push(() => socket.close());
  return socket;
}
