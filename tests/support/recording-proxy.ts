import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** Stands between clients and a signaling server, and keeps every message that passes. */
export class RecordingProxy {
  /** All messages, in both directions. */
  readonly messages: string[] = [];
  /** Whether a message is kept, but not passed on. */
  withholds: (message: string) => boolean = () => false;

  private constructor(
    private readonly server: WebSocketServer,
    private readonly url: string,
    private readonly headers: Record<string, string>,
  ) {
    server.on('connection', (client) => this.#connect(client));
  }

  /** @param headers that each connection to the server begins with */
  static async start(url: string, headers: Record<string, string>): Promise<RecordingProxy> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return new RecordingProxy(server, url, headers);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** What is told in confidence in the first messages: what makes somebody who they are, and takes a session over. */
  get confidences(): string[] {
    return this.messages
      .map((text) => JSON.parse(text) as { type: string; instanceKey?: string; token?: string })
      .filter(({ type }) => type === 'hello' || type === 'welcome')
      .flatMap(({ instanceKey, token }) => [instanceKey, token])
      .filter((secret) => secret !== undefined);
  }

  /** Says something to all clients, as if it came from the server. */
  inject(message: string): void {
    for (const client of this.server.clients) client.send(message);
  }

  /** Breaks all connections. Clients may make them anew. */
  cut(): void {
    for (const client of this.server.clients) client.terminate();
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  #connect(client: WebSocket): void {
    const upstream = new WebSocket(this.url, { headers: this.headers });
    const opened = once(upstream, 'open');
    opened.catch(() => client.terminate());
    const pass = (to: WebSocket) => (data: Buffer, isBinary: boolean) => {
      this.messages.push(data.toString());
      if (this.withholds(data.toString())) return;
      void opened.then(() => to.send(data, { binary: isBinary }));
    };
    client.on('message', pass(upstream));
    upstream.on('message', pass(client));
    // Who ends it on purpose has left, and is not to be waited for.
    client.on('close', (code) => (code === 1000 ? upstream.close(code) : upstream.terminate()));
    upstream.on('close', () => client.terminate());
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
  }
}
