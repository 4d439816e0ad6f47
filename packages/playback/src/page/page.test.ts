import { get, type IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { openPage, type Page } from './page.js';
import type { ServerMessage } from './wire.js';

let page: Page;
const sockets: WebSocket[] = [];
beforeEach(async () => {
  page = await openPage({ title: 'lobby' });
});
afterEach(async () => {
  sockets.splice(0).forEach((socket) => socket.terminate());
  await page.close();
});

const origin = () => page.url.slice(0, -1);
const port = () => Number(new URL(page.url).port);

describe('requests', () => {
  const fetchPage = async (path: string, headers: Record<string, string> = {}) => {
    const [response] = (await once(get(page.url + path.slice(1), { headers, agent: false }), 'response')) as [
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
        `ws://127.0.0.1:${port()}/socket`,
        from === undefined ? {} : { origin: from },
      );
      sockets.push(socket);
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).toContain('403');
    },
  );

  it('of a foreign host are refused', async () => {
    const headers = { host: 'evil.example', origin: 'http://evil.example' };
    const socket = new WebSocket(`ws://127.0.0.1:${port()}/socket`, { headers });
    sockets.push(socket);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('403');
  });

  it('are let in by both names of this machine', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const headers = { host: `${host}:${port()}`, origin: `http://${host}:${port()}` };
      const socket = new WebSocket(`ws://127.0.0.1:${port()}/socket`, { headers });
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
    viewer.socket.send(Buffer.alloc(5000));
    await once(viewer.socket, 'close');
    const other = await Watcher.open();
    expect(await other.message()).toMatchObject({ type: 'hello' });
    expect(page.viewers).toBe(1);
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
  #messages = new Inbox<ServerMessage>();
  #pictures = new Inbox<{ key: number; jpeg: number[] }>();

  private constructor(
    readonly socket: WebSocket,
    quick: boolean,
  ) {
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return this.#messages.put(JSON.parse(String(data)) as ServerMessage);
      const key = data.readUInt32BE();
      if (quick) this.shown(key);
      this.#pictures.put({ key, jpeg: [...data.subarray(4)] });
    });
  }

  static async open({ quick = false } = {}): Promise<Watcher> {
    const socket = new WebSocket(`ws://127.0.0.1:${port()}/socket`, { origin: origin() });
    sockets.push(socket);
    const watcher = new Watcher(socket, quick);
    await once(socket, 'open');
    return watcher;
  }

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
