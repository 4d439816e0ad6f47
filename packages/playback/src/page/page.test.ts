import { get, type IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { micros } from '@hellohaybye/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { openPage, type Page } from './page.js';
import type { ServerMessage, ViewerMessage } from './wire.js';

let page: Page;
const sockets: WebSocket[] = [];
beforeEach(async () => {
  page = await openPage({ title: 'lobby' });
});
afterEach(async () => {
  sockets.splice(0).forEach((socket) => socket.terminate());
  await page.close();
});

const origin = () => new URL(page.url).origin;
const token = () => new URL(page.url).hash.slice(1);
const port = () => Number(new URL(page.url).port);

describe('requests', () => {
  const fetchPage = async (path: string, headers: Record<string, string> = {}) => {
    const [response] = (await once(get(origin() + path, { headers, agent: false }), 'response')) as [
      IncomingMessage,
    ];
    let body = '';
    for await (const chunk of response) body += String(chunk);
    return { status: response.statusCode, headers: response.headers, body };
  };

  it('get the page, its style and its script', async () => {
    expect(await fetchPage('/')).toMatchObject({
      status: 200,
      body: expect.stringContaining('<main>') as string,
    });
    expect((await fetchPage('/page.css')).headers['content-type']).toContain('text/css');
    expect((await fetchPage('/page-client.js')).headers['content-type']).toContain('text/javascript');
    expect((await fetchPage('/../package.json')).status).toBe(404);
    expect((await fetchPage('//')).status).toBe(404);
  });

  it('get a policy that lets nothing in from outside', async () => {
    const { headers, body } = await fetchPage('/');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1'])(
    'for the host "%s" are refused',
    async (host) => {
      expect((await fetchPage('/', { host })).status).toBe(403);
    },
  );

  it('that write are refused', async () => {
    const response = await fetch(page.url, { method: 'POST' });
    expect(response.status).toBe(405);
  });

  it('that are no HTTP harm nothing', async () => {
    const socket = connect(port(), '127.0.0.1');
    socket.on('error', () => {}).resume();
    socket.end('\0\xff nonsense\r\n\r\n');
    await once(socket, 'close');
    expect((await fetchPage('/')).status).toBe(200);
  });
});

describe('sockets', () => {
  it.each([undefined, 'http://evil.example', 'null', 'https://127.0.0.1'])(
    'of the origin %s are refused',
    async (from) => {
      const socket = new WebSocket(
        `ws://127.0.0.1:${port()}/socket?${token()}`,
        from === undefined ? {} : { origin: from },
      );
      sockets.push(socket);
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).toContain('403');
    },
  );

  it('of a foreign host are refused', async () => {
    const headers = { host: 'evil.example', origin: 'http://evil.example' };
    const socket = new WebSocket(`ws://127.0.0.1:${port()}/socket?${token()}`, { headers });
    sockets.push(socket);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('403');
  });

  it.each(['', '?', '?x', `?${'A'.repeat(22)}`])(
    'with the query "%s" for a token are refused',
    async (query) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port()}/socket${query}`, { origin: origin() });
      sockets.push(socket);
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).toContain('403');
    },
  );

  const refused = async (given: string) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port()}/socket?${given}`, { origin: origin() });
    sockets.push(socket);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('403');
  };

  it('are let in by an address once; then there is another one', async () => {
    const [first, another] = [page.url, page.newUrl()];
    const opened: string[] = [];
    page.on('opened', (url) => opened.push(url));
    await Watcher.open({ url: first });
    await refused(new URL(first).hash.slice(1));
    expect(page.url).not.toBe(first);
    await Watcher.open({ url: another });
    await refused(new URL(another).hash.slice(1));
    await Watcher.open({ url: page.url });
    expect(opened).toEqual([first, another, opened[2]]);
    expect(page.viewers).toBe(3);
  });

  it('of a window that was let in come again with the key that it got, and no address holds that', async () => {
    const { session } = await Watcher.open();
    const key = await session;
    expect([page.url, page.newUrl()].join()).not.toContain(key);
    const before = page.url;
    for (let count = 0; count < 3; count++) await Watcher.open({ url: `${origin()}/#${key}` });
    expect(page.url).toBe(before);
  });

  it('that are refused for another reason use up no address', async () => {
    const url = page.url;
    const stranger = new WebSocket(`ws://127.0.0.1:${port()}/socket?${token()}`, { origin: 'http://evil' });
    sockets.push(stranger);
    await once(stranger, 'error');
    const { session } = await Watcher.open();
    for (let count = 1; count < 16; count++) await Watcher.open({ url: `${origin()}/#${await session}` });
    const next = page.url;
    const surplus = new WebSocket(`ws://127.0.0.1:${port()}/socket?${token()}`, { origin: origin() });
    sockets.push(surplus);
    const [error] = (await once(surplus, 'error')) as [Error];
    expect(error.message).toContain('503');
    expect([page.url, page.url === url]).toEqual([next, false]);
  });

  it('are let in by both names of this machine', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const headers = { host: `${host}:${port()}`, origin: `http://${host}:${port()}` };
      const socket = new WebSocket(`ws://127.0.0.1:${port()}/socket?${token()}`, { headers });
      sockets.push(socket);
      await once(socket, 'open');
    }
  });
});

