import { micros, millis, seconds, uniform, type Micros, type Random } from '@hellohaybye/core';
import { seededRandom, VirtualClock } from '@hellohaybye/core/testing';
import { SessionMachine } from '../client/session/session-machine.js';
import type { RequestBody } from '../client/session/session-types.js';
import { defaultReconnectPolicy } from '../client/session/reconnect-schedule.js';
import type { ClientEvent } from '../client/session/client-events.js';
import { parseServerMessage } from '../protocol/parse.js';
import type { ServerMessage } from '../protocol/types.js';
import { MemoryStore } from '../room/memory-store.js';
import { RoomMachine } from '../room/room-machine.js';
import { machineOptions } from './machine.js';

/** A connection between a client and a server, each direction in order and as late as the world likes. */
interface Line {
  readonly number: number;
  readonly client: WorldClient;
  readonly server: WorldServer;
  isWelcome: boolean;
  /** Whether what is underway still arrives. */
  isCut: boolean;
  readonly lastArrival: { up: Micros; down: Micros };
}

/** A server process; several may share a store. */
interface WorldServer {
  machine: RoomMachine;
  lines: Map<number, Line>;
}

/** How a request ended. */
export type Settled = { ok: true; reply: ServerMessage } | { ok: false; code: string };

/** A client with all that it was told, and when. */
export class WorldClient {
  readonly machine: SessionMachine;
  line: Line | undefined;
  isClosed = false;
  readonly settled = new Map<number, Settled>();
  onEvent: (event: ClientEvent) => void = () => {};
  onSettled: (requestId: number, settled: Settled) => void = () => {};

  constructor(
    readonly world: World,
    readonly index: number,
  ) {
    this.machine = new SessionMachine({
      name: `c${index}`,
      instanceKey: `key-of-client-number-${index}-`.padEnd(32, '0'),
      random: seededRandom(1000 + index),
      timeout: seconds(5),
      reconnect: defaultReconnectPolicy,
    });
  }

  request(body: RequestBody): number {
    const id = this.machine.request(body, this.world.clock.now());
    this.world.drain(this);
    return id;
  }
}

/** Clients, servers and the lines between them, on a clock of its own. All is decided by the seed. */
export class World {
  readonly clock = new VirtualClock();
  readonly clients: WorldClient[];
  store = new MemoryStore();
  servers: WorldServer[] = [];
  readonly #random: Random;
  readonly #serverCount: number;
  #isUp = true;
  #numbers = 0;
  #seed = 0;

  constructor(seed: number, clientCount: number, serverCount = 1) {
    this.#random = seededRandom(seed);
    this.#serverCount = serverCount;
    this.#start();
    this.clients = Array.from({ length: clientCount }, (_, index) => new WorldClient(this, index));
    for (const client of this.clients) this.#dial(client);
  }

  /** Lets time pass, in which all happens that is due. */
  pass(span: Micros): void {
    this.clock.advance(span);
  }

