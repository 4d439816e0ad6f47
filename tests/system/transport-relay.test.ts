import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { millis, seconds } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { Link, seededRandom, type LinkOptions } from '@hellohaybye/transport/netsim';
import { openRelay, type Relay, type RelayOptions } from '@hellohaybye/transport/netsim/node';
import { openTransport, type Transport } from '@hellohaybye/transport/node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { root, start } from '../support/cli.js';

const local = '127.0.0.1';
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, local);
  await once(socket, 'listening');
  closing.push(() => socket.close());
  return socket;
}

/** Something that answers every datagram to whoever sent it, as it came. */
async function openEcho(): Promise<Socket> {
  const echo = await openSocket();
  echo.on('message', (data, { port }) => echo.send(data, port, local));
  return echo;
}

async function relayTo(target: Socket, options: Partial<RelayOptions> = {}): Promise<Relay> {
  const to = { address: local, port: target.address().port };
  const relay = await openRelay({ listen: { port: 0 }, to, ...options });
  closing.push(() => relay.close());
  return relay;
}

const next = async (socket: Socket): Promise<[data: Buffer, from: RemoteInfo]> =>
  (await once(socket, 'message')) as [Buffer, RemoteInfo];
const text = async (socket: Socket): Promise<string> => (await next(socket))[0].toString();

