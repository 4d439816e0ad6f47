import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { givenName, type Participant, type ServerMessage } from '@hellohaybye/signaling';
import { WebSocket, WebSocketServer, type RawData } from 'ws';

export type Direction = 'up' | 'down';
export type Message = { type: string } & Record<string, unknown>;

/** What the next messages of a line suffer. */
export interface Meddling {
  direction: Direction;
  how: 'withhold' | 'hold' | 'double' | 'misdirect' | 'alter';
  left: number;
  /** Whether a message is meant; all are when left out. */
  only?: (message: Message) => boolean;
}

/** One client and its connection to the true server. */
export interface Line {
  name: string;
  client: WebSocket;
  server: WebSocket;
  meddling: Meddling[];
  held: { direction: Direction; message: Message }[];
}

/** What a proxy is steered by. */
export interface Script {
  /** How somebody is told of others. */
  participants(to: string, true_: Participant[]): Participant[];
  /** A message made into another one. */
  altered(message: Message): Message;
  /** Somebody else to whom a message is given. */
  other(name: string): string;
  /** Everything that came, as it came. */
  seen(name: string, direction: Direction, message: Message): void;
}

/** Stands between participants and the true server, and does with messages as it likes. Participants go by the name that they ask for. */
export class HostileProxy {
  /** Whether everything is passed on as it is. */
  isHonest = true;
  readonly #lines = new Map<string, Line>();

  private constructor(
    private readonly listener: WebSocketServer,
    private readonly script: Script,
    private upstream: string,
  ) {
    listener.on('connection', (client) => this.#connect(client));
  }

  static async start(upstream: string, script: Script): Promise<HostileProxy> {
    const listener = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(listener, 'listening');
    return new HostileProxy(listener, script, upstream);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** Everything is passed on from now on, over connections that are made anew. */
  becomeHonest(upstream = this.upstream): void {
    this.isHonest = true;
    this.upstream = upstream;
    this.#lines.clear();
    for (const client of this.listener.clients) client.close(1001);
  }

  /** Messages that come next on somebody's line suffer something. */
  meddle(name: string, meddling: Meddling): void {
    this.#lines.get(name)?.meddling.push(meddling);
  }

  /** Says something to somebody in the name of the server, or to the server in the name of somebody. */
  say(name: string, direction: Direction, message: Message): void {
    const line = this.#lines.get(name);
    if (line) send(direction === 'down' ? line.client : line.server, message);
  }

  /** What was held back comes now, the last first. */
  release(name: string): void {
    const line = this.#lines.get(name);
    for (const { direction, message } of line?.held.splice(0).reverse() ?? [])
      this.say(name, direction, message);
  }

  /** Ends somebody's connection. */
  cut(name: string, code: number, reason = ''): void {
    const line = this.#lines.get(name);
    this.#lines.delete(name);
    line?.client.close(code, reason);
    // Who is not to come back over this connection has left, so that their name is free when they come anew.
    if (code !== 1001) line?.server.close(1000);
  }

  async close(): Promise<void> {
    for (const client of this.listener.clients) client.terminate();
    this.listener.close();
    await once(this.listener, 'close');
  }

  #connect(client: WebSocket): void {
    const server = new WebSocket(this.upstream);
    const opened = once(server, 'open');
    opened.catch(() => client.terminate());
    const line: Line = { name: '', client, server, meddling: [], held: [] };
    client.on('message', (data) => {
      const message = read(data);
      if (message.type === 'hello' && line.name === '')
        this.#lines.set((line.name = givenName(String(message['name']))), line);
      void opened.then(() => this.#pass(line, 'up', message)).catch(() => undefined);
    });
    server.on('message', (data) => this.#pass(line, 'down', read(data)));
    client.on('close', (code) => this.#end(line, server, code));
    server.on('close', (code) => this.#end(line, client, code));
    for (const socket of [client, server]) socket.on('error', () => undefined);
  }

  #end(line: Line, other: WebSocket, code: number): void {
    if (this.#lines.get(line.name) === line) this.#lines.delete(line.name);
    if (other.readyState === WebSocket.CONNECTING) other.terminate();
    else other.close(code === 1000 || code > 3000 ? code : 1001);
  }

  #pass(line: Line, direction: Direction, message: Message): void {
    this.script.seen(line.name, direction, message);
    const to = direction === 'up' ? line.server : line.client;
    if (this.isHonest) return send(to, message);
    const told = direction === 'down' ? this.#lie(line.name, message) : [message];
    for (const one of told) this.#meddled(line, direction, to, one);
  }

  #meddled(line: Line, direction: Direction, to: WebSocket, message: Message): void {
    const isMeant = (one: Meddling) => one.direction === direction && one.only?.(message) !== false;
    const meddling = line.meddling.find((one) => isMeant(one) && one.left-- > 0);
    line.meddling = line.meddling.filter(({ left }) => left > 0);
    switch (meddling?.how) {
      case undefined:
        return send(to, message);
      case 'withhold':
        return;
      case 'hold':
        line.held.push({ direction, message });
        if (meddling.left <= 0) this.release(line.name);
        return;
      case 'double':
        send(to, message);
        return send(to, message);
      case 'misdirect':
        return this.say(this.script.other(line.name), direction, message);
      case 'alter':
        return send(to, this.script.altered(message));
    }
  }

  /** What is told of others stands in four types of message. Who is not to be told of is told nothing. */
  #lie(name: string, given: Message): Message[] {
    const message = given as unknown as ServerMessage;
    const lie = (all: Participant[]) => this.script.participants(name, all);
    if (message.type === 'participant-joined' || message.type === 'participant-updated') {
      return lie([message.participant]).map((participant) => ({ ...given, participant }));
    }
    if (message.type === 'room') return [{ ...given, participants: lie(message.participants) }];
    const inside = message.type === 'welcome' ? message.resumed?.inside : undefined;
    if (message.type !== 'welcome' || !inside) return [given];
    const resumed = { ...message.resumed, inside: { ...inside, participants: lie(inside.participants) } };
    return [{ ...given, resumed }];
  }
}

function send(to: WebSocket, message: Message): void {
  if (to.readyState === WebSocket.OPEN) to.send(JSON.stringify(message));
}

const read = (data: RawData): Message => JSON.parse((data as Buffer).toString()) as Message;
