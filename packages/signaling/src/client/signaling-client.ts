import { EventEmitter } from 'node:events';
import { HhbError, isHhbError, type Micros } from '@hellohaybye/core';
import { Alarm } from '@hellohaybye/core/node';
import type { RawData, WebSocket } from 'ws';
import { shownUrl } from '../addresses/shown-url.js';
import { movedCode, policyViolationCode, takenOverCode } from '../protocol/limits.js';
import { parseServerMessage } from '../protocol/parse.js';
import type { Invitation, MediaDescription, ParticipantState, ServerMessage } from '../protocol/types.js';
import type { Entry, Invited, SignalingClientEvents, Surroundings } from './client-types.js';
import { closeSocket, dial, type Connection } from './dial.js';
import { movedTo, type LostServer } from './lost-server.js';
import type { ClientEvent, Direction, JoinedRoom, People } from './session/client-events.js';
import type { SessionMachine } from './session/session-machine.js';
import type { RequestBody, SessionOutput } from './session/session-types.js';
import { errorOf, insideOf, unexpected, Waiters } from './waiters.js';

let construct: (...made: [SessionMachine, Connection, Surroundings]) => SignalingClient;

/** A client on a WebSocket over which the server has said welcome. */
export const createClient = (
  machine: SessionMachine,
  connection: Connection,
  around: Surroundings,
): SignalingClient => construct(machine, connection, around);

/**
 * A client of a signaling server: in at most one room or call, known to others by id and `instance`. It goes on
 * when the connection is lost, and makes a new one. Made by `connectSignaling`.
 */
export class SignalingClient extends EventEmitter<SignalingClientEvents> {
  readonly #machine: SessionMachine;
  readonly #around: Surroundings;
  readonly #waiters = new Waiters();
  readonly #abort = new AbortController();
  #socket: WebSocket | undefined;
  #localAddress = '';
  #server: Pick<LostServer, 'url' | 'hostedBy'> = { url: '', hostedBy: undefined };
  #lostServer: LostServer | undefined;
  #lossReason: string | undefined;
  /** Where the server said that it is about to move to. */
  #nextUrl: string | undefined;
  readonly #alarm: Alarm;
  #isDraining = false;
  #closing: Promise<void> | undefined;

