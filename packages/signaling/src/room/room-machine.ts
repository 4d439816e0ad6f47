import type { Clock, Random } from '@hellohaybye/core';
import type { Refusal } from '../protocol/errors.js';
import { policyViolationCode, protocolVersion, takenOverCode } from '../protocol/limits.js';
import { parseClientMessage } from '../protocol/parse.js';
import type { ClientMessage, LeaveReason, Outcome, ServerMessage } from '../protocol/types.js';
import { LinkCensus, type RoomStatistics } from './link-census.js';
import type { ClientRequest, StoreCommand, StoreEvent } from './store.js';

export type { RoomStatistics } from './link-census.js';

/** What the machine wants done. */
export type RoomOutput =
  /** A message for one or several connections. */
  | { type: 'send'; to: readonly number[]; message: ServerMessage }
  /** A connection is of no use any more: it is to be closed with a WebSocket code and a reason. */
  | { type: 'close'; number: number; code: number; reason: string; leaving?: LeaveReason }
  /** A command for the store, whose events come back through `stored`. */
  | { type: 'store'; command: StoreCommand };

/** Says why a message is refused by a rule of the server's, such as a limit; undefined lets it pass. */
export type Admit = (message: ClientMessage) => Refusal | undefined;

/** What a machine is made of. */
export interface RoomMachineOptions {
  /** Where ids and tokens come from: of those that cannot be guessed. */
  random: Random;
  clock: Clock;
  /**
   * A digest from which nobody finds the text: 16 bytes or more of SHA-256, in hex or base64url. The store and
   * the others get to see digests, and never the secrets.
   */
  digest: (text: string) => string;
  /** What clients are told about the server's pings. */
  keepaliveMs: number;
  /** The instance of the participant whose process the server is in, if it is in one's. */
  hostedBy?: string | undefined;
  /** How many people may have one name; absent: any number. */
  mostOfName?: number;
  /** Asked about each message that is well formed, before anything is done with it. */
  admit?: Admit;
  /** Told of each invitation of somebody here that ended. */
  ended?: (outcome: Outcome) => void;
}

interface Connection {
  readonly number: number;
  /** Its name among all servers, and the id of the session that begins on it. */
  readonly link: string;
  readonly observedAddress: string;
  /** The hello that was said, until it is found to be of no use. */
  hello: { token: string | undefined } | undefined;
}

/**
 * The signaling server without its sockets: no I/O, no clock, no randomness of its own. Connections that
 * open and close, messages and the store's events go in. After each of these, call `poll` until it gives
 * undefined, and do what it says in that order. It knows connections; the store knows people.
 */
export class RoomMachine {
  readonly #options: RoomMachineOptions;
  readonly #connections = new Map<number, Connection>();
  readonly #byLink = new Map<string, Connection>();
  readonly #census = new LinkCensus();
  #outputs: RoomOutput[] = [];
  #polled = 0;

  constructor(options: RoomMachineOptions) {
    this.#options = options;
  }

  /**
   * A connection was opened.
   * @param number the caller's number for it, not in use by another
   * @param observedAddress where it comes from, in normal form
   */
  opened(number: number, observedAddress: string): void {
    const link = this.#words(2);
    const connection: Connection = { number, link, observedAddress, hello: undefined };
    this.#connections.set(number, connection);
    this.#byLink.set(link, connection);
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
    const refusal = this.#options.admit?.(parsed.message);
    if (!refusal) return this.#handle(connection, parsed.message);
    this.#refuse(connection, { ...refusal, requestId: parsed.message.requestId });
  }

  /** A connection is gone. The session on it may live on for a while, unless `reason` is `left` or `removed`. */
  closed(number: number, reason: LeaveReason): void {
    const connection = this.#connections.get(number);
    if (!connection) return;
    this.#forget(connection);
    if (!connection.hello) return;
    this.#store({ type: 'detach', at: this.#options.clock.now(), link: connection.link, reason });
  }

  /** Something came of the commands that were given here or on another server that shares the store. */
  stored(event: StoreEvent): void {
    switch (event.type) {
      case 'message':
        return this.#relay(event.to, event.message);
      case 'welcomed':
        return this.#welcome(event);
      case 'not-welcomed':
        return this.#turnAway(event.link, event.refusal);
      case 'refused':
        return this.#unavailable(event);
      case 'dropped':
        return this.#drop(event.link);
      case 'taken-over':
        return this.#takeOver(event.link);
      case 'removed':
        return this.#remove(event.link);
      case 'outcome':
        return this.#ended(event);
      case 'joined':
        return this.#census.joined(this.#byLink.get(event.link ?? ''), event.room);
      case 'left':
        return this.#census.left(this.#byLink.get(event.link ?? ''));
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

  /** How much there is of what, over connections to this server. */
  statistics(): RoomStatistics {
    return { connections: this.#connections.size, ...this.#census.people() };
  }

  /** How many people are in calls now, and how many invitations of people here have ended how. */
  callStatistics(): { inCalls: number; outcomes: Readonly<Record<Outcome, number>> } {
    return this.#census.calls();
  }

  #handle(connection: Connection, message: ClientMessage): void {
    const { hello } = connection;
    const { requestId } = message;
    if (message.type === 'hello') {
      if (!hello) return this.#greet(connection, message);
      return this.#refuse(connection, {
        code: 'hello-twice',
        message: 'Hello was said already',
        requestId,
      });
    }
    if (!hello) {
      const text = 'The first message has to be hello';
      return this.#refuse(connection, { code: 'hello-first', message: text, requestId });
    }
    this.#request(connection, message);
  }

