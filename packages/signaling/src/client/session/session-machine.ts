import { micros, type Micros } from '@hellohaybye/core';
import { sameAgain } from '../../room/unique-name.js';
import { helloOf } from './hello-of.js';
import { checkClientMessage } from '../../protocol/parse.js';
import type { ClientMessage, Invitation, ServerMessage, SessionState } from '../../protocol/types.js';
import type { ClientEvent, ConnectionEnd, JoinedRoom, People } from './client-events.js';
import { InvitationList } from './invitation-list.js';
import { Line } from './line.js';
import { PeopleList } from './people-list.js';
import { PendingRequests, type Pending, type Request } from './pending-requests.js';
import { Place } from './place.js';
import { ReconnectSchedule } from './reconnect-schedule.js';
import { noReply, notConnected } from './request-errors.js';
import { enters, fateOf } from './request-fate.js';
import type { RequestBody, RequestError, SessionMachineOptions, SessionOutput } from './session-types.js';

/**
 * A client without its socket: a session that outlives connections, the room or call it is in, and its
 * invitations. No I/O, no clock, no randomness of its own. After each input, call `poll` until it gives
 * undefined, then call `tick` at `nextDeadline`.
 *
 * What is lost with a connection is repaired by state: the welcome to a session that goes on tells how all stands, and what
 * differs becomes events; requests without a reply are made again under their old ids, and the server carries out each id
 * once. A server that knows nothing of the session gets a new one, and is told what room we are in.
 */
export class SessionMachine {
  readonly #options: SessionMachineOptions;
  readonly #requests: PendingRequests;
  readonly #line: Line;
  readonly #emit = (event: ClientEvent) => void this.#outputs.push({ type: 'event', event });
  readonly #place = new Place(this.#emit, () => this.instance);
  readonly #invitations = new InvitationList(this.#emit);
  readonly #people = new PeopleList(this.#emit);
  #outputs: SessionOutput[] = [];
  #session: { id: string; instance: string; token: string | undefined } | undefined;
  #away = false;

  constructor(options: SessionMachineOptions) {
    this.#options = options;
    this.#requests = new PendingRequests(options.timeout);
    const { reconnect, random } = options;
    this.#line = new Line(this.#emit, reconnect && new ReconnectSchedule(reconnect, random));
  }

  /** Our participant id; empty until the first welcome. */
  get id(): string {
    return this.#session?.id ?? '';
  }

  get instance(): string {
    return this.#session?.instance ?? '';
  }

  /** In a room the one that was granted there. */
  get name(): string {
    return this.#place.inside?.self.name ?? this.#options.name;
  }

  get isConnected(): boolean {
    return this.#line.isConnected;
  }

  /** Where we are. */
  get inside(): JoinedRoom | undefined {
    return this.#place.joined();
  }

  invitations(direction: 'incoming' | 'outgoing'): Invitation[] {
    return this.#invitations.list(direction);
  }

  people(): People {
    return this.#people.all();
  }