  /** Breaks the line of a client. Each side notices by itself, at once or up to a minute later. */
  cut(client: WorldClient): void {
    const { line } = client;
    if (!line) return;
    line.isCut = true;
    const [soon, late] = [millis(uniform(this.#random) * 100), millis(uniform(this.#random) * 60_000)];
    const clientIsFirst = this.#random.uint32() % 2 === 0;
    this.#later(clientIsFirst ? soon : late, () => this.#clientLoses(line));
    this.#later(clientIsFirst ? late : soon, () => this.#serverLoses(line));
  }

  /** The servers die with all that they know, and are started again after a while. */
  restart(downFor: Micros): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    for (const { lines } of this.servers) {
      for (const line of lines.values()) {
        line.isCut = true;
        this.#later(this.#delay(), () => this.#clientLoses(line));
      }
    }
    this.servers = [];
    this.#later(downFor, () => this.#start());
  }

  /** A client goes for good, as one does that says goodbye. */
  close(client: WorldClient): void {
    client.isClosed = true;
    client.machine.close();
    const { line } = client;
    client.line = undefined;
    if (!line) return;
    line.isCut = true;
    line.server.lines.delete(line.number);
    line.server.machine.closed(line.number, 'left');
    this.#drainServers();
  }

  drain(client: WorldClient): void {
    const { machine } = client;
    for (let output = machine.poll(); output; output = machine.poll()) {
      if (output.type === 'event') client.onEvent(output.event);
      else if (output.type === 'send') this.#up(client.line, JSON.stringify(output.message));
      else if (output.type === 'resolve')
        this.#settle(client, output.requestId, { ok: true, reply: output.reply });
      else if (output.type === 'reject') {
        this.#settle(client, output.requestId, { ok: false, code: output.error.code });
      } else if (output.type === 'connect') this.#dial(client);
      else if (client.line) {
        const { line } = client;
        line.isCut = true;
        this.#later(millis(1), () => this.#clientLoses(line));
        this.#later(millis(50), () => this.#serverLoses(line));
      }
    }
    const at = machine.nextDeadline();
    if (at === undefined || client.isClosed) return;
    this.clock.schedule(micros(Math.max(at, this.clock.now() + 1)), () => {
      if (client.isClosed || machine.nextDeadline() !== at) return;
      machine.tick(this.clock.now());
      this.drain(client);
    });
  }

  #settle(client: WorldClient, requestId: number, settled: Settled): void {
    if (client.settled.has(requestId)) throw new Error(`request ${requestId} was answered twice`);
    client.settled.set(requestId, settled);
    client.onSettled(requestId, settled);
  }

  #start(): void {
    this.#isUp = true;
    const store = (this.store = new MemoryStore());
    this.servers = Array.from({ length: this.#serverCount }, () => {
      this.#seed += 1;
      return { machine: new RoomMachine(machineOptions(this.#seed, this.clock)), lines: new Map() };
    });
    const { servers } = this;
    store.subscribe((event) => servers.forEach(({ machine }) => machine.stored(event)));
  }

  #dial(client: WorldClient): void {
    this.#later(this.#delay(), () => {
      if (client.isClosed) return;
      const server = this.servers[this.#random.uint32() % this.#serverCount];
      if (!this.#isUp || !server) {
        client.machine.connectFailed(this.clock.now());
        return this.drain(client);
      }
      this.#numbers += 1;
      const now = this.clock.now();
      const lastArrival = { up: now, down: now };
      const line = { number: this.#numbers, client, server, isWelcome: false, isCut: false, lastArrival };
      client.line = line;
      server.lines.set(line.number, line);
      server.machine.opened(line.number, '127.0.0.1');
      this.#up(line, JSON.stringify(client.machine.hello()));
      this.#ping(line);
    });
  }

  #ping(line: Line): void {
    this.#later(seconds(15), () => {
      if (line.isCut) return;
      this.#carry(line, 'down', () => {
        if (line.isWelcome) line.client.machine.heard(this.clock.now());
        this.drain(line.client);
      });
      this.#ping(line);
    });
  }

  #up(line: Line | undefined, text: string): void {
    if (!line || line.isCut) return;
    this.#carry(line, 'up', () => {
      line.server.machine.received(line.number, text);
      this.#drainServers();
    });
  }

  #down(line: Line, text: string): void {
    this.#carry(line, 'down', () => {
      const parsed = parseServerMessage(text);
      if (!parsed.ok) throw new Error(`${parsed.refusal.message}: ${text}`);
      const { machine } = line.client;
      const { message } = parsed;
      if (line.isWelcome) machine.received(message, this.clock.now());
      else if (message.type === 'welcome') {
        line.isWelcome = true;
        machine.welcomed(message, this.clock.now());
      } else if (message.type === 'error') {
        machine.helloRefused();
        this.#up(line, JSON.stringify(machine.hello()));
      }
      this.drain(line.client);
    });
  }

  #carry(line: Line, way: 'up' | 'down', arrive: () => void): void {
    const at = micros(Math.max(line.lastArrival[way], this.clock.now() + this.#delay()));
    line.lastArrival[way] = at;
    this.clock.schedule(at, () => {
      if (!line.isCut && line.client.line === line && !line.client.isClosed) arrive();
    });
  }

  #clientLoses(line: Line): void {
    const { client } = line;
    if (client.line !== line || client.isClosed) return;
    client.line = undefined;
    const now = this.clock.now();
    if (line.isWelcome) client.machine.lost({ code: 1006, reason: 'cut' }, now);
    else client.machine.connectFailed(now);
    this.drain(client);
  }

  #serverLoses(line: Line): void {
    if (!line.server.lines.delete(line.number)) return;
    line.server.machine.closed(line.number, 'disconnected');
    this.#drainServers();
  }

  #drainServers(): void {
    let isIdle = false;
    while (!isIdle) {
      isIdle = true;
      for (const { machine, lines } of this.servers) {
        for (let output = machine.poll(); output; output = machine.poll()) {
          isIdle = false;
          if (output.type === 'store') this.store.execute(output.command);
          else if (output.type === 'send') {
            for (const number of output.to) {
              const line = lines.get(number);
              if (line) this.#down(line, JSON.stringify(output.message));
            }
          } else this.#closeFromServer(lines, output.number);
        }
      }
    }
    const { store } = this;
    const at = store.nextDeadline();
    if (at === undefined) return;
    this.clock.schedule(micros(Math.max(at, this.clock.now() + 1)), () => {
      if (this.store !== store || store.nextDeadline() !== at) return;
      store.execute({ type: 'expire', at: this.clock.now() });
      this.#drainServers();
    });
  }

  /** A line that another one took over; what runs over it does not matter any more. */
  #closeFromServer(lines: Map<number, Line>, number: number): void {
    const line = lines.get(number);
    lines.delete(number);
    if (line) line.isCut = true;
  }

  #later(after: Micros, run: () => void): void {
    this.clock.schedule(micros(this.clock.now() + after), run);
  }

  #delay(): Micros {
    return millis(uniform(this.#random) * 150);
  }
}