  // Private, so that the published types need none of ws.
  private constructor(machine: SessionMachine, connection: Connection, around: Surroundings) {
    super();
    this.#machine = machine;
    this.#around = around;
    this.#alarm = new Alarm(around.clock, (now) => {
      machine.tick(now);
      this.#drain();
    });
    this.#attach(connection);
  }

  static {
    construct = (...made) => new SignalingClient(...made);
  }

  /** Our participant id, given by the server; another one after `rejoined`. */
  get id(): string {
    return this.#machine.id;
  }

  /** What others know us by as long as we live. */
  get instance(): string {
    return this.#machine.instance;
  }

  /** The address of this machine that the connection goes out from. */
  get localAddress(): string {
    return this.#localAddress;
  }

  /** Our name: in a room the one that was granted, unique there ("anna (2)"); else the one asked for. */
  get name(): string {
    return this.#machine.name;
  }

  /** The room we are in; a call's begins with `call:`. */
  get room(): string | undefined {
    return this.#machine.inside?.room;
  }

  /** The room or call we are in, with everybody in it as far as it is known by now. */
  get inside(): JoinedRoom | undefined {
    return this.#machine.inside;
  }

  /** Whether there is a connection to the server now. */
  get isConnected(): boolean {
    return this.#machine.isConnected;
  }

  /** The invitations that have no outcome yet. */
  invitations(direction: Direction): Invitation[] {
    return this.#machine.invitations(direction);
  }

  /**
   * Enters a room. What happens in it afterwards comes as events, never before this resolves.
   * @throws HhbError `bad-room`, `bad-media`, `bad-message`, `already-in-room`, `request-timeout`, `not-connected`
   */
  async join(room: string, media: MediaDescription, state?: ParticipantState): Promise<JoinedRoom> {
    return insideOf(await this.#ask({ type: 'join', room, media, ...(state && { state }) }));
  }

  /**
   * Tells the others of new media or of a new state; parts of the state that are not given stay as they
   * are. Outside of a room only `away` can be told. Refusals come as `error` events.
   */
  update(change: { media?: MediaDescription; state?: ParticipantState }): void {
    this.#ask({ type: 'update', ...change }).catch((error: HhbError) => this.#report(error));
  }

  /**
   * Leaves the room or call and keeps the connection; no more events come from it. Outside of a room, or
   * without a connection, there is nothing to leave.
   * @throws HhbError `request-timeout`
   */
  async leave(): Promise<void> {
    await this.#askToLeave({ type: 'leave' });
  }

  /**
   * Invites people: to the room or call that we are in, or when we are in none to a new call that we enter by
   * it. Whoever of them is inviting us at the same time is in one call with us by it.
   * @param to names that only one person has, or ids; 1 to 16, and all of them are invited or none
   * @throws HhbError `nobody-there`, `ambiguous-name` (with their ids), `bad-invitation` (oneself, or somebody who
   *   is here or invited already), `media-missing`, `bad-media`, `bad-message`, `request-timeout`,
   *   `not-connected`, `connection-lost`
   */
  async invite(to: string | readonly string[], entry: Entry = {}): Promise<Invited> {
    const reply = await this.#ask({ type: 'invite', to: typeof to === 'string' ? [to] : [...to], ...entry });
    const { inside } = this;
    if (reply.type !== 'invited') throw unexpected(reply);
    // The call may be over by now, when all were busy and both messages came at once.
    if (!inside) throw new HhbError('connection-lost', 'The call is over already');
    const { invitations, accepted } = reply;
    return { inside, invitations, ...(accepted !== undefined && { accepted }) };
  }

  /**
   * Goes where an invitation leads, and leaves where we are: those who are not there too come as `left`. Who is
   * there is in what this resolves with; what happens afterwards comes as events.
   * @throws HhbError `no-such-invitation` (it is over), `media-missing`, `bad-media`, `request-timeout`,
   *   `not-connected`, `connection-lost`
   */
  async accept(invitation: string, entry: Entry = {}): Promise<JoinedRoom> {
    return insideOf(await this.#ask({ type: 'accept', invitation, ...entry }));
  }

  /**
   * Declines an invitation; the inviter is told the reason, 1 to 100 characters.
   * @throws HhbError `no-such-invitation`, `bad-message`, `request-timeout`, `not-connected`
   */
  async decline(invitation: string, reason?: string): Promise<void> {
    await this.#ask({ type: 'decline', invitation, ...(reason !== undefined && { reason }) });
  }

  /**
   * Takes an invitation of our own back. It may have been accepted in the same moment: `ended` tells.
   * @throws HhbError `no-such-invitation`, `request-timeout`, `not-connected`
   */
  async cancel(invitation: string): Promise<void> {
    await this.#ask({ type: 'cancel', invitation });
  }

  /**
   * Hangs up: leaves the call, and no other room. Outside of a call there is nothing to hang up.
   * @throws HhbError `request-timeout`
   */
  async bye(): Promise<void> {
    await this.#askToLeave({ type: 'bye' });
  }

  /**
   * Takes everybody in the call to a room, with the invitations that are open. Who is in that room already comes
   * as `joined`.
   * @throws HhbError `not-in-call`, `bad-room`, `request-timeout`, `not-connected`, `connection-lost`
   */
  async move(room: string): Promise<JoinedRoom> {
    return insideOf(await this.#ask({ type: 'move', room }));
  }

  /**
   * Passes something sealed on to somebody in the room, by instance; `key` tells them. It may be lost: with a connection,
   * ours or theirs, or when they are not there any more.
   * @param data 1 to 4096 characters of base64url
   */
  sendKey(to: string, data: string): void {
    if (this.isConnected) this.#ask({ type: 'key', to, data }).catch(() => undefined);
  }

  /**
   * Who is connected to the server, ourselves too, and which rooms there are.
   * @param options.watch whether changes are told from now on by `people`; as before when left out
   * @throws HhbError `request-timeout`, `not-connected`
   */
  async who(options: { watch?: boolean } = {}): Promise<People> {
    const reply = await this.#ask({ type: 'who', ...options });
    if (reply.type !== 'people') throw unexpected(reply);
    return { people: reply.people, rooms: reply.rooms };
  }

  /**
   * Gives the connection up and makes it again: for when this machine's addresses have changed, which a connection does
   * not notice for long. Without one, nothing happens.
   */
  reconnect(): void {
    this.#lossReason ??= 'it is made anew';
    this.#socket?.terminate();
  }

  /** Leaves the room and ends the connection, by force after a second. May be called again. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#machine.close();
    this.#drain();
    this.#abort.abort();
    this.#alarm.clear();
    const socket = this.#socket;
    if (!socket || socket.readyState === socket.CLOSED) return;
    await closeSocket(socket);
  }

  #attach({ url, socket, welcome, localAddress }: Connection): void {
    this.#socket = socket;
    this.#server = { url, hostedBy: welcome.hostedBy };
    this.#localAddress = localAddress;
    this.#lossReason = undefined;
    this.#nextUrl = undefined;
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('ping', () => this.#machine.heard(this.#now()));
    socket.on('error', (error) => (this.#lossReason ??= error.message));
    socket.on('close', (code, reason) => this.#lost(code, reason.toString()));
    this.#machine.welcomed(welcome, this.#now());
    this.#drain();
  }

  #lost(code: number, told: string): void {
    this.#socket = undefined;
    if (this.#closing !== undefined) return;
    const target = code === movedCode ? movedTo(told) : this.#nextUrl;
    const moved = target === undefined ? undefined : `it moved to ${shownUrl(target)}`;
    const reason = this.#lossReason ?? moved ?? (told || 'the connection broke');
    const { instance, inside } = this;
    this.#lostServer = { ...this.#server, movedTo: target, end: { code, reason }, instance, inside };
    // Another connection took the session over: to take it back would go on for ever. Or the server will not have us.
    const isFinal = code === takenOverCode || code === policyViolationCode;
    this.#machine.lost({ code, reason }, this.#now(), isFinal);
    this.#drain();
  }

  async #connect(): Promise<void> {
    const { locate, token, timeout } = this.#around;
    try {
      const url = await locate(this.#lostServer!, this.#abort.signal);
      const connection = await dial({ url, token, timeout }, this.#machine, this.#abort.signal);
      if (this.#closing !== undefined) connection.socket.terminate();
      else this.#attach(connection);
    } catch (error) {
      if (this.#closing !== undefined) return;
      if (isHhbError(error, 'unsupported-version')) {
        this.#machine.lost({ code: 1002, reason: error.message }, this.#now(), true);
      } else this.#machine.connectFailed(this.#now());
      this.#drain();
    }
  }

  async #askToLeave(body: RequestBody): Promise<void> {
    try {
      await this.#ask(body);
    } catch (error) {
      const isOutside = ['not-in-room', 'not-in-call', 'not-connected'].some((code) =>
        isHhbError(error, code),
      );
      if (!isOutside) throw error;
    }
  }

  #ask(body: RequestBody): Promise<ServerMessage> {
    const reply = this.#waiters.wait(this.#machine.request(body, this.#now()));
    this.#drain();
    return reply;
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.#closing !== undefined) return;
    const parsed = parseServerMessage(isBinary ? '' : (data as Buffer).toString());
    if (parsed.ok) this.#machine.received(parsed.message, this.#now());
    else {
      this.#machine.heard(this.#now());
      // What we do not know comes from a newer server and is meant for newer clients.
      if (parsed.refusal.code === 'unknown-type') return;
      this.#report(new HhbError('bad-server-message', `From the server: ${parsed.refusal.message}`));
    }
    this.#drain();
  }

  #drain(): void {
    // Whoever hears of an event may ask for something in the middle of this loop.
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (let output = this.#machine.poll(); output; output = this.#machine.poll()) this.#do(output);
    } finally {
      this.#isDraining = false;
    }
    this.#alarm.set(this.#machine.nextDeadline());
  }

  #do(output: SessionOutput): void {
    switch (output.type) {
      case 'send':
        return this.#socket?.send(JSON.stringify(output.message));
      case 'resolve':
        return this.#waiters.resolve(output.requestId, output.reply);
      case 'reject':
        return this.#waiters.reject(output.requestId, output.error);
      case 'event':
        return this.#tell(output.event);
      case 'connect':
        return void this.#connect();
      case 'cut':
        this.#lossReason ??= output.reason;
        this.#socket?.terminate();
    }
  }

  #tell({ name, value }: ClientEvent): void {
    if (name === 'error') return this.#report(errorOf(value));
    if (name === 'draining') this.#nextUrl = value.url;
    if (name === 'closed') this.#closing = Promise.resolve();
    this.emit(name, ...([value] as never));
  }

  #now(): Micros {
    return this.#around.clock.now();
  }

  #report(error: HhbError): void {
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }
}
