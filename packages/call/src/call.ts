import { messageOf, type Clock } from '@hellohaybye/core';
import { systemRandom } from '@hellohaybye/core/node';
import { DEFAULT_PLAYOUT_DELAY } from '@hellohaybye/playback';
import type { Invitation, MediaDescription, Participant } from '@hellohaybye/signaling';
import type { JoinedRoom } from '@hellohaybye/signaling/client';
import { isStranded } from './address-watch.js';
import { Chat } from './control/chat.js';
import type { OwnServer, OwnState } from './control/control-message.js';
import { Conversation } from './control/conversation.js';
import { Company } from './company.js';
import { Departures } from './departures.js';
import { Gate } from './keys/gate.js';
import type { Way } from './keys/key-exchange.js';
import { IncomingPipeline } from './incoming-pipeline.js';
import type { Notice, PresenceOptions } from './options.js';
import { callerOf, invite } from './invite.js';
import { OutgoingMedia } from './outgoing-media.js';
import { showInvitations, showOnPage } from './page-link.js';
import { Presence, type CallParts } from './presence.js';
import type { ParticipantReport } from './report.js';
import { familyOf, isSame, Roster } from './roster.js';
import { ServerLink } from './server-link.js';
import { StatusMeter, type PeerStatus } from './status.js';
import { Tiles } from './tiles.js';
import { followTransport } from './transport-link.js';

type Running = PresenceOptions & { clock: Clock; onNotice: (notice: Notice) => void };

/**
 * One participant: present at a server, in at most one room or call at a time. Made by `openCall` and `startCall`.
 * Mute, hold, chat and the media itself go on without the server.
 */
export class Call extends Presence {
  /** With the secret of the room, which is not printed with a call. */
  readonly #options: Running;
  readonly #gate: Gate;
  readonly #roster: Roster;
  readonly #incoming: IncomingPipeline;
  readonly #outgoing: OutgoingMedia;
  readonly #conversation: Conversation;
  readonly #chat: Chat;
  readonly #server: ServerLink;
  readonly #status = new StatusMeter();
  readonly #tiles: Tiles;
  readonly #departures: Departures;
  readonly #company: Company;
  #media: MediaDescription;
  #state: OwnState = { muted: false, cameraOff: false, onHold: false, away: false };
  #self: Participant | undefined;
  #leaving: Promise<ParticipantReport> | undefined;

