import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { ControlMessage, EndpointEvent } from '../endpoint/types.js';
import { openTransport, type Transport } from './transport.js';

const host = '127.0.0.1';
const open: Transport[] = [];

async function make(worker: boolean): Promise<Transport> {
  const transport = await openTransport({ channels: { data: { host, port: 0 } }, worker });
  open.push(transport);
  return transport;
}

function introduce(one: Transport, other: Transport, id = 'peer'): void {
  one.addDestination({
    id,
    addresses: { data: { address: host, port: other.ports['data']! } },
    control: { channel: 'data', ssrc: other.controlSsrc },
  });
}

async function makePair(worker: boolean): Promise<[Transport, Transport]> {
  const pair: [Transport, Transport] = [await make(worker), await make(worker)];
  introduce(...pair);
  introduce(pair[1], pair[0]);
  return pair;
}

const numbered = (number: number, length: number) =>
  Uint8Array.from({ length }, (_, index) => number * 31 + index * 7);

/** Resolves with the first so many messages. */
function messagesOf(transport: Transport, count: number): Promise<ControlMessage[]> {
  const messages: ControlMessage[] = [];
  return new Promise((resolve) =>
    transport.on('control', (message) => void (messages.push(message) === count && resolve(messages))),
  );
}

/** Resolves with the first event of a type. */
async function eventOf<T extends EndpointEvent['type']>(transport: Transport, type: T) {
  for (;;) {
    const [event] = (await once(transport, 'event')) as [EndpointEvent];
    if (event.type === type) return event as Extract<EndpointEvent, { type: T }>;
  }
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});

describe.each([
  ['in a thread of its own', true],
  ['in this thread', false],
])('control messages on real sockets, %s', (_, worker) => {
  it('come both ways, in order, as they were', async () => {
    const [one, other] = await makePair(worker);
    const lengths = [0, 1, 16_384, 1000, 3000, 0, 5];
    const came = Promise.all([messagesOf(one, lengths.length), messagesOf(other, lengths.length)]);
    for (const transport of [one, other]) {
      for (const [number, length] of lengths.entries()) {
        // A view of larger memory, which stays the caller's.
        const memory = new Uint8Array(length + 10);
        memory.set(numbered(number, length), 5);
        expect(transport.sendControl('peer', memory.subarray(5, 5 + length))).toBe(true);
        expect(memory.length).toBe(length + 10);
        memory.fill(255);
      }
    }
    for (const messages of await came) {
      expect(messages.map(({ data }) => Uint8Array.from(data))).toEqual(
        lengths.map((length, number) => numbered(number, length)),
      );
    }
    const { control } = await other.statistics();
    expect(control).toMatchObject([
      { peer: 'peer', ssrc: one.controlSsrc, received: { messages: lengths.length }, restarts: 0 },
    ]);
  });

  it('are refused when too many wait, and taken again when the peer has taken some', async () => {
    const [one, other] = await makePair(worker);
    let sent = 0;
    while (one.sendControl('peer', new Uint8Array(16_384))) sent += 1;
    expect(sent).toBe(15);
    const came = messagesOf(other, sent + 1);
    await eventOf(one, 'control-taken');
    while (!one.sendControl('peer', Uint8Array.of(9))) await eventOf(one, 'control-taken');
    expect((await came).at(-1)!.data).toEqual(Uint8Array.of(9));
  });

  it('are refused for somebody who is no peer, or is none any more', async () => {
    const [one] = await makePair(worker);
    expect(one.sendControl('nobody', Uint8Array.of(1))).toBe(false);
    one.removeDestination('peer');
    expect(one.sendControl('peer', Uint8Array.of(1))).toBe(false);
  });

  it('are told as failed when their peer is removed', async () => {
    const one = await make(worker);
    const away = await make(worker);
    introduce(one, away);
    // Nobody has told the other of us: it takes nothing.
    expect(one.sendControl('peer', new Uint8Array(100))).toBe(true);
    const failed = eventOf(one, 'control-failed');
    one.removeDestination('peer');
    expect(await failed).toEqual({
      type: 'control-failed',
      peer: 'peer',
      reason: 'removed',
      messages: 1,
      bytes: 100,
    });
  });

  it('and who gets them are checked', async () => {
    const one = await make(worker);
    expect(() => one.sendControl('peer', new Uint8Array(16_385))).toThrow(
      expect.objectContaining({ code: 'message-too-large' }),
    );
    const control = { channel: 'data', ssrc: 2 ** 32 };
    const addresses = { data: { address: host, port: 9 } };
    expect(() => one.addDestination({ id: 'd', addresses, control })).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    );
    expect(() => one.addDestination({ id: 'd', addresses, control: { channel: 'other', ssrc: 1 } })).toThrow(
      expect.objectContaining({ code: 'unknown-channel' }),
    );
  });
});
