import { once } from 'node:events';
import { request, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServerProcess, type Client, type Message } from '../support/server-process.js';

// Whatever one client does, two others in a room go on: each asks and is answered, and hears nothing of it.
let server: ServerProcess;
let others: Client[];
const open: Socket[] = [];

const start = async (args: string[] = []) => {
  server = await ServerProcess.start(args);
  others = [await server.inRoom('anna', 'lobby'), await server.inRoom('ben', 'lobby')];
  await others[0]!.next();
};

/** Anna's update reaches ben and is answered, and nothing else came to either of them. */
async function othersAreServed(): Promise<void> {
  const [anna, ben] = others as [Client, Client];
  anna.send({ type: 'update', requestId: 77 });
  expect(await anna.next()).toEqual({ type: 'done', requestId: 77 });
  expect(await ben.next()).toMatchObject({ type: 'participant-updated', participant: { name: 'anna' } });
  expect([anna.received, ben.received]).toEqual([[], []]);
}

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await server.stop();
});

describe('the server refuses, and logs once,', () => {
  beforeEach(() => start());

  const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
  it.each([
    ['malformed JSON', '{"type":', 'not-json'],
    ['deep nesting', `{"type":"hello","requestId":1,"version":1,"name":${deep}}`, 'bad-name'],
    ['a wrong type', '{"type":"join","requestId":"1","room":7}', 'bad-message'],
    ['an unknown message', '{"type":"dance","requestId":1}', 'unknown-type'],
    ['binary data', Buffer.from([1, 2, 3]), 'binary-message'],
    ['a long message', `"${'x'.repeat(40_000)}"`, 'message-too-large'],
    ['a message before hello', '{"type":"leave","requestId":1}', 'hello-first'],
  ])('%s', async (_, message, code) => {
    const eve = await server.client();
    for (let times = 0; times < 3; times += 1) {
      eve.send(message);
      expect(await eve.next()).toMatchObject({ type: 'error', code });
    }
    await othersAreServed();
    expect(await server.refusals()).toMatchObject([{ code, address: '127.0.0.1' }]);
  });

  it.each([0, 2, 65_535])('version %i, and tells which it speaks', async (version) => {
    const eve = await server.client();
    eve.send({ type: 'hello', requestId: 5, version, name: 'eve', somethingNew: { deep: [1] } });
    expect(await eve.next()).toMatchObject({ code: 'unsupported-version', requestId: 5, versions: [1] });
    await othersAreServed();
    expect(await server.refusals()).toMatchObject([{ code: 'unsupported-version' }]);
  });

  it('nothing of an id that is somebody else’s: it is dropped', async () => {
    const [anna, ben] = others as [Client, Client];
    anna.send({ type: 'update', requestId: 9, state: { muted: true } });
    await anna.next();
    const { participant } = (await ben.next()) as Message & { participant: { id: string } };
    const eve = await server.inRoom('eve', 'kitchen');
    for (const type of ['leave', 'update', 'join']) {
      const media = { candidates: [], ports: {}, streams: [] };
      eve.send({ type, requestId: 3, room: 'cellar', media, id: participant.id, self: participant });
      expect(await eve.next()).toMatchObject({ requestId: 3 });
    }
    await othersAreServed();
  });

  it('10 MB', async () => {
    const eve = await server.client();
    eve.send('x'.repeat(10_000_000));
    expect(await eve.closed).toBe(1009);
    await othersAreServed();
    expect(await server.refusals()).toMatchObject([{ code: 'message-too-large' }]);
  });

  it('more than that, of which it reads no more than comes on its own', async () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    open.push(socket);
    socket.on('error', () => {});
    socket.write(handshake);
    await once(socket, 'data');
    // A text of 2^40 bytes.
    socket.write(Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    const chunk = Buffer.alloc(1_000_000);
    let taken = 0;
    const more = () => {
      if (!socket.destroyed) socket.write(chunk, (error) => !error && ((taken += chunk.length), more()));
    };
    more();
    await new Promise((resolve) => socket.once('close', resolve));
    // What the two buffers of a connection hold is out of its hands.
    expect(taken).toBeLessThan(32_000_000);
    await othersAreServed();
    expect(await server.refusals()).toMatchObject([{ code: 'message-too-large' }]);
  });

  it('5,000 messages at once', async () => {
    const eve = await server.inRoom('eve', 'kitchen');
    for (let requestId = 0; requestId < 5000; requestId += 1) eve.send({ type: 'update', requestId });
    await othersAreServed();
    const answers = [];
    while (answers.length < 5000) answers.push(await eve.next());
    const taken = answers.filter(({ type }) => type === 'done').length;
    const refused = answers.filter(({ code }) => code === 'too-many-messages').length;
    expect(taken).toBeGreaterThanOrEqual(198); // the burst, less hello and join
    expect(taken + refused).toBe(5000);
    expect(refused).toBeGreaterThan(4000);
    await othersAreServed();
    expect(await server.refusals()).toMatchObject([{ code: 'too-many-messages' }]);
  });
});