describe('a relay', () => {
  it('passes on what comes, and answers to whoever sent', async () => {
    const relay = await relayTo(await openEcho());
    expect(relay.address).toBe(local);
    const clients = await Promise.all([openSocket(), openSocket(), openSocket()]);
    for (const [index, client] of clients.entries()) client.send(`to ${index}`, relay.port, local);
    expect(await Promise.all(clients.map(text))).toEqual(['to 0', 'to 1', 'to 2']);
    expect(relay.statistics).toMatchObject({
      up: { packets: 3, bytes: 3 * (4 + 28), delivered: 3 },
      down: { packets: 3, delivered: 3 },
      clients: 3,
      underWay: 0,
      refused: 0,
      sendErrors: {},
    });
  });

  it('keeps the delay of each direction, and the order', async () => {
    const relay = await relayTo(await openEcho(), {
      up: { delay: millis(30), jitter: millis(5) },
      down: { delay: millis(20) },
    });
    const client = await openSocket();
    const sentAt = systemClock.now();
    const numbers: number[] = [];
    const all = new Promise<void>((resolve) => {
      client.on('message', (data) => {
        if (numbers.push(Number(data)) === 40) resolve();
      });
    });
    for (let number = 0; number < 40; number += 1) client.send(String(number), relay.port, local);
    await all;
    expect(systemClock.now() - sentAt).toBeGreaterThanOrEqual(50_000);
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, number) => number));
  });

  it.each<[string, LinkOptions]>([
    ['each for itself', { loss: 0.3 }],
    ['in bursts', { burst: { loss: 0.3, packets: 4 } }],
  ])('loses the packets that the seed says: %s', async (_, up) => {
    const seed = 7;
    const target = await openSocket();
    const relay = await relayTo(target, { up, seed });
    const client = await openSocket();
    // A relay draws once for the radio, and then makes its links.
    const random = seededRandom(seed);
    random.uint32();
    const twin = new Link(up, { random, start: seconds(0), radio: seededRandom(0) });
    for (let number = 0; number < 300; number += 1) {
      const data = Uint8Array.of(number & 255, number >> 8);
      const comes = twin.transmit(data, seconds(0)).length > 0;
      const arrived = comes ? next(target) : undefined;
      client.send(data, relay.port, local);
      if (arrived) expect((await arrived)[0]).toEqual(Buffer.from(data));
      else
        await vi.waitFor(() => expect(relay.statistics.up.packets).toBe(number + 1), {
          interval: 1,
          timeout: 10_000,
        });
    }
    expect(relay.statistics.up.lost).toEqual(twin.statistics.lost);
  });

  it('changes when it is told to', async () => {
    const relay = await relayTo(await openEcho(), { up: { loss: 1 } });
    const client = await openSocket();
    client.send('lost', relay.port, local);
    await vi.waitFor(() => expect(relay.statistics.up.lost.loss).toBe(1), { interval: 1, timeout: 10_000 });
    relay.change({ up: {} });
    client.send('found', relay.port, local);
    expect(await text(client)).toBe('found');
  });

  it('its other end is known from the start: who is behind it can speak first once somebody is there', async () => {
    const target = await openSocket();
    const relay = await relayTo(target);
    const { via } = relay.routes[0]!;
    target.send('to nobody', via.port, via.address);
    await vi.waitFor(() => expect(relay.statistics.refused).toBe(1), { interval: 1, timeout: 10_000 });
    const client = await openSocket();
    client.send('here', relay.port, local);
    const [, from] = await next(target);
    expect(from.port).toBe(via.port);
    target.send('to you', via.port, via.address);
    expect(await text(client)).toBe('to you');
  });

  it('takes nothing from strangers on its other end', async () => {
    const target = await openSocket();
    const relay = await relayTo(target);
    const client = await openSocket();
    client.send('here', relay.port, local);
    await next(target);
    const stranger = createSocket('udp4');
    closing.push(() => stranger.close());
    stranger.bind(0, '127.0.0.2');
    await once(stranger, 'listening');
    stranger.send('psst', relay.routes[0]!.via.port, local);
    await vi.waitFor(() => expect(relay.statistics.refused).toBe(1), { interval: 1, timeout: 10_000 });
    expect(relay.statistics.down.packets).toBe(0);
  });

  it('serves 64 clients at a time, and no 65th', async () => {
    const relay = await relayTo(await openEcho());
    const clients = await Promise.all(Array.from({ length: 64 }, openSocket));
    for (const [index, client] of clients.entries()) {
      client.send(String(index), relay.port, local);
      expect(await text(client)).toBe(String(index));
    }
    const late = await openSocket();
    late.send('one too many', relay.port, local);
    await vi.waitFor(() => expect(relay.statistics.refused).toBe(1), { interval: 1, timeout: 10_000 });
    expect(relay.statistics.clients).toBe(64);
  });

  it('several routes share its links', async () => {
    const [one, other] = [await openEcho(), await openEcho()];
    const also = [{ listen: { port: 0 }, to: { address: local, port: other.address().port } }];
    const relay = await relayTo(one, { also, up: { mtu: 100 } });
    const client = await openSocket();
    for (const [index, { listen, to }] of relay.routes.entries()) {
      expect(to.port).toBe([one, other][index]!.address().port);
      client.send(`by ${index}`, listen.port, local);
      expect(await text(client)).toBe(`by ${index}`);
      client.send(new Uint8Array(73), listen.port, local);
    }
    await vi.waitFor(() => expect(relay.statistics.up.lost.mtu).toBe(2), { interval: 1, timeout: 10_000 });
  });

  it('says what is wrong with its options, and leaves no port bound when one is in use', async () => {
    const target = await openSocket();
    const to = { address: local, port: target.address().port };
    const free = await openSocket();
    const { port } = free.address();
    free.close();
    closing.splice(closing.length - 1);
    const also = [{ listen: { port: to.port }, to: { address: local, port: 9 } }];
    await expect(openRelay({ listen: { port }, to, also })).rejects.toMatchObject({ code: 'port-in-use' });
    const relay = await relayTo(target, { listen: { port } });
    expect(relay.port).toBe(port);
    const wrong: [code: string, options: Partial<RelayOptions>][] = [
      ['bad-address', { to: { address: 'localhost', port: 5001 } }],
      ['bad-address', { to: { address: local, port: 0 } }],
      ['bad-address', { listen: { port: 70_000 } }],
      ['bad-address', { listen: { host: 'nowhere', port: 0 } }],
      ['bad-address', { listen: { port: to.port } }],
      ['bad-option', { up: { loss: 2 } }],
    ];
    for (const [code, options] of wrong) {
      await expect(openRelay({ listen: { port: 0 }, to, ...options })).rejects.toMatchObject({ code });
    }
  });

  it('a transport behind it gets its frames', async () => {
    const open = async (): Promise<Transport> => {
      const transport = await openTransport({ channels: { media: { host: local, port: 0 } } });
      closing.push(() => transport.close());
      return transport;
    };
    const [sender, receiver] = [await open(), await open()];
    const relay = await openRelay({
      listen: { port: 0 },
      to: { address: local, port: receiver.ports['media']! },
      up: { delay: millis(5) },
    });
    closing.push(() => relay.close());
    const formats = [{ format: 'generic' as const, payloadType: 96, clockRate: 90_000 }];
    const stream = { id: 'video', channel: 'media', ssrc: 7, formats };
    receiver.addIncoming({ peer: 'sender', ...stream });
    sender.addOutgoing(stream);
    sender.addDestination({ id: 'receiver', addresses: { media: { address: local, port: relay.port } } });
    const frame = once(receiver, 'frame');
    const capturedAt = systemClock.now();
    sender.send({ stream: 'video', data: new Uint8Array(40_000).fill(5), capturedAt });
    const [{ data }] = (await frame) as [{ data: Uint8Array }];
    expect(data).toEqual(new Uint8Array(40_000).fill(5));
    expect(systemClock.now() - capturedAt).toBeGreaterThanOrEqual(5000);
  });
});