  /** Use `openCall`. */
  constructor(
    protected override readonly parts: CallParts,
    options: Running,
  ) {
    super(parts);
    this.#options = options;
    const { transport, page } = parts;
    this.#gate = new Gate({
      ...{ transport, client: parts.client, clock: options.clock, security: options.security ?? {} },
      sayKey: (peer, data) => this.#conversation.sayKey(peer, data),
      onChanged: (id) => this.#roster.refresh(id),
      onExpelled: (id) => this.#roster.expel(id),
      onNotice: (code, message) => this.#notice(code, message),
    });
    this.#media = this.#describe();
    this.#incoming = new IncomingPipeline(parts, options.clock, this);
    const { playoutDelay = DEFAULT_PLAYOUT_DELAY } = options;
    this.#roster = new Roster(() => this.#known, {
      ...{ transport, pipeline: this.#incoming, page, playoutDelay, gate: this.#gate },
      clock: options.clock,
      onReachable: (id) => {
        this.#conversation.repeat(id);
        this.#chat.reached(id);
      },
      family: familyOf(options.mediaHost),
    });
    this.#conversation = new Conversation(transport, {
      state: (peer, state) => this.#ifHeard(peer, () => this.#company.told(peer, state)),
      leaving: (peer) => this.#ifHeard(peer, () => this.#company.leaving(peer)),
      chat: (peer, text) => this.#ifHeard(peer, () => this.#chat.heard(peer, text)),
      addresses: (peer, candidates) => this.#ifHeard(peer, () => this.#company.located(peer, candidates)),
      host: (id, server) =>
        this.#ifHeard(id, () => void (this.#roster.has(id) && this.emit('hosts', { id, server }))),
      key: (peer, data) => this.#unlessLeaving(() => this.#gate.heard(peer, data)),
      chatLost: (peer, lines) => this.#unlessLeaving(() => this.#chat.lost(peer, lines)),
    });
    this.#chat = new Chat(this.#roster, this.#conversation, {
      ...{ clock: options.clock, random: systemRandom },
      onLine: (line) => this.emit('chat', line),
      onLost: (message) => this.#notice('chat-lost', message),
    });
    this.#departures = new Departures(options.clock, (id, reason) => this.#remove(id, reason));
    this.#company = new Company({
      ...{ roster: this.#roster, departures: this.#departures, chat: this.#chat },
      forget: (id) => {
        this.#status.forget(id);
        this.#tiles.forget(id);
      },
      ...{ call: this, onNotice: options.onNotice, isLeaving: () => this.#leaving !== undefined },
      notice: (code, message) => this.#notice(code, message),
    });
    followTransport(transport, {
      ...{ gate: this.#gate, incoming: this.#incoming, roster: this.#roster, departures: this.#departures },
      ...{ conversation: this.#conversation, onNotice: options.onNotice },
    });
    const listener = {
      add: (participant: Participant) => this.#add(participant),
      remove: (instance: string, reason: string) => this.#remove(instance, reason),
      moved: (room: string, isCall: boolean) => this.#moved(room, isCall),
      removed: (where: { room: string; reason: string }) => this.#removed(where),
      lost: () => this.#departures.serverIs('lost'),
      found: (resumed: boolean) => this.#found(resumed),
      ended: (reason: string) => this.#ended(reason),
      notice: (code: string, message: string) => this.#notice(code, message),
      isLeaving: () => this.#leaving !== undefined,
    };
    this.#server = new ServerLink(parts.client, this, listener, options.answer);
    this.#outgoing = new OutgoingMedia(parts, options, {
      isSentTo: () => this.#roster.isSentTo,
      isShown: () => (page?.viewers ?? 0) > 0,
      onFailed: (error) => !this.#leaving && this.#notice('sending-failed', messageOf(error)),
    });
    this.#tiles = new Tiles(parts, options.clock, {
      key: options.security?.words ? { words: options.security.words } : {},
      ...{ self: () => this, roster: this.#roster, incoming: this.#incoming, outgoing: this.#outgoing },
    });
    if (page) showOnPage(this, page);
    this.#tiles.showSelf();
    this.#tiles.start(() => this.#unlessLeaving(() => this.#tiles.refresh()));
  }

  /** Who else is here. */
  get others(): readonly Participant[] {
    return this.#roster.members;
  }

  /** How we are, as the others see it. */
  get state(): Readonly<OwnState> {
    return this.#state;
  }

  /** How everybody's media is coming in since the last time this was asked. */
  async status(): Promise<PeerStatus[]> {
    const statistics = await this.parts.transport.statistics();
    const now = this.#options.clock.now();
    return this.others.map((peer) => this.#status.measure(peer, this.#incoming, statistics, now));
  }

  /**
   * Enters a room, from nowhere: by the secret of `security`, if there is one.
   * @throws HhbError as `join` of signaling
   */
  async join(room: string): Promise<void> {
    const media = this.#media;
    this.#enter(await this.parts.client.join(room, media, this.#state), { by: 'joining' }, media);
  }

  /**
   * Calls people by name or id: to the call or room we are in, else to a new call. `ringing` and `ended` tell how it goes.
   * @throws HhbError as `invite` of signaling
   */
  async invite(to: readonly string[]): Promise<Invitation[]> {
    const entry = { media: this.#media, state: this.#state };
    const { inside, way, invitations, asked } = await invite(this.parts.client, to, entry);
    this.#enter(inside, way, entry.media);
    for (const one of asked) this.#gate.invite(one);
    showInvitations(invitations, this.parts);
    return invitations;
  }

  /**
   * Goes to where somebody calls from, out of the room or call we are in.
   * @throws HhbError as `accept` of signaling
   */
  async accept(invitation: string): Promise<void> {
    const media = this.#media;
    const from = callerOf(this.parts.client, invitation);
    const accepting = this.parts.client.accept(invitation, { media, state: this.#state });
    this.#enter(await accepting, { by: 'invitation', from }, media);
  }

  /**
   * Takes the call, with everybody in it and the invitations that are open, to a room: only who is invited gets keys.
   * @throws HhbError as `move` of signaling
   */
  async move(room: string): Promise<void> {
    this.#enter(await this.parts.client.move(room), { by: 'moved', call: false });
  }

  /**
   * Mutes, turns the camera off, holds, or the opposite; what is not given stays. Muted means that no audio packets are
   * sent, camera off that no pictures are; on hold neither is, and nobody is played or shown. The devices stay open.
   */
  setState(change: Partial<OwnState>): void {
    if (this.#leaving) return;
    this.#state = { ...this.#state, ...change };
    this.#incoming.onHold = this.#state.onHold;
    this.#outgoing.setState(this.#state);
    this.#conversation.tellState(this.#roster.reachable, this.#state);
    const { client } = this.parts;
    if (client.room !== undefined) client.update({ state: this.#state });
    else if (change.away !== undefined) client.update({ state: { away: change.away } });
    this.#tiles.showSelf();
    this.emit('state', this.#state);
  }

  /**
   * Writes a line to everybody here. It comes exactly once, or a notice tells whom it may not have reached.
   * @param text 1 to 2000 UTF-16 code units, not only white space
   * @throws HhbError `bad-message`
   */
  chat(text: string): void {
    if (!this.#leaving) this.#chat.write(this.name, text);
  }

  /**
   * Tells everybody here, without a server, that there is one in this process from now on, and those who come yet; with
   * undefined, that is told to nobody any more.
   */
  tellHost(server: OwnServer | undefined): void {
    if (!this.#leaving) this.#conversation.tellHost(this.#roster.reachable, server);
  }

  /**
   * Leaves: everybody is told, over the control stream and with an RTCP BYE for each stream, the server too, and all that
   * was opened is closed.
   * @returns what was received from everybody during the call
   */
  leave(): Promise<ParticipantReport> {
    if (!this.#leaving) {
      this.#leaving = this.#leave();
      this.emit('leaving');
    }
    return this.#leaving;
  }

  async #leave(): Promise<ParticipantReport> {
    this.#outgoing.stop();
    try {
      const told = this.#conversation.leave(this.#roster.reachable);
      const received = await this.#roster.report();
      await told;
      return { name: this.name, sent: this.#outgoing.sent, received };
    } finally {
      this.#gate.leave();
      this.#chat.close();
      this.#departures.close();
      await this.parts.closers.close();
    }
  }

  /** @internal Takes the calls that came before anybody listened. */
  begin(): void {
    this.#server.begin();
  }

  /** @internal We may have other addresses now, other ways to others, or send less: they are told, and sent to from there. */
  redescribe(): void {
    const { client } = this.parts;
    const media = this.#describe();
    if (this.#leaving) return;
    this.#roster.readdress();
    if (media.candidates.length === 0 || isSame(media, this.#media)) return;
    const hasMoved = !isSame(media.candidates, this.#media.candidates);
    this.#media = media;
    if (this.room !== undefined) client.update({ media });
    if (!hasMoved) return;
    if (isStranded(client)) client.reconnect();
    // The server may be gone, and they sooner know it this way in any case.
    this.#conversation.tellAddresses(this.#roster.reachable, media.candidates);
  }

  #describe(): MediaDescription {
    return { ...this.parts.describe(), protection: this.#gate.announcement };
  }

  /** Ourselves, as the server saw us last. */
  get #known(): Participant {
    this.#self = this.parts.client.inside?.self ?? this.#self;
    return this.#self!;
  }

  /** @param told what was said of ourselves on the way there: it may be otherwise by now */
  #enter({ room, call }: JoinedRoom, way: Way, told?: MediaDescription): void {
    if (this.#leaving) return;
    // By now some may have left already, or we may be elsewhere.
    const { inside } = this.parts.client;
    if (inside?.room !== room) return;
    this.#self = inside.self;
    this.#gate.enter(room, way);
    if (told && told !== this.#media) this.parts.client.update({ media: this.#media });
    this.emit('moved', { room, call });
    inside.participants.forEach((one) => this.#add(one));
  }

  #add(participant: Participant): void {
    if (!this.#leaving) this.#company.add(participant);
  }

  #remove(id: string, reason: string): void {
    this.#unlessLeaving(() => this.#company.remove(id, reason));
  }

  /** The server is there again: we may have come back from another network. Whom we gave up meanwhile may be there. */
  #found(resumed: boolean): void {
    this.#departures.serverIs('there');
    this.redescribe();
    // A server that knows nobody yet tells who comes back.
    const there = resumed ? (this.parts.client.inside?.participants ?? []) : [];
    for (const one of there) if (!this.#roster.has(one.instance)) this.#add(one);
  }

  /** The server will not have us any more. Nobody is to see us in a call that nobody can find us in. */
  #ended(reason: string): void {
    this.emit('closed', { reason });
    this.leave().catch((error: unknown) => this.#notice('internal', messageOf(error)));
  }

  /** The room is another one, with those who are here. */
  #moved(room: string, isCall: boolean): void {
    this.#gate.enter(room, { by: 'moved', call: isCall });
    this.#roster.enterAnew();
  }

  #removed(where: { room: string; reason: string }): void {
    this.#gate.leave();
    for (const { id } of this.others) this.#remove(id, where.reason);
    this.emit('removed', where);
  }

  /** Does something with what somebody said, if it is they who said it. */
  #ifHeard(peer: string, action: () => Promise<void> | void): void {
    if (this.#gate.hears(peer)) this.#unlessLeaving(action);
  }

  /** Does something with the parts; while they are being closed it is not begun, and may fail. */
  #unlessLeaving(action: () => Promise<void> | void): void {
    if (this.#leaving) return;
    Promise.resolve(action()).catch((error: unknown) => {
      if (!this.#leaving) this.#notice('internal', messageOf(error));
    });
  }

  #notice(code: string, message: string): void {
    this.#options.onNotice({ code, message });
    this.parts.page?.notice(message);
  }
}