  #greet(connection: Connection, message: ClientMessage & { type: 'hello' }): void {
    const { clock, digest, mostOfName } = this.#options;
    const { link, observedAddress } = connection;
    const { name, requestId, instanceKey, token: before } = message;
    if (before !== undefined && instanceKey === undefined) {
      const text = 'token: needs the instanceKey';
      return this.#refuse(connection, { code: 'bad-message', message: text, requestId });
    }
    const token = instanceKey === undefined ? undefined : this.#words(4);
    connection.hello = { token };
    this.#store({
      type: 'hello',
      at: clock.now(),
      ...{ link, requestId, name, observedAddress },
      ...(instanceKey !== undefined && { instance: digest(`instance ${instanceKey}`) }),
      ...(token !== undefined && { token: digest(`token ${token}`) }),
      ...(before !== undefined && { resume: digest(`token ${before}`) }),
      ...(mostOfName !== undefined && { mostOfName }),
    });
  }

  #request(connection: Connection, request: ClientRequest): void {
    const command = {
      type: 'request',
      at: this.#options.clock.now(),
      link: connection.link,
      request,
    } as const;
    if (request.type !== 'invite') return this.#store(command);
    // What the call is called lets people back into it: it has to be of no use to guess.
    this.#store({ ...command, ids: { call: this.#words(4), invitation: this.#words(2) } });
  }

  #welcome({ link, requestId, id, instance, resumed }: StoreEvent & { type: 'welcomed' }): void {
    const connection = this.#byLink.get(link);
    if (!connection?.hello) return;
    const { token } = connection.hello;
    const { hostedBy } = this.#options;
    if (resumed?.inside) this.#census.joined(connection, resumed.inside.room);
    this.#send([connection.number], {
      type: 'welcome',
      requestId,
      version: protocolVersion,
      id,
      keepaliveMs: this.#options.keepaliveMs,
      ...(hostedBy !== undefined && { hostedBy }),
      ...(instance !== undefined && token !== undefined && { instance, token }),
      ...(resumed && { resumed }),
    });
  }

  #ended({ outcome, link }: StoreEvent & { type: 'outcome' }): void {
    if (link === undefined || !this.#byLink.has(link)) return;
    this.#census.ended(outcome);
    this.#options.ended?.(outcome);
  }

  #turnAway(link: string, refusal: Refusal): void {
    const connection = this.#byLink.get(link);
    if (!connection) return;
    connection.hello = undefined;
    this.#refuse(connection, refusal);
  }

  /** A hello that was refused may yet be found to be carried out: what came of it is taken back. */
  #unavailable({ link, refusal, isHello }: StoreEvent & { type: 'refused' }): void {
    const connection = this.#byLink.get(link);
    if (!connection) return;
    this.#refuse(connection, refusal);
    if (!isHello) return;
    this.#forget(connection);
    this.#store({ type: 'detach', at: this.#options.clock.now(), link, reason: 'disconnected' });
    this.#outputs.push({ type: 'close', number: connection.number, code: tryLater, reason: refusal.code });
  }

  #drop(link: string): void {
    const connection = this.#byLink.get(link);
    if (!connection) return;
    this.#forget(connection);
    const reason = 'the server begins anew';
    this.#outputs.push({ type: 'close', number: connection.number, code: serviceRestart, reason });
  }

  #takeOver(link: string): void {
    const connection = this.#byLink.get(link);
    if (!connection) return;
    const { number } = connection;
    this.#refuse(connection, takenOver);
    this.#forget(connection);
    this.#outputs.push({ type: 'close', number, code: takenOverCode, reason: takenOver.code });
  }

  #remove(link: string): void {
    const connection = this.#byLink.get(link);
    if (!connection) return;
    const { number } = connection;
    this.#refuse(connection, removed);
    this.#forget(connection);
    const { code: reason } = removed;
    this.#outputs.push({ type: 'close', number, code: policyViolationCode, reason, leaving: reason });
  }

  #relay(to: readonly string[], message: ServerMessage): void {
    const numbers: number[] = [];
    for (const link of to) {
      const connection = this.#byLink.get(link);
      if (connection) numbers.push(connection.number);
    }
    if (numbers.length === 0) return;
    this.#send(numbers, message);
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection.number);
    this.#byLink.delete(connection.link);
    this.#census.left(connection);
  }

  #refuse(connection: Connection, refusal: Refusal): void {
    this.#send([connection.number], { type: 'error', ...refusal });
  }

  #send(to: readonly number[], message: ServerMessage): void {
    this.#outputs.push({ type: 'send', to, message });
  }

  #store(command: StoreCommand): void {
    this.#outputs.push({ type: 'store', command });
  }

  /** So many times 32 random bits. */
  #words(count: number): string {
    let words = '';
    for (let word = 0; word < count; word += 1) {
      words += this.#options.random.uint32().toString(16).padStart(8, '0');
    }
    return words;
  }
}

const takenOver = {
  code: 'session-taken-over',
  message: 'Your session goes on over another connection',
} as const satisfies Refusal;

/** What a client is told whom the operator removed, or whose room the operator closed. */
export const removed = {
  code: 'removed',
  message: 'You were removed by whoever runs the server',
} as const satisfies Refusal;

/** WebSocket close codes of the IANA registry: the client connects again, at once or after a while. */
const serviceRestart = 1012;
const tryLater = 1013;
