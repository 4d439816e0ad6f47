import type { Random } from '@hellohaybye/core';
import type { Refusal } from '../protocol/errors.js';
import { protocolVersion } from '../protocol/limits.js';
import { parseClientMessage } from '../protocol/parse.js';
import type { ClientMessage, LeaveReason, ServerMessage } from '../protocol/types.js';
import type { StoreCommand, StoreEvent } from './store.js';

/** What the machine wants done. */
export type RoomOutput =
  /** A message for one or several connections. */
  | { type: 'send'; to: readonly number[]; message: ServerMessage }
  /** A command for the store, whose events come back through `stored`. */
  | { type: 'store'; command: StoreCommand };

/** Says why a message is refused by a rule of the server's, such as a limit; undefined lets it pass. */
export type Admit = (message: ClientMessage) => Refusal | undefined;

/** How much there is of what, on this server. */
export interface RoomStatistics {
  connections: number;
  rooms: number;
  participants: number;
}

interface Connection {
  readonly number: number;
  readonly id: string;
  readonly observedAddress: string;
  /** As asked for in `hello`; undefined until then. */
  name: string | undefined;
  room: string | undefined;
  /** Where the connection stands with its room; `joining` and `leaving` wait for the store. */
  phase: 'outside' | 'joining' | 'inside' | 'leaving';
}

/**
 * The signaling server without its sockets: no I/O, no clock, no randomness of its own. Connections that
 * open and close, messages and the store's events go in. After each of these, call `poll` until it gives
 * undefined, and do what it says in that order.
 */
export class RoomMachine {
  readonly #random: Random;
  readonly #keepaliveMs: number;
  readonly #admit: Admit;
  readonly #connections = new Map<number, Connection>();
  readonly #byId = new Map<string, Connection>();
  /** The connections of this server in each room; those in phase `joining` are not among them yet. */
  readonly #rooms = new Map<string, Set<Connection>>();
  #outputs: RoomOutput[] = [];
  #polled = 0;

  /**
   * @param options.random where the ids of participants come from
   * @param options.keepaliveMs what clients are told about the server's pings
   * @param options.admit asked about each message that is well formed, before anything is done with it
   */
  constructor(options: { random: Random; keepaliveMs: number; admit?: Admit }) {
    this.#random = options.random;
    this.#keepaliveMs = options.keepaliveMs;
    this.#admit = options.admit ?? (() => undefined);
  }

  /**
   * A connection was opened.
   * @param number the caller's number for it, not in use by another
   * @param observedAddress where it comes from, in normal form
   */
  opened(number: number, observedAddress: string): void {
    const id = this.#newId();
    const connection: Connection = {
      number,
      id,
      observedAddress,
      name: undefined,
      room: undefined,
      phase: 'outside',
    };
    this.#connections.set(number, connection);
    this.#byId.set(id, connection);
  }

  /**
   * A message came in, of any content; a bad one is answered with an error.
   * @param data the text, or undefined for a binary message
   */
  received(number: number, data: string | undefined): void {
    const connection = this.#connections.get(number);
    if (!connection) return;
    if (data === undefined) {
      return this.#refuse(connection, { code: 'binary-message', message: 'Messages are text' });
    }
    const parsed = parseClientMessage(data);
    if (!parsed.ok) return this.#refuse(connection, parsed.refusal);
    const refusal = this.#admit(parsed.message);
    if (!refusal) return this.#handle(connection, parsed.message);
    this.#refuse(connection, { ...refusal, requestId: parsed.message.requestId });
  }

  /** A connection is gone. */
  closed(number: number, reason: LeaveReason): void {
    const connection = this.#connections.get(number);
    if (!connection) return;
    const { room, id } = connection;
    this.#connections.delete(number);
    this.#byId.delete(id);
    if (room === undefined) return;
    this.#exit(room, connection);
    // If it was leaving already, the store takes no notice of this.
    this.#store({ type: 'leave', room, id, reason });
  }

  /** Something happened in a room, here or on another server that shares the store. */
  stored(event: StoreEvent): void {
    switch (event.type) {
      case 'joined':
        return this.#joined(event);
      case 'updated':
        return this.#updated(event);
      case 'left':
        return this.#left(event);
    }
  }