  /** What to say first on a connection. It asks for the name that the others know, lest another of that name gets it. */
  hello(): ClientMessage & { type: 'hello' } {
    const { name, instanceKey } = this.#options;
    return helloOf({ name: sameAgain(name, this.name), instanceKey, token: this.#session?.token });
  }

  /** The server knows nothing of our session: `hello` asks for a new one from now on. */
  helloRefused(): void {
    if (this.#session) this.#session.token = undefined;
  }

  /** The server answered hello. */
  welcomed(welcome: ServerMessage & { type: 'welcome' }, now: Micros): void {
    const { id, token, resumed } = welcome;
    const isFirst = this.#session === undefined;
    this.#line.connected(welcome.keepaliveMs, now);
    this.#session = { id, instance: welcome.instance ?? id, token };
    if (resumed) this.#resume(resumed, now);
    else if (!isFirst) this.#beginAnew(now);
    if (!isFirst && this.#people.isWatched) this.#ask({ type: 'who', watch: true }, now);
    for (const { request } of this.#requests.all()) this.#outputs.push({ type: 'send', message: request });
  }

  /** Connecting failed, or ended before the welcome. */
  connectFailed(now: Micros): void {
    this.#line.failed(now);
  }

  /**
   * The connection ended.
   * @param isFinal whether it makes no sense to connect again
   */
  lost(end: ConnectionEnd, now: Micros, isFinal = false): void {
    if (this.#line.isClosed || this.#line.lost(end, now, isFinal)) return;
    this.close();
    this.#emit({ name: 'closed', value: end });
  }

  /** Nothing is wanted any more. */
  close(): void {
    this.#line.close();
    this.#place.forget();
    for (const { request } of this.#requests.all()) this.#reject(request.requestId, notConnected);
  }

  /** Something came from the server. */
  heard(now: Micros): void {
    this.#line.heard(now);
  }

  /**
   * Asks the server for something; `resolve` or `reject` follow. Without a connection it waits for one.
   * @returns the id of the request
   */
  request(body: RequestBody, now: Micros): number {
    const requestId = this.#requests.nextId();
    const checked = checkClientMessage({ ...body, requestId } as ClientMessage);
    if (this.#line.isClosed) this.#outputs.push({ type: 'reject', requestId, error: notConnected });
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
      case 'done':
      case 'people':
      case 'invited':
        return this.#answered(message, now);
      case 'error':
        return this.#refused(message);
      case 'room-left':
      case 'participant-joined':
      case 'participant-updated':
      case 'participant-left':
      case 'key':
        return this.#place.told(message, now);
      case 'person':
      case 'person-gone':
        return this.#people.change(message);
      case 'invitation':
        return this.#invited(message.invitation, now);
      case 'missed':
        return this.#invitations.missed(message.invitation);
      case 'invitation-ringing':
        return this.#invitations.ringing(message.id);
      case 'invitation-ended':
        return this.#invitations.end(message);
      case 'draining':
        return this.#emit({ name: 'draining', value: { url: message.url, inMs: message.inMs } });
      case 'welcome':
    }
  }

  /** When `tick` has something to do. */
  nextDeadline(): Micros | undefined {
    const parts = [this.#line, this.#requests, this.#invitations, this.#place.roster];
    const deadlines = parts.map((part) => part.nextDeadline()).filter((one) => one !== undefined);
    return deadlines.length === 0 ? undefined : micros(Math.min(...deadlines));
  }

  /** Does what is due by now. */
  tick(now: Micros): void {
    if (this.#line.isClosed) return;
    this.#outputs.push(...this.#line.due(now));
    for (const { request } of this.#requests.expired(now)) this.#giveUp(request, now);
    this.#invitations.expire(now);
    this.#place.roster.expire(now);
  }

  /** The next thing to do, or undefined when there is none. */
  poll(): SessionOutput | undefined {
    return this.#outputs.shift();
  }

  /** Whoever asked is told that it took too long. Where we may have got to by it is no place of ours. */
  #giveUp(request: Request, now: Micros): void {
    const { type, requestId } = request;
    this.#reject(requestId, this.isConnected ? noReply : notConnected);
    const isStay = type === 'leave' || (!this.#place.inside && enters.includes(type));
    if (isStay) this.#ask({ type: 'leave' }, now, false, true);
    if (type === 'bye') this.#place.byeGivenUp(requestId);
  }

  /** The session goes on, and this is how everything stands. */
  #resume(state: SessionState, now: Micros): void {
    const isRejoining = this.#requests.all().some((one) => one.isRejoin);
    if (!isRejoining) this.#line.back({ name: 'resumed', value: { id: this.id } });
    const { inside } = state;
    if (isRejoining) {
      // Its reply is still to come, and tells who of the others is back.
    } else if (this.#place.inside) {
      if (this.#place.resume(inside)) this.#agreeOnSelf(now);
      // What is being asked for again tells why we are there, or takes us out.
    } else if (inside && !this.#requests.find('join', 'accept', 'invite', 'leave')) {
      this.#ask({ type: 'leave' }, now);
    }
    const { strange, news } = this.#invitations.reconcile(state, now);
    for (const { id, ringing } of news) if (!ringing) this.#ask({ type: 'ringing', invitation: id }, now);
    const unasked = this.#requests.find('invite') ? [] : strange;
    for (const { id } of unasked) this.#ask({ type: 'cancel', invitation: id }, now);
    this.#ask({ type: 'confirm' }, now);
  }

  /** The server knows nothing of us any more. */
  #beginAnew(now: Micros): void {
    this.#invitations.endAll();
    for (const pending of this.#requests.all()) {
      const { type, requestId } = pending.request;
      if (type === 'bye' && this.#place.inside?.call) this.#place.forget();
      const fate = fateOf(pending, this.#place.inside !== undefined, this.#requests);
      if (fate === 'again') continue;
      this.#requests.take(requestId);
      if (fate === 'done') this.#resolve(pending, { type: 'done', requestId });
      else if (fate !== 'dropped') this.#reject(requestId, fate);
    }
    if (this.#place.inside) {
      const { room, media, state } = this.#place.inside;
      this.#ask({ type: 'join', room, media, state }, now, true);
    } else {
      if (this.#away) this.#ask({ type: 'update', state: { away: true } }, now);
      this.#line.back({ name: 'rejoined', value: { id: this.id, inside: undefined } });
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
        if (this.#place.inside) this.#place.roster.dropAllBut(view.participants);
        this.#place.enter(view, request);
      }
    } else if (this.#place.inside) this.#place.move(view);
    else if (!isLeaving) {
      const invite = this.#requests.find('invite');
      if (invite?.type === 'invite') this.#place.enter(view, invite);
      // Whoever asked was told already that it took too long.
      else this.#ask({ type: 'leave' }, now, false, true);
    }
    this.#resolve(pending, view);
  }

  #answered(reply: ServerMessage & { requestId: number }, now: Micros): void {
    const pending = this.#requests.take(reply.requestId);
    const type = pending?.request.type;
    if (type === 'leave' || (type === 'bye' && this.#place.inside?.call)) this.#place.forget();
    if (!pending) this.#place.answeredLate(reply.requestId);
    if (reply.type === 'invited') {
      this.#place.confirm(reply.requestId);
      for (const one of reply.invitations) {
        if (pending) this.#invitations.outgoing(one, now);
        else this.#ask({ type: 'cancel', invitation: one.id }, now, false, true);
      }
    }
    if (reply.type === 'people')
      this.#people.set(reply, pending !== undefined && pending.until === undefined);
    this.#resolve(pending, reply);
  }

  #refused({ requestId, code, message, ids }: ServerMessage & { type: 'error' }): void {
    // It waits for the next connection, and we are still on our way back.
    const isForLater = code === 'store-unavailable' && this.#requests.isRejoin(requestId);
    if (isForLater) return void this.#outputs.push({ type: 'cut', reason: message });
    const pending = this.#requests.take(requestId);
    if (pending?.isRejoin) {
      this.#place.remove(code);
      return this.#line.back({ name: 'rejoined', value: { id: this.id, inside: undefined } });
    }
    if (pending?.until !== undefined) {
      const error = ids ? { code, message, ids } : { code, message };
      this.#outputs.push({ type: 'reject', requestId: pending.request.requestId, error });
    } else if (requestId === undefined && code !== 'session-taken-over')
      this.#emit({ name: 'error', value: { code, message } });
  }

  #rejoined(view: ServerMessage & { type: 'room' }, now: Micros): void {
    const changes = this.#place.rejoin(view, now);
    this.#line.back({ name: 'rejoined', value: { id: this.id, inside: this.inside } });
    for (const change of changes) this.#emit(change);
    this.#agreeOnSelf(now, true);
  }

  #invited(invitation: Invitation, now: Micros): void {
    if (this.#invitations.incoming(invitation, now))
      this.#ask({ type: 'ringing', invitation: invitation.id }, now, false, true);
  }

  /** What a request changes here at once, whenever its reply comes. */
  #foresee(request: Request): void {
    if (request.type === 'leave') this.#place.forget();
    if (request.type === 'who' && request.watch !== undefined) this.#people.isWatched = request.watch;
    if (request.type !== 'update') return;
    this.#away = request.state?.away ?? this.#away;
    this.#place.update(request);
  }

  /** An update that was never answered, or was made while we were on our way back. */
  #agreeOnSelf(now: Micros, isSentNow = false): void {
    const wanted = this.#requests.find('update') ? undefined : this.#place.disagreement();
    if (wanted) this.#ask({ type: 'update', ...wanted }, now, false, isSentNow);
  }

  /** Asks by ourselves; `isSentNow` unless all that waits is about to be sent. */
  #ask(body: RequestBody, now: Micros, isRejoin = false, isSentNow = false): void {
    const request = { ...body, requestId: this.#requests.nextId() } as Request;
    this.#requests.add(request, now, false, isRejoin);
    if (isSentNow && this.isConnected) this.#outputs.push({ type: 'send', message: request });
  }

  #resolve(pending: Pending | undefined, reply: ServerMessage): void {
    if (pending?.until === undefined) return;
    this.#outputs.push({ type: 'resolve', requestId: pending.request.requestId, reply });
  }

  #reject(requestId: number, error: RequestError): void {
    this.#requests.take(requestId);
    if (this.#place.inside?.by === requestId) this.#place.forget();
    this.#outputs.push({ type: 'reject', requestId, error });
  }
}
