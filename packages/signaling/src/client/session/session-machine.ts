import { micros, millis, type Micros, type Random } from '@hellohaybye/core';
import { protocolVersion } from '../../protocol/limits.js';
import { checkClientMessage } from '../../protocol/parse.js';
import type {
  ClientMessage,
  Invitation,
  MediaDescription,
  ParticipantState,
  RoomView,
  ServerMessage,
  SessionState,
} from '../../protocol/types.js';
import type { ClientEvent, ConnectionEnd, JoinedRoom, People } from './client-events.js';
import { InvitationList } from './invitation-list.js';
import { PeopleList } from './people-list.js';
import { PendingRequests, type Pending, type Request, type RequestType } from './pending-requests.js';
import { ReconnectSchedule, type ReconnectPolicy } from './reconnect-schedule.js';
import { patience, Roster } from './roster.js';

/** What the machine wants done. */
export type SessionOutput =
  | { type: 'send'; message: ClientMessage }
  /** A request was answered. */
  | { type: 'resolve'; requestId: number; reply: ServerMessage }
  | { type: 'reject'; requestId: number; error: RequestError }
  | { type: 'event'; event: ClientEvent }
  /** The server is to be connected to, and told what `hello` gives. */
  | { type: 'connect' }
  /** The connection is of no use any more and is to be cut; `lost` follows. */
  | { type: 'cut'; reason: string };

/** Why a request came to nothing: a code of the server's, `request-timeout`, `not-connected` or `connection-lost`. */
export interface RequestError {
  code: string;
  message: string;
  ids?: string[];
}

export interface SessionMachineOptions {
  /** As others are to see it. */
  name: string;
  /** The secret that stands behind `instance`: 128 random bits or more as hex or base64url. */
  instanceKey: string;
  random: Random;
  /** How long a reply may take. */
  timeout: Micros;
  /** Absent: a lost connection is not made again. */
  reconnect?: ReconnectPolicy | undefined;
}

/** A request without the id that the machine gives it. */
export type RequestBody = Request extends infer One
  ? One extends Request
    ? Omit<One, 'requestId'>
    : never
  : never;

interface Inside {
  room: string;
  call: boolean;
  self: RoomView['self'];
  /** As we want them to be; the server is brought to agree. */
  media: MediaDescription;
  state: ParticipantState;
  /** The invite by which we got here, until it is answered: when it comes to nothing we are not here. */
  by?: number;
}

/**
 * A client without its socket: a session that outlives connections, the room or call it is in, and its
 * invitations. No I/O, no clock, no randomness of its own. After each input, call `poll` until it gives
 * undefined, then call `tick` at `nextDeadline`.
 *
 * What is lost with a connection is repaired by state: the welcome to a session that goes on tells how all
 * stands, and what differs from what was known becomes events; requests without a reply are made again under
 * their old ids, and the server carries out each id once. A server that knows nothing of the session gets a new
 * one, and is told what room we are in.
 */
export class SessionMachine {
  readonly #options: SessionMachineOptions;
  readonly #requests: PendingRequests;
  readonly #schedule: ReconnectSchedule | undefined;
  readonly #emit = (event: ClientEvent) => void this.#outputs.push({ type: 'event', event });
  /** What happens where nobody knows yet that we are there comes with the answer to the invite. */
  readonly #emitInside = (event: ClientEvent) => {
    if (this.#inside?.by === undefined) this.#emit(event);
  };
  readonly #roster = new Roster(this.#emitInside);
  readonly #invitations = new InvitationList(this.#emit);
  readonly #people = new PeopleList();
  #outputs: SessionOutput[] = [];
  #phase: 'connecting' | 'online' | 'waiting' | 'closed' = 'connecting';
  #retryAt: Micros | undefined;
  #silentAt: Micros | undefined;
  #silence: Micros = micros(0);
  #session: { id: string; instance: string; token: string | undefined } | undefined;
  #inside: Inside | undefined;
  #away = false;
  /** Whether `disconnected` was told and it is not over yet. */
  #isAway = false;

  constructor(options: SessionMachineOptions) {
    this.#options = options;
    this.#requests = new PendingRequests(options.timeout);
    this.#schedule = options.reconnect && new ReconnectSchedule(options.reconnect, options.random);
  }

