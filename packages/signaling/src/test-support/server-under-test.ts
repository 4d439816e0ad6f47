import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import type { ClientOptions } from 'ws';
import { millis } from '@hellohaybye/core';
import type { SignalingServer, SignalingServerOptions } from '../server/options.js';
import { startSignalingServer } from '../server/start-server.js';
import { RawClient } from './raw-client.js';

type LogLine = Record<string, unknown> & { message: string };

/** A server on loopback with its clients, its log and what it refused. */
export class ServerUnderTest {
  readonly log: LogLine[] = [];
  /** Codes, in order. */
  readonly refused: string[] = [];
  readonly #clients: RawClient[] = [];
  #server!: SignalingServer;

  static async start(options: Partial<SignalingServerOptions> = {}): Promise<ServerUnderTest> {
    const under = new ServerUnderTest();
    await under.#start(options);
    return under;
  }

  async restart(options: Partial<SignalingServerOptions>): Promise<void> {
    await this.close();
    await this.#start(options);
  }

  get port(): number {
    return this.#server.port;
  }

  get url(): string {
    return this.#server.url;
  }

  /** The lines of the log with this message. */
  logged(message: string): LogLine[] {
    return this.log.filter((line) => line.message === message);
  }

  statistics = () => this.#server.statistics();
  closeRoom = (room: string) => this.#server.closeRoom(room);
  removeParticipant = (id: string) => this.#server.removeParticipant(id);

  async client(options: ClientOptions = {}): Promise<RawClient> {
    return this.#keep(await RawClient.open(this.url, options));
  }

  async ready(name: string, room?: string, options: ClientOptions = {}): Promise<RawClient> {
    return this.#keep(await RawClient.ready(this.url, name, room, options));
  }

  /** How a connection is refused that should not be let in. */
  async refusal(options: ClientOptions = {}): Promise<{ status: number | undefined; code: string }> {
    const headers: Record<string, string> = {
      ...(options.headers as Record<string, string> | undefined),
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      ...(options.origin !== undefined && { origin: options.origin }),
    };
    const asked = request({ host: '127.0.0.1', port: this.port, headers, agent: false });
    asked.on('upgrade', () => asked.destroy(new Error('it was let in')));
    asked.end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const { code } = JSON.parse(await text(response)) as { code: string };
    return { status: response.statusCode, code };
  }

  async close(): Promise<void> {
    await this.#server.close();
    for (const { socket } of this.#clients.splice(0)) socket.terminate();
  }

  async #start(options: Partial<SignalingServerOptions>): Promise<void> {
    const note = (fields: object, message: string) => void this.log.push({ ...fields, message });
    this.#server = await startSignalingServer({
      host: '127.0.0.1',
      port: 0,
      closeTimeout: millis(50),
      logger: { debug: () => {}, info: note, warn: note, error: note },
      observer: { refused: (code) => void this.refused.push(code) },
      ...options,
    });
  }

  #keep(client: RawClient): RawClient {
    this.#clients.push(client);
    return client;
  }
}
