import type { Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { Address } from '../../endpoint/types.js';
import { bindSockets, type BoundSocket } from '../../node/sockets.js';
import { DEFAULT_HOST, type RelayRoute } from './relay-options.js';

/** What a route tells its relay. */
export interface RouteEvents {
  /** A datagram came; `deliver` sends it on. */
  up: (data: Uint8Array, deliver: (data: Uint8Array) => void) => void;
  down: (data: Uint8Array, deliver: (data: Uint8Array) => void) => void;
  /** A datagram was not sent, or a socket not opened. */
  failed: (code: string) => void;
  /** A datagram was not taken: of somebody else than `to`, or of one client too many, or for nobody. */
  refused: () => void;
  now: () => number;
}

/** Somebody who sends to the listening port, and the socket that stands for him towards `to`. */
interface Client {
  address: Address;
  socket: Socket | undefined;
  /** What waits for the socket to open. */
  waiting: Uint8Array[];
  heardAt: number;
}

/** One listening port and what it leads to: a socket for each client, as a NAT has a port for each. */
export class Route {
  readonly listening: Address;
  readonly via: Address;
  readonly #clients = new Map<string, Client>();
  /** The client that has the socket which was open from the beginning. */
  #first: Client | undefined;
  #closed = false;

  /** @throws HhbError as `bindSockets` does */
  static async open({ listen, to, via = 0 }: RelayRoute, events: RouteEvents): Promise<Route> {
    const { host = DEFAULT_HOST, port } = listen;
    const own = isIP(to.address) === 6 ? '::' : '0.0.0.0';
    const [front, back] = await bindSockets({
      relay: { host, port },
      via: { host: isLoopback(to.address) ? to.address : own, port: via },
    });
    return new Route(to, front!, back!, events);
  }

  private constructor(
    readonly to: Address,
    private readonly front: BoundSocket,
    private readonly back: BoundSocket,
    private readonly events: RouteEvents,
  ) {
    const [listening, via] = [front.socket.address(), back.socket.address()];
    this.listening = { address: listening.address, port: listening.port };
    this.via = { address: via.address, port: via.port };
    front.socket.on('message', (data, { address, port }) => this.#fromClient(data, { address, port }));
    front.socket.on('error', (error) => this.#failed(error));
    this.#attach(back.socket, () => this.#first);
  }

  get clients(): number {
    return this.#clients.size;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const sockets = new Set([this.front.socket, this.back.socket]);
    for (const { socket } of this.#clients.values()) if (socket) sockets.add(socket);
    await Promise.all([...sockets].map(close));
  }

  #fromClient(data: Uint8Array, from: Address): void {
    const client = this.#clientAt(from);
    if (!client) return this.events.refused();
    client.heardAt = this.events.now();
    this.events.up(data, (out) => {
      if (client.socket) this.#send(client.socket, out, this.to);
      else if (client.waiting.length < MOST_WAITING) client.waiting.push(out);
    });
  }

  #attach(socket: Socket, clientOf: () => Client | undefined): void {
    socket.on('message', (data, { address }) => {
      const client = clientOf();
      // From another port of the same host is all right: some answer so.
      if (!client || plain(address) !== plain(this.to.address)) return this.events.refused();
      client.heardAt = this.events.now();
      this.events.down(data, (out) => this.#send(this.front.socket, out, client.address));
    });
    socket.on('error', (error) => this.#failed(error));
  }

  #clientAt(address: Address): Client | undefined {
    const key = `${address.address} ${address.port}`;
    const known = this.#clients.get(key);
    if (known) return known;
    const now = this.events.now();
    const silent = (client: Client) => now - client.heardAt > SILENCE;
    if (this.#clients.size >= MOST_CLIENTS) {
      const leaving = [...this.#clients].find(([, client]) => silent(client));
      if (!leaving) return undefined;
      this.#forget(...leaving);
    }
    const client: Client = { address, socket: undefined, waiting: [], heardAt: now };
    if (!this.#first || silent(this.#first)) {
      if (this.#first)
        this.#forget(`${this.#first.address.address} ${this.#first.address.port}`, this.#first);
      this.#first = client;
      client.socket = this.back.socket;
    } else void this.#openSocket(client, key);
    this.#clients.set(key, client);
    return client;
  }

  async #openSocket(client: Client, key: string): Promise<void> {
    try {
      const [bound] = await bindSockets({ via: { host: this.via.address, port: 0 } });
      const { socket } = bound!;
      if (this.#closed || this.#clients.get(key) !== client) return void (await close(socket));
      this.#attach(socket, () => client);
      client.socket = socket;
      for (const data of client.waiting.splice(0)) this.#send(socket, data, this.to);
    } catch {
      this.#clients.delete(key);
      this.events.failed('no-socket');
    }
  }

  #forget(key: string, client: Client): void {
    this.#clients.delete(key);
    if (client === this.#first) this.#first = undefined;
    else if (client.socket) void close(client.socket);
  }

  #send(socket: Socket, data: Uint8Array, { address, port }: Address): void {
    if (this.#closed) return;
    if (socket.getSendQueueSize() > MOST_UNSENT_BYTES) return this.events.failed('queue-full');
    try {
      socket.send(data, port, address, this.#sent);
    } catch (error) {
      this.#failed(error as NodeJS.ErrnoException);
    }
  }

  readonly #sent = (error: NodeJS.ErrnoException | null): void => {
    if (error) this.#failed(error);
  };

  #failed({ code = 'unknown' }: NodeJS.ErrnoException): void {
    if (!this.#closed) this.events.failed(code);
  }
}

function close(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    try {
      socket.close(() => resolve());
    } catch {
      // It is closed already.
      resolve();
    }
  });
}

const plain = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address);
const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

const MOST_CLIENTS = 64;
/** Datagrams of a client whose socket is being opened. */
const MOST_WAITING = 1024;
/** Bytes that the system has not taken from a socket. */
const MOST_UNSENT_BYTES = 32 * 1024 * 1024;
/** Microseconds after which a client makes way for a newcomer. */
const SILENCE = 10e6;