describe('viewers', () => {
  it('are told everything that is there, pictures included', async () => {
    page.setParticipant('a', { name: '<b>Anna</b>', level: -Infinity, fps: 30 });
    page.showFrame('a', Uint8Array.of(1, 2, 3));
    const viewer = await Watcher.open();
    expect(await viewer.message()).toEqual({ type: 'hello', title: 'lobby' });
    expect(await viewer.message()).toEqual({
      type: 'participant',
      key: 1,
      participant: { name: '<b>Anna</b>', level: null, fps: 30 },
    });
    expect(await viewer.picture()).toEqual({ key: 1, jpeg: [1, 2, 3] });
    expect(page.viewers).toBe(1);
  });

  it('are told who comes, changes and leaves', async () => {
    const viewer = await Watcher.open();
    await viewer.message();
    page.setParticipant('a', { name: 'Anna' });
    page.setParticipant('a', { name: 'Anna' });
    page.setParticipant('a', { name: 'Anna', muted: true });
    page.removeParticipant('a');
    page.removeParticipant('a');
    page.showFrame('a', Uint8Array.of(1));
    page.setParticipant('a', { name: 'Anna' });
    const told = [1, 2, 3, 4].map(() => viewer.message());
    expect(await Promise.all(told)).toEqual([
      { type: 'participant', key: 1, participant: { name: 'Anna' } },
      { type: 'participant', key: 1, participant: { name: 'Anna', muted: true } },
      { type: 'left', key: 1 },
      { type: 'participant', key: 2, participant: { name: 'Anna' } },
    ]);
  });

  it('that are slow get the newest picture of each participant, and nobody waits for them', async () => {
    page.setParticipant('a', { name: 'Anna' });
    page.setParticipant('b', { name: 'Ben' });
    const slow = await Watcher.open();
    const quick = await Watcher.open({ quick: true });
    for (let index = 1; index <= 50; index++) {
      page.showFrame('a', Uint8Array.of(index));
      page.showFrame('b', Uint8Array.of(100 + index));
      for (const key of [1, 2]) expect((await quick.picture()).key).toBe(key);
    }
    const first = [await slow.picture(), await slow.picture(), await slow.picture(), await slow.picture()];
    expect(first.map(({ jpeg }) => jpeg[0])).toEqual([1, 101, 2, 102]);
    slow.shown(1);
    expect(await slow.picture()).toEqual({ key: 1, jpeg: [50] });
    slow.shown(2);
    expect(await slow.picture()).toEqual({ key: 2, jpeg: [150] });
    expect(page.skipped).toBe(2 * 47);
  });

  it('that send nonsense harm nothing', async () => {
    const viewer = await Watcher.open();
    for (const data of ['{', Buffer.alloc(3), Buffer.alloc(4, 255), Buffer.alloc(900)])
      viewer.socket.send(data);
    viewer.socket.send(Buffer.alloc(17_000));
    await once(viewer.socket, 'close');
    const other = await Watcher.open();
    expect(await other.message()).toMatchObject({ type: 'hello' });
    expect(page.viewers).toBe(1);
    expect(page.ignored).toBe(3);
  });

  it('that stay away do not keep the page from closing', async () => {
    const viewer = await Watcher.open();
    viewer.socket.pause();
    const began = performance.now();
    await page.close();
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('are told that the call is over', async () => {
    const viewer = await Watcher.open();
    await viewer.message();
    const closed = once(viewer.socket, 'close');
    await page.close();
    expect((await closed)[0]).toBe(1001);
  });
});

describe('calls', () => {
  const call = { id: 'c1', from: 'Zoë', room: 'kitchen', people: ['Ben'] };

  it('ring in every window, and in one that comes later', async () => {
    const viewer = await Watcher.open();
    await viewer.message();
    page.ring(call);
    expect(await viewer.message()).toEqual({ type: 'ring', call });
    const late = await Watcher.open();
    await late.message();
    expect(await late.message()).toEqual({ type: 'ring', call });
  });

  it('are answered by the first who answers: the other windows stop ringing, a second answer is ignored', async () => {
    const [first, second] = [await Watcher.open(), await Watcher.open()];
    await Promise.all([first.message(), second.message()]);
    page.ring(call);
    await Promise.all([first.message(), second.message()]);
    const answers: unknown[] = [];
    page.on('decline', (...answer) => answers.push(['decline', ...answer]));
    page.on('accept', (...answer) => answers.push(['accept', ...answer]));
    first.send({ type: 'decline', id: 'c1', reason: ' in a meeting ' });
    const stopped = { type: 'ring-stopped', id: 'c1', from: 'Zoë', outcome: 'declined' };
    expect([await first.message(), await second.message()]).toEqual([stopped, stopped]);
    second.send({ type: 'accept', id: 'c1' });
    await ignored(1);
    expect(answers).toEqual([['decline', 'c1', 'in a meeting']]);
  });

  it('stop ringing when they end otherwise, and do not ring in a window that comes later', async () => {
    const viewer = await Watcher.open();
    await viewer.message();
    page.ring(call);
    await viewer.message();
    page.stopRinging('c1', 'cancelled');
    page.stopRinging('c1', 'timeout');
    page.notice('next');
    expect(await viewer.message()).toMatchObject({ type: 'ring-stopped', outcome: 'cancelled' });
    expect(await viewer.message()).toMatchObject({ type: 'notice', text: 'next', kind: 'note' });
    const late = await Watcher.open();
    await late.message();
    page.notice('next');
    expect(await late.message()).toMatchObject({ type: 'notice' });
  });

  it('from here can be given up until they are over', async () => {
    const viewer = await Watcher.open();
    await viewer.message();
    const given: string[] = [];
    page.on('cancel', (id) => given.push(id));
    page.showCalling({ id: 'o1', to: 'Ben', state: 'ringing' });
    expect(await viewer.message()).toMatchObject({ type: 'calling', call: { state: 'ringing' } });
    const cancelled = once(page, 'cancel');
    viewer.send({ type: 'cancel', id: 'o1' });
    await cancelled;
    page.showCalling({ id: 'o1', to: 'Ben', state: 'declined', reason: 'later' });
    expect(await viewer.message()).toMatchObject({ call: { state: 'declined', reason: 'later' } });
    viewer.send({ type: 'cancel', id: 'o1' });
    await ignored(1);
    expect(given).toEqual(['o1']);
  });
});

describe('people, controls and chat', () => {
  it('tell only of people who can be called', async () => {
    const viewer = await Watcher.open();
    await viewer.message();
    page.setRoster([
      { id: 'p1', name: 'Ben', callable: true },
      { id: 'p2', name: 'Eve', busy: true },
    ]);
    expect(await viewer.message()).toMatchObject({ type: 'roster', people: [{ id: 'p1' }, { id: 'p2' }] });
    viewer.send({ type: 'call', id: 'p2' });
    viewer.send({ type: 'call', id: 'p3' });
    await ignored(2);
    const called = once(page, 'call');
    viewer.send({ type: 'call', id: 'p1' });
    expect(await called).toEqual(['p1']);
  });

  it('tell only of buttons that are shown', async () => {
    const viewer = await Watcher.open();
    viewer.send({ type: 'control', control: 'mute' });
    viewer.send({ type: 'control', control: 'hang-up' });
    viewer.send({ type: 'chat', text: 'hello' });
    await ignored(3);
    page.setControls({ muted: false, canHangUp: true, canChat: true });
    const told: unknown[] = [];
    page.on('control', (control) => told.push(control));
    page.on('chat', (text) => told.push(text));
    const last = once(page, 'chat');
    viewer.send({ type: 'control', control: 'mute' });
    viewer.send({ type: 'control', control: 'hang-up' });
    viewer.send({ type: 'control', control: 'camera-off' });
    viewer.send({ type: 'control', control: 'away' });
    viewer.send({ type: 'chat', text: 'hello' });
    await last;
    expect(told).toEqual(['mute', 'hang-up', 'hello']);
    expect(page.ignored).toBe(5);
  });

  it('show the last title that was set, those that come later too', async () => {
    const viewer = await Watcher.open();
    await viewer.message();
    page.setTitle('Call with Zoë');
    expect(await viewer.message()).toEqual({ type: 'title', title: 'Call with Zoë' });
    page.setTitle('kitchen');
    const late = await Watcher.open();
    expect([await late.message(), await late.message()]).toEqual([
      { type: 'hello', title: 'lobby' },
      { type: 'title', title: 'kitchen' },
    ]);
  });

  it('show the last 200 lines of the chat to who comes later, each once', async () => {
    const line = (index: number, text = `line ${index}`) =>
      page.addChat({ id: `${index}`, from: 'Anna', text, at: micros(index) });
    for (let index = 0; index < 250; index++) line(index);
    line(249, 'x'.repeat(3000));
    const late = await Watcher.open();
    await late.message();
    const lines = [];
    for (let count = 0; count < 200; count++) lines.push(await late.message());
    expect(lines[0]).toMatchObject({ type: 'chat', line: { text: 'line 50' } });
    expect(lines[199]).toMatchObject({ line: { id: '249', text: 'x'.repeat(2000) } });
    page.notice('the end', 'error');
    expect(await late.message()).toEqual({ type: 'notice', text: 'the end', kind: 'error' });
  });

  it('let go of a window that reads nothing for too long', async () => {
    const viewer = await Watcher.open();
    viewer.socket.pause();
    for (let count = 0; page.viewers > 0 && count < 200_000; count++) {
      page.notice('x'.repeat(500));
      if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(page.viewers).toBe(0);
  });
});

/** Waits until so many messages were ignored. */
const ignored = (count: number) => vi.waitFor(() => expect(page.ignored).toBe(count), { timeout: 10_000 });

it('says so when the port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port: taken } = other.address() as { port: number };
  await expect(openPage({ port: taken })).rejects.toMatchObject({
    code: 'port-in-use',
    message: expect.stringContaining(String(taken)) as string,
  });
  other.close();
});

/** A viewer without a browser. A quick one says at once that it has shown a picture. */
class Watcher {
  /** The key of its later connections, for one that was let in by an address. */
  readonly session: Promise<string>;
  #messages = new Inbox<ServerMessage>();
  #pictures = new Inbox<{ key: number; jpeg: number[] }>();

  private constructor(
    readonly socket: WebSocket,
    quick: boolean,
  ) {
    let keep: (key: string) => void;
    this.session = new Promise((resolve) => (keep = resolve));
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) {
        const message = JSON.parse(String(data)) as ServerMessage;
        return message.type === 'session' ? keep(message.key) : this.#messages.put(message);
      }
      const key = data.readUInt32BE();
      if (quick) this.shown(key);
      this.#pictures.put({ key, jpeg: [...data.subarray(4)] });
    });
  }

  static async open({ quick = false, url = page.url } = {}): Promise<Watcher> {
    const query = new URL(url).hash.slice(1);
    const socket = new WebSocket(`ws://127.0.0.1:${port()}/socket?${query}`, { origin: origin() });
    sockets.push(socket);
    const watcher = new Watcher(socket, quick);
    await once(socket, 'open');
    return watcher;
  }

  send = (message: ViewerMessage) => this.socket.send(JSON.stringify(message));
  message = () => this.#messages.take();
  picture = () => this.#pictures.take();

  shown(key: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(key);
    this.socket.send(bytes);
  }
}

class Inbox<T> {
  #items: T[] = [];
  #takers: ((item: T) => void)[] = [];

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  take(): Promise<T> {
    const item = this.#items.shift();
    return item === undefined ? new Promise((resolve) => this.#takers.push(resolve)) : Promise.resolve(item);
  }
}
