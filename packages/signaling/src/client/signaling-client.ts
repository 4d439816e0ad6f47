import { EventEmitter } from 'node:events';
import { HhbError, isHhbError, type Micros } from '@hellohaybye/core';
import type { RawData, WebSocket } from 'ws';
import { checkClientMessage, parseServerMessage } from '../protocol/parse.js';
import type {
  ClientMessage,
  MediaDescription,
  Participant,
  ParticipantState,
  ServerMessage,
} from '../protocol/types.js';
import { Requests } from './requests.js';

/** What a client tells about the room and the connection. */
export interface SignalingClientEvents {
  /** Somebody else entered the room. */
  joined: [participant: Participant];
  /** Somebody else changed media or state; the whole of both is given. */
  updated: [participant: Participant];
  /** Somebody else left; `reason` is one of `LeaveReason`, or one of a newer server's. */
  left: [gone: { id: string; name: string; reason: string }];
  /**
   * The connection ended without our asking: emitted once, and nothing after it. `code` is the WebSocket's
   * (RFC 6455, section 7.4): 1001 when the server shuts down, 1006 when the connection broke.
   */
  closed: [end: { code: number; reason: string }];
  /** An update was refused, or the server sent something unreadable. Not emitted when nobody listens. */
  error: [error: HhbError];
}

/** What `join` resolves with. */
export interface JoinedRoom {
  self: Participant;
  /** Everybody else in the room. */
  participants: Participant[];
}

/** What was agreed on when the connection was made. */
export interface Session {
  id: string;
  name: string;
  localAddress: string;
  keepaliveMs: number;
  timeout: Micros;
}

type Request = ClientMessage extends infer Message
  ? Message extends ClientMessage
    ? Omit<Message, 'requestId'>
    : never
  : never;

let construct: (socket: WebSocket, session: Session) => SignalingClient;

/** A client on a WebSocket over which the server has said welcome. */
export const createClient = (socket: WebSocket, session: Session): SignalingClient =>
  construct(socket, session);

/** A connection to a signaling server, in at most one room. Made by `connectSignaling`. */
export class SignalingClient extends EventEmitter<SignalingClientEvents> {
  /** Our participant id, given by the server. */
  readonly id: string;
  /** The address of this machine that the connection goes out from. */
  readonly localAddress: string;
  readonly #socket: WebSocket;
  readonly #requests: Requests;
  readonly #askedName: string;
  readonly #silenceMs: number;
  #name: string;
  #room: string | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #lossReason: string | undefined;
  #closing: Promise<void> | undefined;