describe('the server refuses, and logs once, what is another’s or was said before:', () => {
  beforeEach(() => start());

  const key = (letter: string) => letter.repeat(32);
  const hello = (fields: object) => ({ type: 'hello', requestId: 1, version: 1, name: 'eve', ...fields });

  /** Says hello on a connection of its own. */
  async function greet(fields: object) {
    const client = await server.client();
    client.send(hello(fields));
    return { client, reply: (await client.next()) as Message & { token: string } };
  }

  /** Eve says the same three times, or three of them do, and each is refused; nobody else notices, and the log has it once. */
  async function refusedThrice(code: string, say: () => Promise<Message>): Promise<void> {
    for (let times = 0; times < 3; times += 1) expect(await say()).toMatchObject({ type: 'error', code });
    await othersAreServed();
    const lines = await server.refusals();
    expect(lines.filter((line) => line['code'] === code)).toMatchObject([{ address: '127.0.0.1' }]);
  }

  const asked = async (client: Client, message: object) => {
    client.send(message);
    return client.next();
  };

  it('the resume token of somebody else, whose session goes on', async () => {
    const carl = await greet({ instanceKey: key('c') });
    const stolen = { instanceKey: key('e'), token: carl.reply.token };
    await refusedThrice('foreign-session', async () => (await greet(stolen)).reply);
    // Without any key, and by guessing.
    expect((await greet({ token: carl.reply.token })).reply).toMatchObject({ code: 'bad-message' });
    expect((await greet({ instanceKey: key('e'), token: key('f') })).reply).toMatchObject({
      code: 'unknown-session',
    });
    expect(await asked(carl.client, { type: 'confirm', requestId: 2 })).toMatchObject({ type: 'done' });
    expect((await greet({ instanceKey: key('c'), token: carl.reply.token })).reply).toHaveProperty('resumed');
  });

  it('a resume token that was used before', async () => {
    const first = await greet({ instanceKey: key('c') });
    const used = { instanceKey: key('c'), token: first.reply.token };
    const second = await greet(used);
    await asked(second.client, { type: 'confirm', requestId: 2 });
    await refusedThrice('unknown-session', async () => (await greet(used)).reply);
    expect(await asked(second.client, { type: 'confirm', requestId: 3 })).toMatchObject({ type: 'done' });
  });

  it('a request that was made long before, and it is not carried out again', async () => {
    const { client } = await greet({ instanceKey: key('c') });
    const media = { candidates: [], ports: {}, streams: [] };
    await asked(client, { type: 'join', requestId: 2, room: 'kitchen', media });
    await asked(client, { type: 'leave', requestId: 3 });
    for (let requestId = 4; requestId < 24; requestId += 1)
      await asked(client, { type: 'confirm', requestId });
    const join = { type: 'join', requestId: 2, room: 'kitchen', media };
    await refusedThrice('old-request', () => asked(client, join));
    expect((await asked(client, { type: 'who', requestId: 30 }))['rooms']).toEqual([
      { name: 'lobby', people: 2 },
    ]);
  });

  it('a hello that was said before', async () => {
    const { client } = await greet({ instanceKey: key('c') });
    await refusedThrice('hello-twice', () => asked(client, hello({ instanceKey: key('c') })));
  });

  it.each(['accept', 'decline', 'cancel', 'ringing'])('%s for an invitation of others', async (type) => {
    const { client: carl } = await greet({ name: 'carl' });
    const [anna] = others as [Client];
    const { invitations } = (await asked(anna, { type: 'invite', requestId: 3, to: ['carl'] })) as Message & {
      invitations: { id: string }[];
    };
    expect(await carl.next()).toMatchObject({ type: 'invitation' });
    const { client: eve } = await greet({});
    const media = { candidates: [], ports: {}, streams: [] };
    const [invitation] = invitations;
    await refusedThrice('no-such-invitation', () =>
      asked(eve, { type, requestId: 2, invitation: invitation!.id, media }),
    );
    // It still rings.
    expect(await asked(carl, { type: 'decline', requestId: 2, invitation: invitation!.id })).toMatchObject({
      type: 'done',
    });
  });

  it('a key for somebody in another room', async () => {
    const [anna] = others as [Client];
    const { people } = (await asked(anna, { type: 'who', requestId: 3 })) as Message & {
      people: { instance: string }[];
    };
    const eve = await server.inRoom('eve', 'kitchen');
    const message = { type: 'key', requestId: 3, to: people[1]!.instance, data: 'c2VhbGVk' };
    await refusedThrice('nobody-there', () => asked(eve, message));
  });

  it('bytes that are no WebSocket frames, and text that is no UTF-8', async () => {
    for (const bytes of [
      [0xff, 0xff, 0xff],
      [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28],
      [0x81, 0x02, 0x7b, 0x7d], // not masked
    ]) {
      const socket = connect(server.port, '127.0.0.1');
      open.push(socket);
      socket.on('error', () => {});
      socket.write(handshake);
      await once(socket, 'data');
      socket.write(Buffer.from(bytes));
      await once(socket, 'close');
    }
    await othersAreServed();
    expect(await server.refusals()).toMatchObject([{ code: 'bad-frame', address: '127.0.0.1' }]);
  });
});

