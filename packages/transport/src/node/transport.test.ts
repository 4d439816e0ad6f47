import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isHhbError, micros, type HhbError } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { afterEach, describe, expect, it } from 'vitest';
import type { PayloadFormat } from '../payload/payload-format.js';
import { parseRtcp } from '../packet/rtcp.js';
import type { IncomingFrame } from '../endpoint/types.js';
import { openTransport, type Transport } from './transport.js';
import type { TransportOptions } from './options.js';

const formats: PayloadFormat[] = [{ format: 'generic', payloadType: 96, clockRate: 90_000 }];
const host = '127.0.0.1';
const open: Transport[] = [];

async function make(
  channels: TransportOptions['channels'] = { data: { host, port: 0 } },
): Promise<Transport> {
  const transport = await openTransport({ channels, worker: false });
  open.push(transport);
  return transport;
}

/** A socket of another program on this machine. */
async function plainSocket(port = 0) {
  const socket = createSocket('udp4');
  socket.bind(port, host);
  await once(socket, 'listening');
  return socket;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});

const code = (name: string) => expect.objectContaining({ name: 'HhbError', code: name });

describe('a transport on loopback', () => {
  it('carries messages both ways, with capture instants, and statistics', async () => {
    const [a, b] = [await make(), await make()];
    for (const [from, to, ssrc] of [
      [a, b, 1],
      [b, a, 2],
    ] as const) {
      from.addOutgoing({ id: 's', channel: 'data', ssrc, formats });
      from.addDestination({ id: 'peer', addresses: { data: { address: host, port: to.ports['data']! } } });
      to.addIncoming({ peer: 'peer', id: 's', channel: 'data', ssrc, formats });
    }
    const capturedAt = systemClock.now();
    const data = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    const both = Promise.all([once(a, 'frame'), once(b, 'frame')]) as Promise<
      [[IncomingFrame], [IncomingFrame]]
    >;
    a.send({ stream: 's', data, capturedAt });
    b.send({ stream: 's', data: data.subarray(0, 10), capturedAt });
    const [[atA], [atB]] = await both;
    expect(atA.data).toEqual(data.subarray(0, 10));
    expect(Buffer.compare(atB.data, data)).toBe(0);
    expect(Math.abs(atB.capturedAt! - capturedAt)).toBeLessThan(20);
    const statistics = await b.statistics();
    expect(statistics).toMatchObject({
      incoming: [{ frames: 1, lost: 0 }],
      outgoing: [{ frames: 1 }],
      sendErrors: {},
    });
  });

  it('reads back what receive buffer was granted', async () => {
    const { receiveBuffers } = await make();
    expect(receiveBuffers['data']).toMatchObject({ asked: 4 * 1024 * 1024 });
    expect(receiveBuffers['data']!.granted).toBeGreaterThan(0);
  });

  it('warns when that is too little, and of nothing else', async () => {
    const { receiveBuffers, warnings } = await make();
    const codes = warnings.map(({ code }) => code);
    expect(codes).toEqual(receiveBuffers['data']!.granted < 2 ** 20 ? ['small-receive-buffer'] : []);
  });

  it('says BYE for every stream to every destination when it closes, repeated', async () => {
    const transport = await make();
    const listener = await plainSocket();
    const goodbyes: number[] = [];
    listener.on('message', (data) => {
      for (const packet of parseRtcp(data) ?? [])
        if (packet.type === 'goodbye') goodbyes.push(...packet.ssrcs);
    });
    for (const ssrc of [1, 2]) transport.addOutgoing({ id: `${ssrc}`, channel: 'data', ssrc, formats });
    for (const id of ['x', 'y']) {
      transport.addDestination({ id, addresses: { data: { address: host, port: listener.address().port } } });
    }
    await transport.close();
    // What was sent before is there before what is sent now.
    const marker = createSocket('udp4');
    const marked = new Promise<void>((resolve) =>
      listener.on('message', (data) => data.length === 1 && resolve()),
    );
    marker.send(Uint8Array.of(0), listener.address().port, host);
    await marked;
    marker.close();
    listener.close();
    expect(goodbyes.sort()).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
  });

  it('closes once, and is quiet after', async () => {
    const transport = await make();
    const closing = transport.close();
    expect(transport.close()).toBe(closing);
    await closing;
    transport.addOutgoing({ id: 's', channel: 'data', ssrc: 1, formats });
    transport.send({ stream: 's', data: new Uint8Array(1), capturedAt: systemClock.now() });
    await expect(transport.statistics()).rejects.toEqual(code('transport-closed'));
  });

  it('passes over strangers and noise, counted', async () => {
    const transport = await make();
    transport.addIncoming({ peer: 'p', id: 's', channel: 'data', formats });
    const stranger = await plainSocket();
    const good = [0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0x20, 0, 0, 0, 0, 0, 0, 1, 9];
    const came = once(transport, 'frame');
    for (const bytes of [[1], [1, 2, 3, 4, 5], [0x80, 200, 9, 9], good]) {
      stranger.send(Uint8Array.from(bytes), transport.ports['data']!, host);
    }
    await came;
    stranger.close();
    expect((await transport.statistics()).drops).toEqual({
      'too-short': 1,
      'wrong-version': 1,
      'malformed-rtcp': 1,
    });
  });
});

