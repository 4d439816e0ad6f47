import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A socket of an attacker's that stands before somebody's port: it keeps what comes, and passes it on, and what is answered back. */
export class UdpRelay {
  /** Every datagram in both directions, as it came. */
  readonly datagrams: Buffer[] = [];
  readonly #outside: Socket;
  readonly #inside = new Map<string, Socket>();
  readonly #target: number;

  private constructor(outside: Socket, target: number) {
    this.#outside = outside;
    this.#target = target;
    outside.on('message', (datagram, from) => this.#pass(datagram, from));
  }

  /** @param target a port on the loopback interface */
  static async before(target: number): Promise<UdpRelay> {
    const socket = createSocket('udp4');
    socket.bind(0, HOST);
    await once(socket, 'listening');
    return new UdpRelay(socket, target);
  }

  get port(): number {
    return this.#outside.address().port;
  }

  close(): void {
    for (const socket of [this.#outside, ...this.#inside.values()]) socket.close();
  }

  #pass(datagram: Buffer, from: RemoteInfo): void {
    this.#keep(datagram);
    const key = `${from.address} ${from.port}`;
    let socket = this.#inside.get(key);
    if (!socket) {
      socket = createSocket('udp4');
      this.#inside.set(key, socket);
      socket
        .on('error', () => undefined)
        .on('message', (answer) => {
          this.#keep(answer);
          this.#outside.send(answer, from.port, from.address);
        });
    }
    socket.send(datagram, this.#target, HOST);
  }

  #keep(datagram: Buffer): void {
    if (this.datagrams.length < MOST_KEPT) this.datagrams.push(datagram);
  }
}

const HOST = '127.0.0.1';
const MOST_KEPT = 3000;

/** Where relays are, by channel. */
export const portsOf = (relays: Record<string, UdpRelay>): Record<string, number> =>
  Object.fromEntries(Object.entries(relays).map(([channel, { port }]) => [channel, port]));
