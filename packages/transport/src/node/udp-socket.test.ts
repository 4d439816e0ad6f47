import { once } from 'node:events';
import type { Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import type { Address } from '../endpoint/types.js';
import { bindSockets } from './sockets.js';
import { UdpSocket, type SendFailure } from './udp-socket.js';

const open: Socket[] = [];

/** A socket, what it got and what it failed at; `next` resolves with the next of either. */
async function make(host: string, direct = true) {
  const [bound] = await bindSockets({ data: { host, port: 0 } });
  const { socket, family, port } = bound!;
  open.push(socket);
  const got: { data: Uint8Array; from: Address }[] = [];
  const failures: SendFailure[] = [];
  let told = (): void => undefined;
  const udp = new UdpSocket(
    socket,
    family,
    {
      datagram: (data, from) => (got.push({ data, from }), told()),
      failed: (failure) => (failures.push(failure), told()),
    },
    direct,
  );
  const next = () => new Promise<void>((resolve) => (told = resolve));
  return { udp, port, got, failures, next };
}

afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

const bytes = (...values: number[]) => Uint8Array.from(values);

describe.each([
  ['the short way', true],
  ['socket.send', false],
])('a socket that sends by %s', (_, direct) => {
  it('is what it says, on this Node', async () => {
    expect((await make('127.0.0.1', direct)).udp.direct).toBe(direct);
  });

  it('sends datagrams as they are, in order, from its port', async () => {
    const [a, b] = [await make('127.0.0.1', direct), await make('127.0.0.1', direct)];
    for (const number of [1, 2, 3]) a.udp.send(bytes(number, 9), { address: '127.0.0.1', port: b.port });
    while (b.got.length < 3) await b.next();
    expect(b.got.map(({ data }) => [...data])).toEqual([
      [1, 9],
      [2, 9],
      [3, 9],
    ]);
    expect(b.got[0]!.from).toMatchObject({ address: '127.0.0.1', port: a.port });
    // Not a Buffer, whose slice is a view.
    expect(b.got[0]!.data.constructor).toBe(Uint8Array);
    expect(a.udp.inFlight).toBe(0);
  });

  it('tells each datagram that the system refuses, by its code, and goes on', async () => {
    const [a, b] = [await make('127.0.0.1', direct), await make('127.0.0.1', direct)];
    // A socket of 127.0.0.1 can't reach out of this machine, and no datagram has over 65507 bytes.
    const failed = a.next();
    a.udp.send(bytes(1), { address: '203.0.113.7', port: 9 });
    await failed;
    const tooLarge = a.failures.length > 1 ? undefined : a.next();
    a.udp.send(new Uint8Array(65_508), { address: '127.0.0.1', port: b.port });
    if (a.failures.length < 2) await tooLarge;
    const came = b.next();
    a.udp.send(bytes(2), { address: '127.0.0.1', port: b.port });
    await came;
    expect(a.failures).toHaveLength(2);
    expect(a.failures[0]!.message).toContain(`send ${a.failures[0]!.code} 203.0.113.7:9`);
    expect(a.failures[1]!.code).toBe('EMSGSIZE');
    expect(a.udp.inFlight).toBe(0);
  });

  it('reaches IPv4 from a socket of both families, and tells plain addresses', async () => {
    const dual = await make('::', direct).catch(() => undefined);
    // A machine without IPv6 has nothing to test here.
    if (!dual) return;
    const four = await make('127.0.0.1', direct);
    expect(dual.udp.direct).toBe(direct);
    const there = four.next();
    dual.udp.send(bytes(1), { address: '127.0.0.1', port: four.port });
    await there;
    const back = dual.next();
    four.udp.send(bytes(2), { address: '127.0.0.1', port: dual.port });
    await back;
    expect(dual.got[0]!.from).toMatchObject({ address: '127.0.0.1', port: four.port });
  });
});

it('a Node that calls otherwise is left to socket.send', async () => {
  const [bound] = await bindSockets({ data: { host: '127.0.0.1', port: 0 } });
  const { socket, family } = bound!;
  open.push(socket);
  const { send } = socket;
  // One more argument than Node has it today.
  socket.send = (...given: unknown[]) => Reflect.apply(send, socket, [...given, () => undefined]) as void;
  const udp = new UdpSocket(socket, family, { datagram: () => undefined, failed: () => undefined });
  socket.send = send;
  expect(udp.direct).toBe(false);
  const came = once(socket, 'message');
  udp.send(bytes(7), { address: '127.0.0.1', port: socket.address().port });
  expect([...((await came) as [Buffer])[0]]).toEqual([7]);
});