describe('ports', () => {
  it('two channels with one port share a socket', async () => {
    const free = await plainSocket();
    const { port } = free.address();
    await new Promise<void>((resolve) => free.close(() => resolve()));
    const b = await make({ video: { host, port }, audio: { host, port } });
    expect(b.ports).toEqual({ video: port, audio: port });
    const a = await make();
    for (const [id, ssrc] of [
      ['video', 1],
      ['audio', 2],
    ] as const) {
      a.addOutgoing({ id, channel: 'data', ssrc, formats });
      b.addIncoming({ peer: 'a', id, channel: id, ssrc, formats });
    }
    a.addDestination({ id: 'b', addresses: { data: { address: host, port } } });
    const got: string[] = [];
    const both = new Promise<void>((resolve) =>
      b.on('frame', ({ stream }) => void (got.push(stream) === 2 && resolve())),
    );
    for (const stream of ['video', 'audio'])
      a.send({ stream, data: new Uint8Array(9), capturedAt: systemClock.now() });
    await both;
    expect(got).toEqual(['video', 'audio']);
  });

  it('two channels with port 0 have one each', async () => {
    const { ports } = await make({ video: { host, port: 0 }, audio: { host, port: 0 } });
    expect(ports['video']).not.toBe(ports['audio']);
  });

  it('in use: an error that names the port', async () => {
    const taken = await plainSocket();
    const { port } = taken.address();
    const error = await make({ data: { host, port } }).catch((thrown: unknown) => thrown);
    expect(isHhbError(error, 'port-in-use')).toBe(true);
    expect((error as HhbError).message).toContain(String(port));
    taken.close();
  });

  it('in use: with fallback the next free one, but not one that another channel asks for', async () => {
    const taken = await plainSocket();
    const { port } = taken.address();
    const { ports } = await make({
      video: { host, port, fallback: true },
      audio: { host, port: port + 1, fallback: true },
    });
    expect(ports['video']).toBeGreaterThan(port + 1);
    expect(ports['audio']).toBeGreaterThan(port);
    expect(ports['video']).not.toBe(ports['audio']);
    taken.close();
  });

  it('are all free again when one could not be bound', async () => {
    const taken = await plainSocket();
    const free = await plainSocket();
    const { port } = free.address();
    await new Promise<void>((resolve) => free.close(() => resolve()));
    await expect(make({ a: { host, port }, b: { host, port: taken.address().port } })).rejects.toEqual(
      code('port-in-use'),
    );
    const again = await plainSocket(port);
    again.close();
    taken.close();
  });
});