  /** The next thing to do, or undefined when there is none. */
  poll(): RoomOutput | undefined {
    const output = this.#outputs[this.#polled];
    if (output) this.#polled += 1;
    else if (this.#polled > 0) {
      this.#outputs = [];
      this.#polled = 0;
    }
    return output;
  }

  statistics(): RoomStatistics {
    let participants = 0;
    for (const members of this.#rooms.values()) participants += members.size;
    return { connections: this.#connections.size, rooms: this.#rooms.size, participants };
  }

  #handle(connection: Connection, message: ClientMessage): void {
    const { requestId } = message;
    if (message.type === 'hello') {
      if (connection.name !== undefined) {
        return this.#refuse(connection, {
          code: 'hello-twice',
          message: 'Hello was said already',
          requestId,
        });
      }
      connection.name = message.name;
      const { id } = connection;
      const welcome = { requestId, version: protocolVersion, id, keepaliveMs: this.#keepaliveMs };
      return this.#send([connection.number], { type: 'welcome', ...welcome });
    }
    if (connection.name === undefined) {
      const refusal = {
        code: 'hello-first',
        message: 'The first message has to be hello',
        requestId,
      } as const;
      return this.#refuse(connection, refusal);
    }
    if (message.type === 'join') return this.#join(connection, connection.name, message);
    const { room, id, phase } = connection;
    if (room === undefined || phase === 'leaving') {
      return this.#refuse(connection, { code: 'not-in-room', message: 'You are in no room', requestId });
    }
    if (message.type === 'update') return this.#store({ ...message, room, id });
    connection.phase = 'leaving';
    this.#store({ type: 'leave', room, id, reason: 'left', requestId });
  }

  #join(connection: Connection, name: string, message: ClientMessage & { type: 'join' }): void {
    const { room, media, state = {}, requestId } = message;
    if (connection.room !== undefined) {
      const refusal = { code: 'already-in-room', message: 'You are in a room already', requestId } as const;
      return this.#refuse(connection, refusal);
    }
    connection.room = room;
    connection.phase = 'joining';
    const { id, observedAddress } = connection;
    this.#store({ type: 'join', room, participant: { id, name, observedAddress, media, state }, requestId });
  }

  #joined({ room, participant, others, requestId }: StoreEvent & { type: 'joined' }): void {
    this.#send(this.#members(room), { type: 'participant-joined', participant });
    const connection = this.#byId.get(participant.id);
    if (!connection) return;
    // One that asked to leave before the store let it in still hears of both, in that order.
    if (connection.phase === 'joining') connection.phase = 'inside';
    const members = this.#rooms.get(room) ?? new Set();
    this.#rooms.set(room, members.add(connection));
    this.#send([connection.number], {
      type: 'room',
      requestId,
      room,
      self: participant,
      participants: others,
    });
  }

  #updated({ room, participant, requestId }: StoreEvent & { type: 'updated' }): void {
    const connection = this.#byId.get(participant.id);
    this.#send(this.#members(room, connection), { type: 'participant-updated', participant });
    if (connection) this.#send([connection.number], { type: 'done', requestId });
  }

  #left({ room, id, name, reason, requestId }: StoreEvent & { type: 'left' }): void {
    const connection = this.#byId.get(id);
    if (connection) {
      this.#exit(room, connection);
      if (requestId !== undefined) this.#send([connection.number], { type: 'done', requestId });
    }
    this.#send(this.#members(room), { type: 'participant-left', id, name, reason });
  }

  #exit(room: string, connection: Connection): void {
    const members = this.#rooms.get(room);
    members?.delete(connection);
    if (members?.size === 0) this.#rooms.delete(room);
    connection.room = undefined;
    connection.phase = 'outside';
  }

  #members(room: string, except?: Connection): number[] {
    const numbers: number[] = [];
    for (const member of this.#rooms.get(room) ?? []) if (member !== except) numbers.push(member.number);
    return numbers;
  }

  #refuse(connection: Connection, refusal: Refusal): void {
    this.#send([connection.number], { type: 'error', ...refusal });
  }

  #send(to: readonly number[], message: ServerMessage): void {
    if (to.length > 0) this.#outputs.push({ type: 'send', to, message });
  }

  #store(command: StoreCommand): void {
    this.#outputs.push({ type: 'store', command });
  }

  #newId(): string {
    const word = () => this.#random.uint32().toString(16).padStart(8, '0');
    for (;;) {
      const id = word() + word();
      if (!this.#byId.has(id)) return id;
    }
  }
}