  /** Our participant id; empty until the first welcome. */
  get id(): string {
    return this.#session?.id ?? '';
  }

  get instance(): string {
    return this.#session?.instance ?? '';
  }

  /** In a room the name that was granted there, else the one asked for. */
  get name(): string {
    return this.#inside?.self.name ?? this.#options.name;
  }

  get isConnected(): boolean {
    return this.#phase === 'online';
  }

  /** Where we are. */
  get inside(): JoinedRoom | undefined {
    if (!this.#inside) return undefined;
    const { room, call, self } = this.#inside;
    return { room, call, self, participants: this.#roster.participants() };
  }

  invitations(direction: 'incoming' | 'outgoing'): Invitation[] {
    return this.#invitations.list(direction);
  }

  people(): People {
    return this.#people.all();
  }

  /** What to say first on a connection. */
  hello(): ClientMessage & { type: 'hello' } {
    const { name, instanceKey } = this.#options;
    const token = this.#session?.token;
    const hello = { type: 'hello', requestId: 0, version: protocolVersion, name, instanceKey } as const;
    return token === undefined ? hello : { ...hello, token };
  }

  /** The server knows nothing of our session: `hello` asks for a new one from now on. */
  helloRefused(): void {
    if (this.#session) this.#session.token = undefined;
  }

  /** The server answered hello. */
  welcomed(welcome: ServerMessage & { type: 'welcome' }, now: Micros): void {
    const { id, token, resumed } = welcome;
    const isFirst = this.#session === undefined;
    this.#phase = 'online';
    this.#schedule?.connected(now);
    this.#silence = micros(millis(welcome.keepaliveMs) * 3);
    this.heard(now);
    this.#session = { id, instance: welcome.instance ?? id, token };
    if (resumed) this.#resume(resumed, now);
    else if (!isFirst) this.#beginAnew(now);
    if (!isFirst && this.#people.isWatched) this.#ask({ type: 'who', watch: true }, now);
    for (const { request } of this.#requests.all()) this.#outputs.push({ type: 'send', message: request });
  }

  /** Connecting failed, or ended before the welcome. */
  connectFailed(now: Micros): void {
    if (this.#phase !== 'connecting' || !this.#schedule) return;
    this.#phase = 'waiting';
    this.#retryAt = micros(now + this.#schedule.nextWait(now));
  }

  /**
   * The connection ended.
   * @param isFinal whether it makes no sense to connect again
   */
  lost(end: ConnectionEnd, now: Micros, isFinal = false): void {
    if (this.#phase === 'closed') return;
    this.#silentAt = undefined;
    if (!this.#schedule || isFinal) {
      this.close();
      return this.#emit({ name: 'closed', value: end });
    }
    this.#phase = 'waiting';
    this.#retryAt = micros(now + this.#schedule.nextWait(now));
    // Lost again before we were back where we had been: that is one absence.
    if (!this.#isAway) this.#emit({ name: 'disconnected', value: end });
    this.#isAway = true;
  }

  /** Nothing is wanted any more. */
  close(): void {
    this.#phase = 'closed';
    this.#retryAt = this.#silentAt = undefined;
    this.#forgetRoom();
    for (const { request } of this.#requests.all()) this.#reject(request.requestId, notConnected);
  }

  /** Something came from the server. */
  heard(now: Micros): void {
    this.#silentAt = micros(now + this.#silence);
  }

  /**
   * Asks the server for something; `resolve` or `reject` follow. Without a connection it waits for one.
   * @returns the id of the request
   */
  request(body: RequestBody, now: Micros): number {
    const requestId = this.#requests.nextId();
    const checked = checkClientMessage({ ...body, requestId } as ClientMessage);
    if (this.#phase === 'closed') this.#outputs.push({ type: 'reject', requestId, error: notConnected });
    else if (!checked.ok) {
      const { code, message } = checked.refusal;
      this.#outputs.push({ type: 'reject', requestId, error: { code, message } });
    } else if (checked.message.type !== 'hello') {
      this.#foresee(checked.message);
      this.#requests.add(checked.message, now, true);
      if (this.isConnected) this.#outputs.push({ type: 'send', message: checked.message });
    }
    return requestId;
  }

  /** A message came from the server. */
  received(message: ServerMessage, now: Micros): void {
    this.heard(now);
    switch (message.type) {
      case 'room':
        return this.#shown(message, now);
      case 'room-left':
        return this.#inside?.room === message.room ? this.#removed(message.reason) : undefined;
      case 'done':
      case 'people':
      case 'invited':
        return this.#answered(message, now);
      case 'error':
        return this.#refused(message);
      case 'participant-joined':
        return this.#inside && this.#roster.joined(message.participant);
      case 'participant-updated':
        return this.#inside && this.#roster.updated(message.participant);
      case 'participant-left':
        return this.#inside && this.#roster.left(message.id, message.reason, now);
      case 'person':
      case 'person-gone':
        if (this.#people.change(message)) this.#emit({ name: 'people', value: this.#people.all() });
        return;
      case 'invitation':
        return this.#invited(message.invitation, now);
      case 'missed':
        return this.#emit({ name: 'missed', value: message.invitation });
      case 'invitation-ringing':
        return this.#invitations.ringing(message.id);
      case 'invitation-ended':
        return this.#invitations.end(message);
      case 'welcome':
    }
  }

  /** When `tick` has something to do. */
  nextDeadline(): Micros | undefined {
    const deadlines = [
      this.#retryAt,
      this.#silentAt,
      this.#requests.nextDeadline(),
      this.#invitations.nextDeadline(),
      this.#roster.nextDeadline(),
    ].filter((one) => one !== undefined);
    return deadlines.length === 0 ? undefined : micros(Math.min(...deadlines));
  }

  /** Does what is due by now. */
  tick(now: Micros): void {
    if (this.#phase === 'closed') return;
    if (this.#retryAt !== undefined && this.#retryAt <= now) {
      this.#retryAt = undefined;
      this.#phase = 'connecting';
      this.#outputs.push({ type: 'connect' });
    }
    if (this.#silentAt !== undefined && this.#silentAt <= now) {
      this.#silentAt = undefined;
      this.#outputs.push({ type: 'cut', reason: 'the server went silent' });
    }
    for (const { request } of this.#requests.expired(now)) this.#giveUp(request, now);
    this.#invitations.expire(now);
    this.#roster.expire(now);
  }

  /** The next thing to do, or undefined when there is none. */
  poll(): SessionOutput | undefined {
    return this.#outputs.shift();
  }

  /** Whoever asked is told that it took too long. Where we may have got to by it is no place of ours. */
  #giveUp(request: Request, now: Micros): void {
    const { type, requestId } = request;
    this.#reject(requestId, this.isConnected ? noReply : notConnected);
    const isStay = type === 'leave' || (!this.#inside && enters.includes(type));
    if (isStay) this.#ask({ type: 'leave' }, now, false, true);
  }

  /** The session goes on, and this is how everything stands. */
  #resume(state: SessionState, now: Micros): void {
    const isRejoining = this.#requests.all().some((one) => one.isRejoin);
    if (!isRejoining) this.#back({ name: 'resumed', value: { id: this.id } });
    const { inside } = state;
    const isElsewhere = inside && inside.room !== this.#inside?.room;
    const invite = this.#requests.find('invite');
    if (isRejoining) {
      // Its reply is still to come, and tells who of the others is back.
    } else if (this.#inside && !inside) this.#removed('call-ended');
    else if (this.#inside && inside && !isElsewhere) {
      this.#inside.self = inside.self;
      this.#roster.reconcile(inside.participants, 'left');
      this.#agreeOnSelf(now);
    } else if (this.#inside && inside) this.#moved(inside);
    // What is being asked for again tells why we are there, or takes us out.
    else if (!this.#inside && inside && !this.#requests.find('join', 'accept', 'invite', 'leave')) {
      this.#ask({ type: 'leave' }, now);
    }
    const { strange, news } = this.#invitations.reconcile(state, now);
    for (const { id, ringing } of news) if (!ringing) this.#ask({ type: 'ringing', invitation: id }, now);
    if (!invite) {
      for (const { id } of strange) this.#ask({ type: 'cancel', invitation: id }, now);
    }
    this.#ask({ type: 'confirm' }, now);
  }

  /** The server knows nothing of us any more. */
  #beginAnew(now: Micros): void {
    this.#invitations.endAll();
    for (const { request, isRejoin } of this.#requests.all()) {
      const { type, requestId } = request;
      if (type === 'bye' && this.#inside?.call) this.#forgetRoom();
      if (isRejoin) this.#requests.take(requestId);
      else if (type === 'invite' || type === 'accept' || type === 'move')
        this.#reject(requestId, connectionLost);
      else if (type === 'join' && this.#inside) this.#reject(requestId, alreadyInRoom);
      // One that was made after a join takes that back.
      else if (type === 'leave' && this.#requests.find('join')) continue;
      else if (type !== 'join' && type !== 'who') this.#resolve(requestId, { type: 'done', requestId });
    }
    if (this.#inside) {
      const { room, media, state } = this.#inside;
      this.#ask({ type: 'join', room, media, state }, now, true);
    } else {
      if (this.#away) this.#ask({ type: 'update', state: { away: true } }, now);
      this.#back({ name: 'rejoined', value: { id: this.id, inside: undefined } });
    }
  }

  #shown(view: ServerMessage & { type: 'room' }, now: Micros): void {
    const pending = this.#requests.take(view.requestId);
    const request = pending?.request;
    // We left while this was on its way.
    const isLeaving = this.#requests.find('leave') !== undefined;
    if (pending?.isRejoin) {
      if (!isLeaving) this.#rejoined(view, now);
    } else if (request?.type === 'join' || request?.type === 'accept') {
      if (!isLeaving) {
        if (this.#inside) this.#roster.dropAllBut(view.participants);
        this.#enter(view, request);
      }
    } else if (this.#inside) this.#moved(view);
    else if (!isLeaving) {
      const invite = this.#requests.find('invite');
      if (invite?.type === 'invite') this.#enter(view, invite);
      // Whoever asked was told already that it took too long.
      else this.#ask({ type: 'leave' }, now, false, true);
    }
    if (pending?.until !== undefined) {
      this.#outputs.push({ type: 'resolve', requestId: pending.request.requestId, reply: view });
    }
  }

  #answered(reply: ServerMessage & { requestId: number }, now: Micros): void {
    const pending = this.#requests.take(reply.requestId);
    const type = pending?.request.type;
    if (type === 'leave' || (type === 'bye' && this.#inside?.call)) this.#forgetRoom();
    if (reply.type === 'invited') {
      if (this.#inside?.by === reply.requestId) delete this.#inside.by;
      for (const one of reply.invitations) {
        if (pending) this.#invitations.outgoing(one, now);
        else this.#ask({ type: 'cancel', invitation: one.id }, now, false, true);
      }
    }
    if (reply.type === 'people') {
      this.#people.set(reply);
      if (pending && pending.until === undefined) this.#emit({ name: 'people', value: this.#people.all() });
    }
    if (pending?.until !== undefined) {
      this.#outputs.push({ type: 'resolve', requestId: reply.requestId, reply });
    }
  }

  #refused({ requestId, code, message, ids }: ServerMessage & { type: 'error' }): void {
    const pending = this.#requests.take(requestId);
    if (pending?.isRejoin) {
      this.#removed(code);
      return this.#back({ name: 'rejoined', value: { id: this.id, inside: undefined } });
    }
    if (pending?.until !== undefined) {
      const error = ids ? { code, message, ids } : { code, message };
      this.#outputs.push({ type: 'reject', requestId: pending.request.requestId, error });
    } else if (requestId === undefined && code !== 'session-taken-over')
      this.#emit({ name: 'error', value: { code, message } });
  }

  #rejoined(view: RoomView, now: Micros): void {
    const { media, state } = this.#inside ?? { media: view.self.media, state: view.self.state };
    this.#enterAs(view, media, state);
    const news = this.#outputs;
    this.#outputs = [];
    this.#roster.reconcile(view.participants, { until: patience(now) });
    const changes = this.#outputs;
    this.#outputs = news;
    this.#back({ name: 'rejoined', value: { id: this.id, inside: this.inside } });
    this.#outputs.push(...changes);
    this.#agreeOnSelf(now, true);
  }

  /** Something else than our own wish took us to another room. */
  #moved(view: RoomView): void {
    if (!this.#inside) return;
    const isElsewhere = view.room !== this.#inside.room;
    this.#enterAs(view, this.#inside.media, this.#inside.state);
    const before = this.#outputs;
    this.#outputs = [];
    this.#roster.dropAllBut(view.participants);
    this.#roster.reconcile(view.participants, 'left');
    const changes = this.#outputs;
    this.#outputs = before;
    if (isElsewhere && this.inside) this.#emitInside({ name: 'moved', value: this.inside });
    this.#outputs.push(...changes);
  }

  #enter(view: RoomView, wish: Request & { type: 'join' | 'accept' | 'invite' }): void {
    const { media = this.#inside?.media ?? view.self.media, state = this.#inside?.state ?? {} } = wish;
    this.#enterAs(view, media, state);
    if (wish.type === 'invite' && this.#inside) this.#inside.by = wish.requestId;
    this.#roster.reset(view.participants);
  }

  #enterAs({ room, call, self }: RoomView, media: MediaDescription, state: ParticipantState): void {
    const by = this.#inside?.by;
    this.#inside = { room, call, self, media, state, ...(by !== undefined && { by }) };
  }

  #removed(reason: string): void {
    if (!this.#inside) return;
    const { room, by } = this.#inside;
    this.#forgetRoom();
    if (by === undefined) this.#emit({ name: 'removed', value: { room, reason } });
  }

  #invited(invitation: Invitation, now: Micros): void {
    if (this.#invitations.incoming(invitation, now)) {
      this.#ask({ type: 'ringing', invitation: invitation.id }, now, false, true);
    }
  }

  /** What a request changes here at once, whenever its reply comes. */
  #foresee(request: Request): void {
    if (request.type === 'leave') this.#forgetRoom();
    if (request.type === 'who' && request.watch !== undefined) this.#people.isWatched = request.watch;
    if (request.type !== 'update') return;
    const { media, state } = request;
    this.#away = state?.away ?? this.#away;
    if (!this.#inside) return;
    const { self } = this.#inside;
    this.#inside.media = media ?? this.#inside.media;
    this.#inside.state = { ...this.#inside.state, ...state };
    this.#inside.self = { ...self, media: this.#inside.media, state: { ...self.state, ...state } };
  }

  /** An update that was never answered, or was made while we were on our way back. */
  #agreeOnSelf(now: Micros, isSentNow = false): void {
    if (!this.#inside || this.#requests.find('update')) return;
    const { media, state, self } = this.#inside;
    const isMedia = JSON.stringify(media) === JSON.stringify(self.media);
    const flags = ['muted', 'cameraOff', 'onHold', 'away'] as const;
    const isState = flags.every((flag) => (state[flag] ?? false) === (self.state[flag] ?? false));
    if (!isMedia || !isState) this.#ask({ type: 'update', media, state }, now, false, isSentNow);
  }

  /** Asks by ourselves; `isSentNow` unless all that waits is about to be sent. */
  #ask(body: RequestBody, now: Micros, isRejoin = false, isSentNow = false): void {
    const request = { ...body, requestId: this.#requests.nextId() } as Request;
    this.#requests.add(request, now, false, isRejoin);
    if (isSentNow && this.isConnected) this.#outputs.push({ type: 'send', message: request });
  }

  #back(event: ClientEvent): void {
    this.#isAway = false;
    this.#emit(event);
  }

  #resolve(requestId: number, reply: ServerMessage): void {
    const pending: Pending | undefined = this.#requests.take(requestId);
    if (pending?.until !== undefined) this.#outputs.push({ type: 'resolve', requestId, reply });
  }

  #reject(requestId: number, error: RequestError): void {
    this.#requests.take(requestId);
    if (this.#inside?.by === requestId) this.#forgetRoom();
    this.#outputs.push({ type: 'reject', requestId, error });
  }

  #forgetRoom(): void {
    this.#inside = undefined;
    this.#roster.reset();
  }
}

const enters: readonly RequestType[] = ['join', 'accept', 'invite'];

const notConnected: RequestError = {
  code: 'not-connected',
  message: 'There is no connection to the signaling server',
};
const noReply: RequestError = { code: 'request-timeout', message: 'The server did not answer in time' };
const alreadyInRoom: RequestError = { code: 'already-in-room', message: 'You are in a room already' };
const connectionLost: RequestError = {
  code: 'connection-lost',
  message: 'The connection was lost, and the server knows nothing of this any more',
};
