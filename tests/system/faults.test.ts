import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { connectSignaling } from '@hellohaybye/signaling/client';
import { afterEach, describe, expect, it } from 'vitest';
import { hellohaybye, quiet, startServer } from '../support/cli.js';
import { descendants, survivors } from '../support/processes.js';

const silent = ['--video', 'none', '--audio', 'none', '--json', ...quiet];
const closing: (() => unknown)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

describe('Ctrl-C before the call has begun', () => {
  it('ends it at once, also while a server never answers', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    closing.push(() => sockets.forEach((socket) => socket.destroy()));
    closing.push(() => server.close());
    await once(server, 'listening');
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const join = hellohaybye(['join', '--server', url, ...silent]);
    await once(server, 'connection');
    join.signal('SIGINT');
    expect(await join.exited).toMatchObject({ code: 130 });
    expect(join.json).toMatchObject({ ok: false, error: { code: 'interrupted' } });
    expect(join.stderr).toBe('hellohaybye: Interrupted before the call began\n');
  });

  it('ends a demo whose participants are just starting', async () => {
    const demo = hellohaybye(['demo', '--view', 'none', '--speaker', 'none', '--json']);
    await demo.printed(/Two participants/);
    const family = descendants(demo.pid);
    demo.signal('SIGTERM');
    expect(await demo.exited).toMatchObject({ code: 143 });
    expect(demo.json).toMatchObject({ ok: false, error: { code: 'interrupted' } });
    expect(await survivors(family)).toEqual([]);
  });
});

it('a participant of the demo that dies ends the demo, however long it was to last', async () => {
  const demo = hellohaybye(['demo', '--view', 'none', '--speaker', 'none', '--duration', '1000']);
  await demo.printed(/test → you: +\d+ fps/);
  const family = descendants(demo.pid);
  process.kill(Math.min(...family), 'SIGKILL');
  expect(await demo.exited).toMatchObject({ code: 1 });
  expect(demo.stderr).toContain('A participant ended unexpectedly');
  expect(await survivors(family)).toEqual([]);
});

it('a call goes on when nobody reads what it prints', async () => {
  const { url } = await startServer();
  const join = hellohaybye(['join', '--server', url, '--duration', '2', ...silent]);
  await join.printed(/You are/);
  join.child.stdout!.destroy();
  join.child.stderr!.destroy();
  const watcher = await connectSignaling({ url, name: 'watcher' });
  closing.push(() => watcher.close());
  await watcher.join('lobby', { candidates: [], ports: {}, streams: [] });
  expect(await once(watcher, 'left')).toMatchObject([{ reason: 'left' }]);
  expect(await join.exited).toMatchObject({ code: 0 });
});

it('a participant who offers nonsense harms nobody', async () => {
  const { url } = await startServer();
  const anna = hellohaybye(['join', '--server', url, '--name', 'anna', ...silent]);
  await anna.printed(/You are anna/);
  const odd = await connectSignaling({ url, name: 'odd' });
  closing.push(() => odd.close());
  const format = { payloadType: 70, clockRate: 90_000, format: 'jpeg' } as const;
  await odd.join('lobby', {
    candidates: [],
    ports: { video: 9, whiteboard: 9 },
    streams: [
      { id: 'video', channel: 'video', ssrc: 1, formats: [format, format] },
      { id: 'whiteboard', channel: 'whiteboard', ssrc: 2, formats: [format] },
    ],
    // A key that nobody has: it is asked for one, and never gives any.
    protection: {
      ...{ identity: randomBytes(32).toString('base64url'), session: randomBytes(16).toString('base64url') },
      profiles: ['AES_CM_128_HMAC_SHA1_80'],
    },
  });
  await anna.printed(/odd can't be connected to/);
  const old = await connectSignaling({ url, name: 'old' });
  closing.push(() => old.close());
  await old.join('lobby', { candidates: [], ports: {}, streams: [] });
  await anna.printed(/old does not encrypt and is neither seen nor heard/);
  const ben = hellohaybye(['join', '--server', url, '--name', 'ben', '--duration', '1', ...silent]);
  expect(await ben.exited).toMatchObject({ code: 0 });
  anna.signal('SIGINT');
  expect(await anna.exited).toMatchObject({ code: 130 });
});
