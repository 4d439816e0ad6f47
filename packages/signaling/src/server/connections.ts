import { messageOf, micros, seconds, toMillis, type Clock, type Micros } from '@hellohaybye/core';
import type { RawData } from 'ws';
import type { ProtocolErrorCode } from '../protocol/errors.js';
import type { LeaveReason, ServerMessage } from '../protocol/types.js';
import type { RoomMachine, RoomOutput } from '../room/room-machine.js';
import type { RoomStore } from '../room/store.js';
import { farewell, letGo } from './farewell.js';
import { sendFrames, textFrame } from './frame.js';
import { HelloWatch } from './hello-watch.js';
import type { Settings } from './options.js';
import { PeopleNews } from './people-news.js';
import type { PeerHandler, PeerSocket } from './peer-socket.js';
import { PendingWrites } from './pending-writes.js';
import { TokenBucket, type Rate } from './policy/token-bucket.js';
import type { Refusals } from './refusals.js';

/** What the connections need around them. */
export interface Surroundings {
  machine: RoomMachine;
  store: RoomStore;
  settings: Settings;
  refusals: Refusals;
  clock: Clock;
  /** Called when a connection that was added is closed. */
  onClosed: (address: string) => void;
}

/** The open WebSockets, between which the room machine moves messages. */
export class Connections implements PeerHandler {
  readonly #around: Surroundings;
  readonly #sockets = new Map<number, PeerSocket>();
  readonly #writes = new PendingWrites(
    (socket) => this.#cutOffIfSlow(socket),
    () => this.#tellRelayed(),
  );
  readonly #hellos: HelloWatch;
  readonly #peopleNews: PeopleNews;
  readonly #keepalive: NodeJS.Timeout;
  readonly #messages: Rate;
  readonly #excess: Rate;
  #last = 0;
  #slot = 0;
  /** When the store has something to do. */
  #alarm: { at: Micros; timer: NodeJS.Timeout } | undefined;
  /** When the message came in that is being handled. */
  #receivedAt: Micros | undefined;
  /** When the messages came in whose news are still to be written. */
  #relayedOf: Micros[] = [];
  #draining = false;
  #closing = false;
  #emptied: (() => void) | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
    const { settings, clock, machine, store } = around;
    const { messagesPerSecond: perSecond, messageBurst: burst } = settings.limits;
    this.#messages = { perSecond, burst };
    this.#excess = { perSecond, burst: burst * patience };
    store.subscribe((event, since) => {
      machine.stored(event);
      this.#drain(since);
    });
    this.#hellos = new HelloWatch(clock, settings.helloTimeout, (socket) =>
      this.#end(socket, 'hello-timeout', 'There was no hello in time'),
    );
    this.#peopleNews = new PeopleNews(clock, seconds(1), (number, frames) => {
      const socket = this.#sockets.get(number);
      if (!socket) return;
      this.#writes.flush();
      sendFrames(socket, frames);
      this.#cutOffIfSlow(socket);
    });
    this.#keepalive = setInterval(() => this.#ping(), toMillis(settings.keepalive) / slots).unref();
  }

  /** Takes over a WebSocket that was opened. */
  add(socket: PeerSocket, address: string): void {
    const { machine, clock } = this.#around;
    const now = clock.now();
    socket.number = this.#last += 1;
    socket.address = address;
    socket.heardAt = now;
    socket.messages = new TokenBucket(this.#messages, now);
    socket.attach(this);
    if (this.#closing) return socket.close(...farewell());
    this.#sockets.set(socket.number, socket);
    this.#hellos.add(socket);
    machine.opened(socket.number, address);
    this.#drain();
    this.#logger.debug({ connection: socket.number, address }, 'connection opened');
  }

  /** Ends a participant's connection. False when there is nobody with this id. */
  remove(id: string): boolean {
    for (const socket of this.#sockets.values()) {
      if (socket.id !== id) continue;
      this.#end(socket, 'removed', 'You were removed by whoever runs the server', 'removed');
      return true;
    }
    return false;
  }

  /** Tells every client that the server is about to go, when, and where to. */
  announceEnd(after: Micros, movedTo?: string): void {
    const message = {
      type: 'draining',
      ...(movedTo !== undefined && { url: movedTo }),
      inMs: toMillis(after),
    } as const;
    this.#send({ type: 'send', to: [...this.#sockets.keys()], message });
  }

  /** Lets the clients go one after the other, in this time, so that they do not all arrive elsewhere at once. */
  letGo(within: Micros, movedTo?: string): Promise<void> {
    return letGo([...this.#sockets.values()], within, movedTo);
  }

  /** Tells every client that the server goes, and where to, and waits until they are gone, by force after `timeout`. */
  async close(timeout: Micros, movedTo?: string): Promise<void> {
    this.#closing = true;
    clearInterval(this.#keepalive);
    this.#hellos.close();
    this.#peopleNews.close();
    clearTimeout(this.#alarm?.timer);
    if (this.#sockets.size === 0) return;
    const emptied = new Promise<void>((resolve) => (this.#emptied = resolve));
    for (const socket of this.#sockets.values()) socket.close(...farewell(movedTo));
    const force = setTimeout(() => {
      for (const socket of this.#sockets.values()) socket.terminate();
    }, toMillis(timeout));
    await emptied;
    clearTimeout(force);
  }

  received(socket: PeerSocket, data: RawData, isBinary: boolean): void {
    if (!this.#sockets.has(socket.number)) return;
    const { clock, machine } = this.#around;
    const now = clock.now();
    socket.heardAt = now;
    if (!socket.messages?.take(now)) return this.#tooMany(socket, now);
    this.#receivedAt = now;
    try {
      machine.received(socket.number, isBinary ? undefined : (data as Buffer).toString());
      this.#drain();
    } catch (error) {
      // A mistake of ours must cost one connection at most.
      this.#logger.error({ connection: socket.number, reason: messageOf(error) }, 'internal error');
      this.#end(socket, 'internal-error', 'The server failed', undefined, 1011);
    } finally {
      this.#receivedAt = undefined;
    }
  }

  closing(): void {
    this.#writes.flush();
  }

  ponged(socket: PeerSocket): void {
    socket.heardAt = this.#around.clock.now();
  }

  broken(socket: PeerSocket, error: Error): void {
    const { number: connection, address } = socket;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const reason = error.message;
    if (!code.startsWith('WS_ERR_')) {
      this.#logger.debug({ connection, address, reason }, 'connection broke');
      return;
    }
    const isTooLarge = code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
    this.#around.refusals.note(address, isTooLarge ? 'message-too-large' : 'bad-frame', {
      connection,
      reason,
    });
    // ws would now read, and throw away, whatever else there is, for as long as the client goes on.
    process.nextTick(() => socket.pause());
    this.#terminateSoon(socket);
  }

  closed(socket: PeerSocket, code: number): void {
    this.#around.onClosed(socket.address);
    this.#forget(socket, code);
  }

  get #logger() {
    return this.#around.settings.logger;
  }

  /** The machine hears that a connection is gone, the first time that this is called for it. */
  #forget(socket: PeerSocket, code: number): void {
    const { number, address, id } = socket;
    if (!this.#sockets.delete(number)) return;
    this.#hellos.delete(socket);
    // Who answers our farewell does not leave: with a store that others share, it goes on there.
    const isFarewell = (code === 1000 || code === 1001) && !this.#closing;
    const reason = socket.leaving ?? (isFarewell ? 'left' : 'disconnected');
    this.#around.machine.closed(number, reason);
    this.#drain();
    const level = id === undefined ? 'debug' : 'info';
    this.#logger[level]({ connection: number, address, id, code, reason }, 'connection closed');
    if (this.#sockets.size === 0) this.#emptied?.();
  }

  /** @param since when the message came in that this is about, where it is not the one that is being handled */
  #drain(since = this.#receivedAt): void {
    // A store that answers at once calls back in the middle of this loop.
    if (this.#draining) return;
    this.#draining = true;
    const { machine, store } = this.#around;
    let relayed = false;
    try {
      for (let output = machine.poll(); output; output = machine.poll()) {
        if (output.type === 'store') store.execute(output.command);
        else if (output.type === 'send') relayed = this.#send(output) || relayed;
        else this.#sockets.get(output.number)?.close(output.code, output.reason);
      }
    } finally {
      this.#draining = false;
    }
    this.#setAlarm();
    if (relayed && since !== undefined) this.#relayedOf.push(since);
  }

  /** All that was to be written is handed to the sockets. */
  #tellRelayed(): void {
    if (this.#relayedOf.length === 0) return;
    const { settings, clock } = this.#around;
    const now = clock.now();
    for (const since of this.#relayedOf.splice(0)) settings.observer.relayed?.((now - since) as Micros);
  }

  #setAlarm(): void {
    const { store, clock } = this.#around;
    const at = store.nextDeadline();
    if (at === this.#alarm?.at) return;
    clearTimeout(this.#alarm?.timer);
    this.#alarm = undefined;
    if (at === undefined || this.#closing) return;
    const expire = () => {
      this.#alarm = undefined;
      store.execute({ type: 'expire', at: clock.now() });
      this.#drain();
    };
    // Timers may fire a little early; a deadline that has passed for no more than that is met the next time.
    const wait = Math.max(1, toMillis(micros(at - clock.now())));
    this.#alarm = { at, timer: setTimeout(expire, wait).unref() };
  }

  /** Sends a message to all that it is for; tells whether it is news for others, and not a reply. */
  #send({ to, message }: RoomOutput & { type: 'send' }): boolean {
    const { type } = message;
    if (type === 'person' || type === 'person-gone') {
      this.#peopleNews.add(to, message);
      return false;
    }
    const frame = textFrame(JSON.stringify(message));
    const isNoted = type === 'welcome' || type === 'room' || type === 'error';
    for (const number of to) {
      const socket = this.#sockets.get(number);
      if (!socket) continue;
      if (isNoted) this.#note(socket, message);
      this.#writes.add(socket, frame);
    }
    return !('requestId' in message) && type !== 'error';
  }

  #cutOffIfSlow(socket: PeerSocket): void {
    if (socket.bufferedAmount <= this.#around.settings.maxSendBuffer) return;
    this.#cutOff(socket, 'too-slow', 'The client does not take what it is sent');
  }

  /** Logs what matters to whoever runs the server, and sees who has said hello. */
  #note(socket: PeerSocket, message: ServerMessage): void {
    const { number: connection, address } = socket;
    if (message.type === 'welcome') {
      this.#hellos.delete(socket);
      socket.id = message.id;
      this.#logger.info({ connection, address, id: message.id }, 'client connected');
    } else if (message.type === 'room') {
      const { room, self } = message;
      const { id, name } = self;
      const people = message.participants.length + 1;
      this.#logger.info({ connection, id, name, room, people }, 'room entered');
    } else if (message.type === 'error') {
      this.#around.refusals.note(address, message.code, { connection, reason: message.message });
    }
  }

  #tooMany(socket: PeerSocket, now: Micros): void {
    const code = 'too-many-messages';
    const message = `You send more than ${this.#messages.perSecond} messages a second`;
    socket.excess ??= new TokenBucket(this.#excess, now);
    if (!socket.excess.take(now)) return this.#end(socket, code, message);
    this.#send({ type: 'send', to: [socket.number], message: { type: 'error', code, message } });
  }

  /** Each connection is pinged once in a keepalive, but not all at once, so that nobody waits for it. */
  #ping(): void {
    const { clock, settings } = this.#around;
    const deadline = clock.now() - settings.keepalive - settings.pingTimeout;
    this.#slot = (this.#slot + 1) % slots;
    for (const socket of this.#sockets.values()) {
      if (socket.heardAt < deadline) this.#cutOff(socket, 'timed-out', 'A ping was not answered in time');
      else if (socket.number % slots === this.#slot) socket.ping();
    }
  }

  /** Ends a connection of which nothing can be hoped. */
  #cutOff(socket: PeerSocket, code: LeaveReason & ProtocolErrorCode, reason: string): void {
    const { number: connection, address } = socket;
    if (socket.leaving !== undefined) return;
    socket.leaving = code;
    this.#around.refusals.note(address, code, { connection, reason });
    socket.terminate();
  }

  /** Ends a connection with an error message; to the machine it is gone at once. */
  #end(
    socket: PeerSocket,
    code: ProtocolErrorCode,
    message: string,
    leaving?: LeaveReason,
    close = 1008,
  ): void {
    this.#send({ type: 'send', to: [socket.number], message: { type: 'error', code, message } });
    socket.leaving ??= leaving;
    socket.close(close, code);
    this.#terminateSoon(socket);
    this.#forget(socket, close);
  }

  /** Gives a client time to hear why it is cut off. */
  #terminateSoon(socket: PeerSocket): void {
    setTimeout(() => socket.terminate(), toMillis(this.#around.settings.closeTimeout)).unref();
  }
}

/** Into so many parts the pings of a keepalive are spread. */
const slots = 16;

/** So many bursts of messages too many are answered before a connection is cut off. */
const patience = 50;