  // Private, so that the published types need none of ws.
  private constructor(socket: WebSocket, session: Session) {
    super();
    this.id = session.id;
    this.localAddress = session.localAddress;
    this.#socket = socket;
    this.#requests = new Requests(session.timeout);
    this.#askedName = session.name;
    this.#name = session.name;
    this.#silenceMs = session.keepaliveMs * 3;
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('ping', () => this.#heard());
    socket.on('error', (error) => (this.#lossReason ??= error.message));
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()));
    this.#heard();
  }

  static {
    construct = (socket, session) => new SignalingClient(socket, session);
  }

  /** Our name: in a room the one that was granted, unique there ("anna (2)"); else the one asked for. */
  get name(): string {
    return this.#name;
  }

  /** The room we are in. */
  get room(): string | undefined {
    return this.#room;
  }

  /**
   * Enters a room. What happens in it afterwards comes as events, never before this resolves.
   * @throws HhbError `bad-room`, `bad-media`, `bad-message`, `already-in-room`, `request-timeout`, `not-connected`
   */
  async join(room: string, media: MediaDescription, state?: ParticipantState): Promise<JoinedRoom> {
    const reply = await this.#ask({ type: 'join', room, media, ...(state && { state }) });
    if (reply.type !== 'room') throw unexpected(reply);
    return { self: reply.self, participants: reply.participants };
  }

  /**
   * Tells the others of new media or of a new state; parts of the state that are not given stay as they
   * are. Refusals come as `error` events.
   */
  update(change: { media?: MediaDescription; state?: ParticipantState }): void {
    this.#ask({ type: 'update', ...change }).catch((error: HhbError) => this.#report(error));
  }

  /**
   * Leaves the room and keeps the connection; no more events come from the room. Outside of a room, or
   * without a connection, there is nothing to leave.
   * @throws HhbError `request-timeout`
   */
  async leave(): Promise<void> {
    this.#forgetRoom();
    try {
      await this.#ask({ type: 'leave' });
    } catch (error) {
      if (!isHhbError(error, 'not-in-room') && !isHhbError(error, 'not-connected')) throw error;
    } finally {
      this.#forgetRoom();
    }
  }

  /** Leaves the room and ends the connection, by force after a second. May be called again. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    const force = setTimeout(() => this.#socket.terminate(), 1000);
    this.#socket.close(1000);
    await closed;
    clearTimeout(force);
  }

  #ask(request: Request): Promise<ServerMessage> {
    if (this.#closing !== undefined || this.#socket.readyState !== this.#socket.OPEN) {
      return Promise.reject(notConnected());
    }
    const { requestId, reply } = this.#requests.open();
    const checked = checkClientMessage({ ...request, requestId } as ClientMessage);
    if (checked.ok) this.#socket.send(JSON.stringify(checked.message));
    else this.#requests.reject(requestId, new HhbError(checked.refusal.code, checked.refusal.message));
    return reply;
  }

  #received(data: RawData, isBinary: boolean): void {
    this.#heard();
    const parsed = parseServerMessage(isBinary ? '' : data.toString());
    if (!parsed.ok) {
      // What we do not know comes from a newer server and is meant for newer clients.
      if (parsed.refusal.code === 'unknown-type') return;
      return this.#report(new HhbError('bad-server-message', `From the server: ${parsed.refusal.message}`));
    }
    this.#handle(parsed.message);
  }

  #handle(message: ServerMessage): void {
    switch (message.type) {
      case 'room':
        if (this.#requests.resolve(message.requestId, message)) {
          this.#name = message.self.name;
          this.#room = message.room;
          // Whoever asked was told already that it took too long.
        } else this.leave().catch((error: HhbError) => this.#report(error));
        break;
      case 'done':
      case 'welcome':
        this.#requests.resolve(message.requestId, message);
        break;
      case 'error': {
        const error = new HhbError(message.code, message.message);
        if (!this.#requests.reject(message.requestId, error)) this.#report(error);
        break;
      }
      default:
        // Between our leaving and the server's reply.
        if (this.#room !== undefined) this.#tell(message);
    }
  }

  #tell(message: ServerMessage): void {
    if (message.type === 'participant-joined') this.emit('joined', message.participant);
    if (message.type === 'participant-updated') this.emit('updated', message.participant);
    if (message.type !== 'participant-left') return;
    const { id, name, reason } = message;
    this.emit('left', { id, name, reason });
  }

  #forgetRoom(): void {
    this.#room = undefined;
    this.#name = this.#askedName;
  }

  /** A server that stays silent for three of its pings is gone, even if the connection looks open. */
  #heard(): void {
    if (this.#watchdog) return void this.#watchdog.refresh();
    this.#watchdog = setTimeout(() => {
      this.#lossReason ??= 'the server went silent';
      this.#socket.terminate();
    }, this.#silenceMs);
  }

  #closed(code: number, reason: string): void {
    clearTimeout(this.#watchdog);
    this.#forgetRoom();
    this.#requests.rejectAll(notConnected());
    if (this.#closing !== undefined) return;
    this.#closing = Promise.resolve();
    this.emit('closed', { code, reason: this.#lossReason ?? (reason || 'the connection broke') });
  }

  #report(error: HhbError): void {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }
}

const notConnected = () => new HhbError('not-connected', 'The connection to the signaling server is closed');

const unexpected = (reply: ServerMessage) =>
  new HhbError('bad-server-message', `The server answered with "${reply.type}"`);
