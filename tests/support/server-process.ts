import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WebSocket, type ClientOptions } from 'ws';

const program = fileURLToPath(new URL('../../apps/server/bin/hellohaybye-server.js', import.meta.url));

type LogLine = Record<string, unknown> & { msg: string };
export type Message = Record<string, unknown> & { type: string };

/** A signaling server in a process of its own, at a free port of loopback, with its log and its clients. */
export class ServerProcess {
  readonly log: LogLine[] = [];
  stderr = '';
  port = 0;
  readonly exited: Promise<number | null>;
  readonly #waiting = new Set<() => void>();
  readonly #clients: Client[] = [];

  private constructor(readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.log.push(JSON.parse(line) as LogLine);
      for (const look of this.#waiting) look();
    });
    child.stderr!.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.exited = once(child, 'close').then(([code]) => code as number | null);
  }

  static async start(args: string[] = [], env: Record<string, string> = {}): Promise<ServerProcess> {
    const all = [program, '--host', '127.0.0.1', '--port', '0', ...args];
    const server = new ServerProcess(spawn(process.execPath, all, { env: { ...process.env, ...env } }));
    const ended = server.exited.then(() => Promise.reject(new Error(`it ended: ${server.stderr}`)));
    const line = await Promise.race([server.line('listening'), ended]);
    ended.catch(() => {});
    server.port = line['port'] as number;
    return server;
  }

  /** The first line of the log with this message, which may come yet. */
  line(msg: string): Promise<LogLine> {
    return this.#seen(() => this.log.find((line) => line.msg === msg));
  }

  /** What was refused, as the log tells it, when there are so many lines of it or more. */
  refusals(least = 1): Promise<LogLine[]> {
    return this.#seen(() => {
      const lines = this.log.filter(({ msg }) => msg === 'refused');
      return lines.length >= least ? lines : undefined;
    });
  }

  #seen<Found>(find: () => Found | undefined): Promise<Found> {
    return new Promise((resolve) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async client(options: ClientOptions = {}, scheme = 'ws'): Promise<Client> {
    const socket = new WebSocket(`${scheme}://127.0.0.1:${this.port}`, options);
    const client = new Client(socket);
    this.#clients.push(client);
    await once(socket, 'open');
    return client;
  }

  /** A client that has said hello and is in a room. */
  async inRoom(name: string, room: string, options: ClientOptions = {}, scheme = 'ws'): Promise<Client> {
    const client = await this.client(options, scheme);
    client.send({ type: 'hello', requestId: 1, version: 1, name });
    await client.next();
    client.send({ type: 'join', requestId: 2, room, media: { candidates: [], ports: {}, streams: [] } });
    await client.next();
    return client;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.#clients) socket.terminate();
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

/** A client that can send anything and keeps what comes. */
export class Client {
  readonly received: Message[] = [];
  readonly closed: Promise<number>;
  readonly #waiting: ((message: Message) => void)[] = [];

  constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as Message;
      const waiting = this.#waiting.shift();
      if (waiting) waiting(message);
      else this.received.push(message);
    });
  }

  send(message: object | string | Buffer): void {
    this.socket.send(
      typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
    );
  }

  next(): Promise<Message> {
    const message = this.received.shift();
    return message ? Promise.resolve(message) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A request that changes nothing: what the server answers. */
  ask(requestId: number): Promise<Message> {
    this.send({ type: 'update', requestId });
    return this.next();
  }
}