describe('the server ends', () => {
  it('1,000 connections that never speak', async () => {
    await start(['--hello-timeout', '1', '--max-connections-per-address', '2000']);
    const silent = await Promise.all(Array.from({ length: 1000 }, () => server.client()));
    await othersAreServed();
    for (const one of silent) {
      expect(await one.next()).toMatchObject({ type: 'error', code: 'hello-timeout' });
      expect(await one.closed).toBe(1008);
    }
    await othersAreServed();
    expect(await server.refusals()).toMatchObject([{ code: 'hello-timeout' }]);
  });

  it('those of them that are too many for one address at once', async () => {
    await start(['--hello-timeout', '60', '--max-connections-per-address', '102']);
    const attempts = Array.from({ length: 1000 }, () =>
      server.client().then(
        () => 1,
        () => 0,
      ),
    );
    const letIn = (await Promise.all(attempts)).filter(Boolean).length;
    expect(letIn).toBe(100);
    await othersAreServed();
    expect(await server.refusals()).toMatchObject([{ code: 'too-many-connections' }]);
  });

  it('half-open connections: requests that stop, and clients that fell silent', async () => {
    await start(['--ping-interval', '1', '--ping-timeout', '0.5']);
    const halves = ['', 'GET / HT', 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n'];
    const closed = halves.map(async (half) => {
      const socket = connect(server.port, '127.0.0.1');
      open.push(socket);
      socket.on('error', () => {});
      socket.write(half);
      socket.resume();
      await once(socket, 'close');
    });
    const ghost = await server.inRoom('ghost', 'lobby', { autoPong: false });
    for (const other of others) {
      expect(await other.next()).toMatchObject({ type: 'participant-joined' });
      expect(await other.next()).toMatchObject({ type: 'participant-left', reason: 'timed-out' });
    }
    await ghost.closed;
    await othersAreServed();
    await Promise.all(closed);
    await othersAreServed();
    expect(await server.refusals(2)).toMatchObject([{ code: 'timed-out' }, { code: 'request-incomplete' }]);
    const metrics = await get('/metrics').then(({ body }) => body);
    expect(metrics).toContain('hellohaybye_refused_total{code="request-incomplete"} 3');
  });

  it('bytes that are no request', async () => {
    await start();
    const socket = connect(server.port, '127.0.0.1');
    open.push(socket);
    socket.write('\x16\x03\x01\x02\x00\x01');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
    await once(socket, 'close');
    expect(await server.refusals()).toMatchObject([{ code: 'bad-request', address: '127.0.0.1' }]);
    await othersAreServed();
  });
});

// Only Linux has all of 127.0.0.0/8 without being told.
it.runIf(process.platform === 'linux').each([
  ['silent', ''],
  ['half a request', 'GET / HTTP/1.1\r\nHost: x\r\n'],
])('1,100 connections of one address (%s) lock nobody else out', async (_, half) => {
  await start(['--max-connections', '50', '--max-connections-per-address', '10']);
  let closed = 0;
  const reached = Array.from({ length: 1100 }, () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', localAddress: '127.0.0.3' });
    open.push(socket);
    socket.on('error', () => {}).on('close', () => (closed += 1));
    socket.resume();
    socket.write(half);
    return once(socket, 'connect').catch(() => {});
  });
  await Promise.all(reached);
  const neighbour = { localAddress: '127.0.0.2' };
  expect(await get('/healthz', neighbour)).toMatchObject({ status: 200 });
  const carl = await server.inRoom('carl', 'kitchen', neighbour);
  expect(await carl.ask(3)).toEqual({ type: 'done', requestId: 3 });
  await othersAreServed();
  expect(await server.refusals()).toMatchObject([{ code: 'too-many-connections', address: '127.0.0.3' }]);
  const refused = /refused_total\{code="too-many-connections"\} (\d+)/;
  const { body } = await get('/metrics');
  // Some are kept, so that whoever is over the limit can be told so.
  expect(Number(refused.exec(body)?.[1])).toBeGreaterThan(1000);
  expect(closed).toBeGreaterThan(1000);
});

const handshake =
  'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/** A request with a connection of its own. */
async function get(path: string, options: RequestOptions = {}): Promise<{ status?: number; body: string }> {
  const asked = request({ host: '127.0.0.1', port: server.port, path, agent: false, ...options }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode!, body: await text(response) };
}