describe('errors', () => {
  it('of a host that is not of this machine', async () => {
    await expect(make({ data: { host: '203.0.113.7', port: 0 } })).rejects.toEqual(
      code('host-not-available'),
    );
  });

  it.each([
    ['no channel', {}],
    ['a port over 65535', { data: { port: 65_536 } }],
    ['a name for a host', { data: { host: 'localhost', port: 0 } }],
  ])('of options: %s', async (_, channels) => {
    await expect(make(channels)).rejects.toEqual(code('bad-option'));
  });

  it('of options: an mtu out of range leaves no socket behind', async () => {
    await expect(
      openTransport({ channels: { data: { host, port: 0 } }, mtu: 10, worker: false }),
    ).rejects.toEqual(code('bad-option'));
  });

  it('of streams and destinations come at once', async () => {
    const transport = await make();
    const stream = { id: 's', channel: 'data', ssrc: 1, formats };
    expect(() => transport.addOutgoing({ ...stream, channel: 'other' })).toThrow(code('unknown-channel'));
    expect(() => transport.addOutgoing({ ...stream, ssrc: 2 ** 32 })).toThrow(code('bad-option'));
    expect(() => transport.addIncoming({ ...stream, peer: 'p', deadline: micros(-1) })).toThrow(
      code('bad-option'),
    );
    expect(() => transport.addIncoming({ ...stream, peer: 'p', formats: [] })).toThrow(code('bad-option'));
    expect(() =>
      transport.addIncoming({ ...stream, peer: 'p', formats: [{ ...formats[0]!, payloadType: 72 }] }),
    ).toThrow(code('bad-option'));
    const to = (address: string, port: number) => ({ id: 'd', addresses: { data: { address, port } } });
    expect(() => transport.addDestination(to('localhost', 5000))).toThrow(code('bad-address'));
    expect(() => transport.addDestination(to(host, 0))).toThrow(code('bad-address'));
    expect(() =>
      transport.addDestination({ id: 'd', addresses: { other: { address: host, port: 1 } } }),
    ).toThrow(code('unknown-channel'));
  });

  it('of sending are counted, and told once a second at most', async () => {
    const transport = await make();
    transport.addOutgoing({ id: 's', channel: 'data', ssrc: 1, formats });
    // A socket of 127.0.0.1 can't reach out of this machine.
    transport.addDestination({ id: 'away', addresses: { data: { address: '203.0.113.7', port: 9 } } });
    const errors: HhbError[] = [];
    const told = new Promise<void>((resolve) =>
      transport.on('error', (error) => {
        errors.push(error);
        resolve();
      }),
    );
    transport.send({ stream: 's', data: new Uint8Array(20_000), capturedAt: systemClock.now() });
    await told;
    const { sendErrors } = await transport.statistics();
    expect(errors.map((error) => error.code)).toEqual(['send-failed']);
    expect(Object.values(sendErrors).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);
  });

  it('of sending do no harm without a listener', async () => {
    const transport = await make();
    transport.addOutgoing({ id: 's', channel: 'data', ssrc: 1, formats });
    transport.addDestination({ id: 'away', addresses: { data: { address: '203.0.113.7', port: 9 } } });
    transport.send({ stream: 's', data: new Uint8Array(5000), capturedAt: systemClock.now() });
    await new Promise((resolve) => setImmediate(resolve));
    expect(Object.keys((await transport.statistics()).sendErrors).length).toBe(1);
  });
});

describe('addresses', () => {
  it('of IPv4 reach, and are told by, a socket of both', async () => {
    const dual = await make({ data: { host: '::', port: 0 } }).catch(() => undefined);
    // A machine without IPv6 has nothing to test here.
    if (!dual) return;
    const four = await make();
    dual.addOutgoing({ id: 's', channel: 'data', ssrc: 1, formats });
    dual.addDestination({ id: 'four', addresses: { data: { address: host, port: four.ports['data']! } } });
    four.addIncoming({ peer: 'dual', id: 's', channel: 'data', ssrc: 1, formats });
    const came = once(four, 'frame');
    dual.send({ stream: 's', data: new Uint8Array(3), capturedAt: systemClock.now() });
    await came;
  });

  it('of both families reach a transport that says no host; the first of a destination that answers is told', async () => {
    const [a, b] = [await make({ data: { port: 0 } }), await make({ data: { port: 0 } })];
    const to = (id: string, other: Transport, candidates: string[]) => ({
      ...{ id, candidates, ports: other.ports as Record<string, number> },
      control: { channel: 'data', ssrc: other.controlSsrc },
    });
    // That nothing can be sent to the first one may be told before.
    const path = new Promise((resolve) => a.on('event', resolve));
    b.addDestination(to('a', a, [host]));
    // No packet can be sent to the first, for it is a network's broadcast address.
    a.addDestination(to('b', b, ['255.255.255.255', host]));
    expect(await path).toEqual({ type: 'path', peer: 'b', address: host, previous: '255.255.255.255' });
    const [known] = (await a.statistics()).paths;
    expect(known).toMatchObject({ peer: 'b', address: host, answered: true, changes: 1 });
    const six = await make({ data: { host: '::1', port: 0 } }).catch(() => undefined);
    // A machine without IPv6 has nothing more to test here.
    if (!six) return;
    six.addDestination(to('a', a, ['::1']));
    const second = once(a, 'event');
    a.addDestination(to('six', six, ['::1']));
    expect(await second).toEqual([{ type: 'path', peer: 'six', address: '::1' }]);
  });

  it.each([
    ['neither addresses nor candidates', {}, 'bad-option'],
    ['both', { addresses: {}, candidates: [host], ports: {} }, 'bad-option'],
    ['no candidate', { candidates: [], ports: {} }, 'bad-address'],
    ['a name for a candidate', { candidates: ['localhost'], ports: { data: 1 } }, 'bad-address'],
    ['a port that is none', { candidates: [host], ports: { data: 0 } }, 'bad-address'],
    ['a channel that is none', { candidates: [host], ports: { other: 1 } }, 'unknown-channel'],
  ])('of a destination with %s are refused', async (_, destination, expected) => {
    const transport = await make();
    expect(() => transport.addDestination({ id: 'd', ...destination })).toThrow(code(expected));
  });
});