describe('the command', () => {
  const command = (...args: string[]) =>
    start(process.execPath, [join(root, 'packages/transport/bin/hellohaybye-transport.js'), ...args]);
  const relaying = /Relaying 127\.0\.0\.1:(\d+) to 127\.0\.0\.1:(\d+), seen there as 127\.0\.0\.1:(\d+)/;

  it('relays until Ctrl-C, then tells what it counted', async () => {
    const echo = await openEcho();
    const relay = command('relay', '--listen', '0', '--to', `${echo.address().port}`, '--delay', '5ms');
    const [, port, to] = await relay.printed(relaying, 'stdout');
    expect(Number(to)).toBe(echo.address().port);
    await relay.printed(/up: delay 5 ms; down: delay 5 ms; seed 1/, 'stdout');
    const client = await openSocket();
    client.send('hello', Number(port), local);
    expect(await text(client)).toBe('hello');
    relay.signal('SIGINT');
    expect(await relay.exited).toEqual({ code: 0, signal: null });
    expect(relay.stdout).toContain(
      'up: 1 datagrams, 33 bytes with IP and UDP headers, 1 passed on, 0 lost (0 %)',
    );
    expect(relay.stderr).toBe('');
  });

  it('--json: the counts on stdout, and nothing else there', async () => {
    const echo = await openEcho();
    const relay = command(
      ...['relay', '--listen', '0', '--to', `127.0.0.1:${echo.address().port}`, '--json'],
      ...['--loss', '100%', '--up-only', '--seed', '9'],
    );
    const [, port] = await relay.printed(relaying);
    const client = await openSocket();
    client.send('hello', Number(port), local);
    // What comes by the way back shows that it has come by the way there.
    const [, , , via] = await relay.printed(relaying);
    const heard = text(client);
    const tell = setInterval(() => echo.send('you there?', Number(via), local), 5);
    closing.push(() => clearInterval(tell));
    expect(await heard).toBe('you there?');
    relay.signal('SIGTERM');
    expect(await relay.exited).toMatchObject({ code: 0 });
    expect(relay.json).toMatchObject({
      ok: true,
      seed: 9,
      up: { packets: 1, delivered: 0, lost: { loss: 1 } },
      down: { lost: { loss: 0 } },
    });
  });

  it('ends by itself after --duration, with several routes', async () => {
    const routes = ['--listen', '0', '--to', '5001', '--listen', '0', '--to', 'localhost:5002'];
    const relay = command('relay', ...routes, '--preset', 'wifi-bad', '--duration', '100ms');
    expect(await relay.exited).toMatchObject({ code: 0 });
    expect(relay.stdout.match(/Relaying/g)).toHaveLength(2);
  });

  it.each([
    [
      ['relay', '--listen', '0', '--to', '5001', '--loss', '10'],
      '--loss "10" is not a share such as 10% or 0.1.',
    ],
    [['relay', '--listen', '0', '--to', '5001', '--lost', '1%'], "Unknown option '--lost'."],
    [['relay'], 'Say where to listen: --listen 6001 --to 127.0.0.1:5001.'],
    [['relay', '--listen', '6001', '--to', '6001'], 'Port 6001 leads back to itself.'],
    [['really'], 'There is no command "really". Try relay --help.'],
  ])('%j: one line, and 2', async (args, message) => {
    const relay = command(...args);
    expect(await relay.exited).toEqual({ code: 2, signal: null });
    expect(relay.stderr).toBe(`hellohaybye-transport: ${message}\n`);
    expect(relay.stdout).toBe('');
  });

  it('a port in use: one line, and 1, at once also with a duration', async () => {
    const echo = await openEcho();
    const { port } = echo.address();
    const relay = command('relay', '--listen', `${port}`, '--to', '5001', '--duration', '1000');
    expect(await relay.exited).toEqual({ code: 1, signal: null });
    expect(relay.stderr).toMatch(new RegExp(`^hellohaybye-transport: Port ${port} .* in use.*\n$`));
  });

  it('--help tells every option', async () => {
    const help = command('relay', '--help');
    expect(await help.exited).toMatchObject({ code: 0 });
    for (const option of ['--listen', '--via', '--stall', '--cross', '--up-only', 'overloaded-switch']) {
      expect(help.stdout).toContain(option);
    }
    expect(help.stdout.split('\n').every((line) => line.length <= 115)).toBe(true);
  });
});
