import { messageOf, micros, toMillis, type Micros } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import type { RawData, WebSocket } from 'ws';
import { normalizeAddress } from '../addresses/ip.js';
import { oneLine } from '../protocol/text.js';
import type { LeaveReason, ServerMessage } from '../protocol/types.js';
import type { RoomMachine, RoomOutput } from '../room/room-machine.js';
import type { RoomStore } from '../room/store.js';
import type { Settings } from './options.js';

interface Connection {
  readonly number: number;
  readonly socket: WebSocket;
  readonly address: string;
  /** Whether anything was heard since the last ping. */
  alive: boolean;
  /** Ends a connection that does not say hello. */
  helloTimer: NodeJS.Timeout | undefined;
  /** Why it is being cut off, when it is us who do it. */
  reason?: LeaveReason;
  /** Refused messages so far: the first one is logged louder than the rest. */
  refused: number;
}

/** The open WebSockets, between which the room machine moves messages. */
export class Connections {
  readonly #machine: RoomMachine;
  readonly #store: RoomStore;
  readonly #settings: Settings;
  readonly #connections = new Map<number, Connection>();
  readonly #keepalive: NodeJS.Timeout;
  #last = 0;
  /** When the store has something to do. */
  #alarm: { at: Micros; timer: NodeJS.Timeout } | undefined;
  #draining = false;
  #closing = false;
  #emptied: (() => void) | undefined;

  constructor(machine: RoomMachine, store: RoomStore, settings: Settings) {
    this.#machine = machine;
    this.#store = store;
    this.#settings = settings;
    store.subscribe((event) => {
      machine.stored(event);
      this.#drain();
    });
    this.#keepalive = setInterval(() => this.#pingAll(), toMillis(settings.keepalive));
    this.#keepalive.unref();
  }

  /** Takes over a WebSocket that was opened. */
  add(socket: WebSocket, remoteAddress: string): void {
    if (this.#closing) return socket.close(...goingAway);
    const number = (this.#last += 1);
    const address = normalizeAddress(remoteAddress);
    const helloTimer = setTimeout(
      () => socket.close(1008, 'no hello'),
      toMillis(this.#settings.helloTimeout),
    );
    const connection: Connection = { number, socket, address, alive: true, helloTimer, refused: 0 };
    this.#connections.set(number, connection);
    socket.on('pong', () => (connection.alive = true));
    socket.on('message', (data, isBinary) => this.#received(connection, isBinary ? undefined : data));
    // 'close' follows with the code.
    socket.on('error', (error) =>
      this.#logger.debug({ connection: number, reason: error.message }, 'broken'),
    );
    socket.on('close', (code) => this.#closed(connection, code));
    this.#machine.opened(number, address);
    this.#drain();
    this.#logger.debug({ connection: number, address }, 'connection opened');
  }

  /** Tells every client that the server goes, and waits until they are gone, by force after `timeout`. */
  async close(timeout: Micros): Promise<void> {
    this.#closing = true;
    clearInterval(this.#keepalive);
    clearTimeout(this.#alarm?.timer);
    if (this.#connections.size === 0) return;
    const emptied = new Promise<void>((resolve) => (this.#emptied = resolve));
    for (const { socket } of this.#connections.values()) socket.close(...goingAway);
    const force = setTimeout(() => {
      for (const { socket } of this.#connections.values()) socket.terminate();
    }, toMillis(timeout));
    await emptied;
    clearTimeout(force);
  }

  get #logger() {
    return this.#settings.logger;
  }

  #received(connection: Connection, data: RawData | undefined): void {
    connection.alive = true;
    try {
      this.#machine.received(connection.number, data?.toString());
      this.#drain();
    } catch (error) {
      // A mistake of ours must cost one connection at most.
      this.#logger.error({ connection: connection.number, reason: messageOf(error) }, 'internal error');
      const message = { type: 'error', code: 'internal-error', message: 'The server failed' } as const;
      connection.socket.send(JSON.stringify(message));
      connection.socket.close(1011, 'internal error');
    }
  }

  #closed(connection: Connection, code: number): void {
    const { number, address } = connection;
    if (!this.#connections.delete(number)) return;
    clearTimeout(connection.helloTimer);
    const reason = connection.reason ?? (code === 1000 || code === 1001 ? 'left' : 'disconnected');
    this.#machine.closed(number, reason);
    this.#drain();
    const level = connection.helloTimer ? 'debug' : 'info';
    this.#logger[level]({ connection: number, address, code, reason }, 'connection closed');
    if (this.#connections.size === 0) this.#emptied?.();
  }

  #drain(): void {
    // A store that answers at once calls back in the middle of this loop.
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let output = this.#machine.poll(); output; output = this.#machine.poll()) {
        if (output.type === 'store') this.#store.execute(output.command);
        else if (output.type === 'send') this.#send(output);
        else this.#connections.get(output.number)?.socket.close(output.code, output.reason);
      }
    } finally {
      this.#draining = false;
    }
    this.#setAlarm();
  }

  #setAlarm(): void {
    const at = this.#store.nextDeadline();
    if (at === this.#alarm?.at) return;
    clearTimeout(this.#alarm?.timer);
    this.#alarm = undefined;
    if (at === undefined || this.#closing) return;
    const expire = () => {
      this.#alarm = undefined;
      this.#store.execute({ type: 'expire', at: systemClock.now() });
      this.#drain();
    };
    // Timers may fire a little early; a deadline that has passed for no more than that is met the next time.
    const wait = Math.max(1, toMillis(micros(at - systemClock.now())));
    this.#alarm = { at, timer: setTimeout(expire, wait).unref() };
  }

  #send({ to, message }: RoomOutput & { type: 'send' }): void {
    const text = JSON.stringify(message);
    for (const number of to) {
      const connection = this.#connections.get(number);
      if (!connection) continue;
      this.#note(connection, message);
      connection.socket.send(text);
      if (connection.socket.bufferedAmount > this.#settings.maxSendBuffer)
        this.#cutOff(connection, 'too-slow');
    }
  }

  /** Logs what matters to whoever runs the server, and sees who has said hello. */
  #note(connection: Connection, message: ServerMessage): void {
    const { number, address } = connection;
    if (message.type === 'welcome') {
      clearTimeout(connection.helloTimer);
      connection.helloTimer = undefined;
      this.#logger.info({ connection: number, address, id: message.id }, 'client connected');
    } else if (message.type === 'room') {
      const { room, self } = message;
      const { id, name } = self;
      const people = message.participants.length + 1;
      this.#logger.info({ connection: number, id, name, room, people }, 'room entered');
    } else if (message.type === 'error') {
      const level = connection.refused === 0 ? 'warn' : 'debug';
      connection.refused += 1;
      const { code } = message;
      this.#logger[level]({ connection: number, address, code, reason: oneLine(message.message) }, 'refused');
    }
  }

  #pingAll(): void {
    for (const connection of this.#connections.values()) {
      if (connection.alive) {
        connection.alive = false;
        connection.socket.ping();
      } else this.#cutOff(connection, 'timed-out');
    }
  }

  #cutOff(connection: Connection, reason: LeaveReason): void {
    const { number, address } = connection;
    connection.reason ??= reason;
    this.#logger.warn({ connection: number, address, reason }, 'connection cut off');
    connection.socket.terminate();
  }
}

const goingAway: [number, string] = [1001, 'the server is shutting down'];
