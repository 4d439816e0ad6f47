import { micros, millis, seconds, uniform, type Micros, type Random } from '@hellohaybye/core';
import { seededRandom, VirtualClock } from '@hellohaybye/core/testing';
import { parseServerMessage } from '../protocol/parse.js';
import { RoomMachine, type RoomOutput } from '../room/room-machine.js';
import { machineOptions } from './machine.js';
import { WorldClient, type Line, type Settled, type WorldServer } from './world-client.js';
import { SlowLog } from './world-log.js';
import { QuickStore, type WorldStore } from './world-store.js';

/** How many server processes there are, and what they share. */
export interface WorldServers {
  count: number;
  store: 'quick' | 'slow log';
}

/** Clients, servers and the lines between them, on a clock of its own. All is decided by the seed. */
export class World {
  readonly clock = new VirtualClock();
  readonly clients: WorldClient[];
  store!: WorldStore;
  /** Undefined is one that is dead. */
  servers: (WorldServer | undefined)[] = [];
  readonly #random: Random;
  readonly #servers: WorldServers;
  #isUp = true;
  #isDraining = false;
  #numbers = 0;
  #seed = 0;

  constructor(seed: number, clientCount: number, servers: WorldServers) {
    this.#random = seededRandom(seed);
    this.#servers = servers;
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
    this.#breaks(line);
    const [soon, late] = [millis(uniform(this.#random) * 100), millis(uniform(this.#random) * 60_000)];
    const clientIsFirst = this.#random.uint32() % 2 === 0;
    this.#later(clientIsFirst ? soon : late, () => this.#clientLoses(line));
    this.#later(clientIsFirst ? late : soon, () => this.#serverLoses(line));
  }

  /** The servers die with all that they know, and are started again after a while. */
  restart(downFor: Micros): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    for (const server of this.servers) if (server) this.#breakLines(server);
    this.servers = [];
    this.store.close();
    this.#later(downFor, () => this.#start());
  }

  /** One server process dies, what they share lives on, and another is started in its place after a while. */
  die(which: number, downFor: Micros): void {
    const index = which % this.#servers.count;
    const server = this.servers[index];
    if (!server) return;
    const { store } = this;
    this.servers[index] = undefined;
    this.#breakLines(server);
    server.store.die();
    this.#later(downFor, () => {
      if (this.store === store && this.#isUp) this.servers[index] = this.#startServer(store);
    });
  }

  /** A client goes for good without a word. Its server notices by itself, if it lives. */
  vanish(client: WorldClient): void {
    const { line } = client;
    client.isClosed = true;
    client.line = undefined;
    if (!line) return;
    line.isCut = true;
    this.#later(millis(uniform(this.#random) * 60_000), () => this.#serverLoses(line));
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
        this.#hangUp(client.line);
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
    const { count, store: kind } = this.#servers;
    const store = (this.store =
      kind === 'quick'
        ? new QuickStore(this.clock, this.#random)
        : new SlowLog(this.clock, seededRandom(this.#random.uint32()), this.store));
    this.servers = Array.from({ length: count }, () => this.#startServer(store));
  }

  #startServer(shared: WorldStore): WorldServer {
    this.#seed += 1;
    const machine = new RoomMachine(machineOptions(this.#seed, this.clock));
    const store = shared.open((event) => {
      machine.stored(event);
      this.#drainServers();
    });
    return { machine, store, lines: new Map() };
  }

  #dial(client: WorldClient): void {
    this.#later(this.#delay(), () => {
      if (client.isClosed) return;
      const server = this.servers[this.#random.uint32() % this.#servers.count];
      if (!this.#isUp || !server?.store.isAvailable) {
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
      this.#later(connectWithin, () => {
        if (!line.isWelcome && client.line === line) this.#hangUp(line);
      });
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
        this.#turned(line.client, true);
        machine.welcomed(message, this.clock.now());
      } else if (message.type !== 'error') throw new Error(`a ${message.type} came before the welcome`);
      else if (message.code === 'unknown-session' || message.code === 'foreign-session') {
        machine.helloRefused();
        this.#up(line, JSON.stringify(machine.hello()));
      } else this.#hangUp(line);
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

  #breaks(line: Line): void {
    if (!line.isCut && line.isWelcome && line.client.line === line) this.#turned(line.client, false);
    line.isCut = true;
  }

  #turned(client: WorldClient, isAlive: boolean): void {
    client.isAlive = isAlive;
    client.changedAt = this.clock.now();
  }

  /** The client ends it. */
  #hangUp(line: Line): void {
    this.#breaks(line);
    this.#later(millis(1), () => this.#clientLoses(line));
    this.#later(millis(50), () => this.#serverLoses(line));
  }

  /** The server is dead, and the clients notice. */
  #breakLines({ lines }: WorldServer): void {
    for (const line of lines.values()) {
      this.#breaks(line);
      this.#later(this.#delay(), () => this.#clientLoses(line));
    }
  }

  #clientLoses(line: Line, end = { code: 1006, reason: 'cut' }): void {
    const { client } = line;
    if (client.line !== line || client.isClosed) return;
    client.line = undefined;
    const now = this.clock.now();
    if (line.isWelcome) client.machine.lost(end, now);
    else client.machine.connectFailed(now);
    this.drain(client);
  }

  #serverLoses(line: Line): void {
    if (!line.server.lines.delete(line.number)) return;
    line.server.machine.closed(line.number, 'disconnected');
    this.#drainServers();
  }

  #drainServers(): void {
    // A store that answers at once calls back in the middle of this.
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (let isIdle = false; !isIdle;) {
      isIdle = true;
      for (const server of this.servers) {
        if (!server) continue;
        for (let output = server.machine.poll(); output; output = server.machine.poll()) {
          isIdle = false;
          if (output.type === 'store') server.store.execute(output.command);
          else if (output.type === 'close') this.#closeFromServer(server, output);
          else {
            for (const number of output.to) {
              const line = server.lines.get(number);
              if (line) this.#down(line, JSON.stringify(output.message));
            }
          }
        }
      }
    }
    this.#isDraining = false;
  }

  #closeFromServer({ lines }: WorldServer, { number, code, reason }: RoomOutput & { type: 'close' }): void {
    const line = lines.get(number);
    lines.delete(number);
    if (!line) return;
    // Where another line took it over, what runs over this one does not matter any more.
    if (line.client.line !== line) line.isCut = true;
    this.#carry(line, 'down', () => {
      this.#breaks(line);
      this.#clientLoses(line, { code, reason });
    });
  }

  #later(after: Micros, run: () => void): void {
    this.clock.schedule(micros(this.clock.now() + after), run);
  }

  #delay(): Micros {
    return millis(uniform(this.#random) * 150);
  }
}

/** A client gives up when it is not welcome by then. */
const connectWithin = seconds(5);
