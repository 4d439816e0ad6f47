import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import type { ServerMessage } from '../protocol/types.js';
import { sampleMedia } from './media.js';

/** A client that can send anything, and keeps what it is sent until it is asked for. */
export class RawClient {
  readonly received: ServerMessage[] = [];
  readonly #waiting: ((message: ServerMessage) => void)[] = [];
  readonly closed: Promise<number>;

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ServerMessage;
      const waiting = this.#waiting.shift();
      if (waiting) waiting(message);
      else this.received.push(message);
    });
  }

  static async open(url: string, options: ClientOptions = {}): Promise<RawClient> {
    const client = new RawClient(new WebSocket(url, options));
    await once(client.socket, 'open');
    return client;
  }

  /** A client that has said hello and, when a room is given, is in it. */
  static async ready(
    url: string,
    name: string,
    room?: string,
    options: ClientOptions = {},
  ): Promise<RawClient> {
    const client = await RawClient.open(url, options);
    client.send({ type: 'hello', requestId: 1, version: 1, name });
    await client.next();
    if (room === undefined) return client;
    client.send({ type: 'join', requestId: 2, room, media: sampleMedia() });
    await client.next();
    return client;
  }

  send(message: unknown): void {
    this.socket.send(
      typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
    );
  }

  /** The next message, which may have come already. */
  next(): Promise<ServerMessage> {
    const message = this.received.shift();
    return message ? Promise.resolve(message) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** What the server answers to a request that it refuses anyway: tells that all before it was handled. */
  async barrier(): Promise<void> {
    this.send({ type: 'barrier', requestId: 999 });
    for (;;) {
      const message = await this.next();
      if (message.type === 'error' && message.requestId === 999) return;
    }
  }
}
