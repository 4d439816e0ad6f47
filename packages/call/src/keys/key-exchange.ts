import { randomBytes } from 'node:crypto';
import type { Clock } from '@hellohaybye/core';
import { Alarm } from '@hellohaybye/core/node';
import { givenName, nameKey, type MediaProtection, type Peer } from '@hellohaybye/signaling';
import type { SignalingClient } from '@hellohaybye/signaling/client';
import {
  generateIdentity,
  generateSession,
  isRoomSecret,
  KeyAgreement,
  openKeyMessage,
  openRoomSecret,
  RoomSecret,
  sealKeyMessage,
  sealRoomSecret,
  type Identity,
  type KeyAgreementOutput,
  type KeyMember,
  type SrtpProfile,
  type WaitReason,
} from '@hellohaybye/signaling/keys';
import type { Transport } from '@hellohaybye/transport/node';
import { profilesOf, type Security } from './security.js';

/** What keys are exchanged over, and for what. */
export interface KeyWiring {
  transport: Pick<Transport, 'setSendKey' | 'setPeerKeys' | 'packetIndices' | 'sendSealed' | 'on'>;
  client: Pick<SignalingClient, 'instance' | 'sendKey' | 'on'>;
  clock: Clock;
  /** Says something sealed over the control stream, too: it may get there when the server is gone. */
  sayKey: (peer: string, data: string) => void;
  /** It is otherwise between us and somebody than before. */
  onState: (peer: string, state: KeyState) => void;
}

/** Whether both have what they need to see and hear each other, or why not yet: also that we wait for the room's secret. */
export type KeyState = 'secured' | WaitReason | 'secret-missing';

/**
 * Agrees with everybody in the room on the keys of media, and gives these to the transport. Who is there goes in, and
 * what comes sealed, over the server or the control stream.
 */
export class KeyExchange {
  readonly #identity: Identity;
  readonly #secret: RoomSecret | undefined;
  readonly #profiles: readonly SrtpProfile[];
  readonly #session = generateSession();
  readonly #alarm: Alarm;
  readonly #agreement: KeyAgreement;
  readonly #members = new Map<string, Member>();
  readonly #states = new Map<string, KeyState>();
  /** The generation of our key that each was sent last. */
  readonly #sent = new Map<string, string>();
  /** How many messages of each are being opened. */
  readonly #opening = new Map<string, number>();
  #inside: Inside | undefined;
  /** Settles when the newest secret that came from who has invited us is open, or isn't one. */
  #openingSecret: Promise<void> | undefined;
  /** The names of those whom we invited to where we are, by instance: they are handed the secret. */
  readonly #invited = new Map<string, string>();

  /** @throws HhbError `bad-room-secret`, `bad-option` */
  constructor(
    private readonly wiring: KeyWiring,
    security: Security,
  ) {
    const { identity = generateIdentity(), secret } = security;
    this.#identity = identity;
    this.#secret = secret === undefined ? undefined : RoomSecret.parse(secret);
    this.#profiles = profilesOf(security);
    this.#agreement = new KeyAgreement({ self: this.#self, random: randomBytes });
    this.#alarm = new Alarm(wiring.clock, () => this.#do((now) => this.#agreement.tick(now)));
    wiring.client.on('key', ({ from, data }) => this.heard(from, data));
    wiring.transport.on('event', (event) => {
      if (event.type === 'sealed') this.heard(event.peer, Buffer.from(event.data).toString('base64url'));
      if (event.type === 'key-used') this.#do((now) => this.#agreement.keyUsed(event.peer, event.key, now));
    });
  }

  /** What the others have to be told of us, in our media description. */
  get announcement(): MediaProtection {
    return { identity: this.#identity.publicKey, session: this.#session, profiles: [...this.#profiles] };
  }

  /** How it is between us and somebody; undefined when they are not among those who get a key. */
  stateOf(peer: string): KeyState | undefined {
    return this.#states.get(peer);
  }

  /**
   * We are in a room, with nobody yet. How we came decides by which secret we are there, and no word of the server does.
   */
  enter(room: string, way: Way): void {
    const before = this.#inside;
    // Who accepts the invitation of somebody whom they invite themselves is told twice that they are there.
    const isThere = way.by === 'moved' || (way.by === 'invitation' && before?.from === way.from.instance);
    if (isThere && before?.room === room) return;
    if (way.by !== 'moved') this.#invited.clear();
    this.#inside = { ...this.#secretFor(way, before), room };
    this.#forgetAll();
    const { waitsFor, secret } = this.#inside;
    this.#do((now) => {
      if (waitsFor === undefined) this.#agreement.enter(room, secret !== undefined, now);
      else this.#agreement.leave(now);
    });
  }

  /** Somebody is invited to where we are: under this name alone, for else the server could put another in their place. */
  invite({ instance, name }: Named): void {
    this.#invited.set(instance, name);
  }

  /** Whether it is this one alone who can tell us the secret of where we are. */
  isWaitingFor(instance: string): boolean {
    return this.#inside?.waitsFor?.instance === instance;
  }

  #secretFor(way: Way, before: Inside | undefined): Omit<Inside, 'room'> {
    switch (way.by) {
      case 'joining':
        return { secret: this.#secret };
      case 'calling':
        return { secret: RoomSecret.generate() };
      case 'invitation':
        return { secret: undefined, from: way.from.instance, waitsFor: way.from };
      case 'moved':
        return before && !(way.call && isOpen(before)) ? before : { secret: RoomSecret.generate() };
    }
  }

  /** We are in no room any more, and all keys are forgotten. */
  leave(): void {
    this.#inside = undefined;
    this.#invited.clear();
    this.#do((now) => this.#agreement.leave(now));
    this.#forgetAll();
    this.#alarm.clear();
  }

  /** Somebody who may have our key is here. */
  join({ instance, name }: Named, { identity, session, profiles }: MediaProtection): void {
    if (!this.#inside) return;
    const member = { instance, name, identity, session, profiles };
    this.#members.set(instance, member);
    if (this.#inside.waitsFor === undefined) this.#do((now) => this.#agreement.join(member, now));
    else if (!this.#states.has(instance)) this.#setState(instance, 'secret-missing');
  }

  /** Somebody is not here any more, or may not have our key. */
  drop(instance: string): void {
    this.#members.delete(instance);
    this.#states.delete(instance);
    this.#sent.delete(instance);
    this.#do((now) => this.#agreement.drop(instance, now));
  }

  /** Something sealed came, from wherever: base64url. */
  heard(from: string, data: string): void {
    const sender = this.#members.get(from);
    const context = this.#context();
    // Opening takes a millisecond or two, and anybody may say anything.
    const opening = this.#opening.get(from) ?? 0;
    if (!sender || !context || opening >= mostOpening) return;
    this.#opening.set(from, opening + 1);
    const sealed = Buffer.from(data, 'base64url');
    const opened = isRoomSecret(sealed) ? this.#openSecret(sealed, sender) : this.#openKey(sealed, sender);
    void opened.finally(() => this.#opened(from));
  }

  async #openKey(sealed: Uint8Array, sender: Member): Promise<void> {
    const { instance } = sender;
    // The secret comes before the first key, and may be no further than this yet.
    await this.#openingSecret;
    const context = this.#context();
    if (!context || this.#inside?.waitsFor !== undefined) return;
    await openKeyMessage(sealed, { ...context, sender, receiver: this.#self }).then(
      (message) => this.#do((now) => this.#agreement.receive(instance, message, now)),
      () => this.#do((now) => this.#agreement.rejected(instance, now)),
    );
  }

  /** Without the secret of the room, which only who has invited us can tell, we have no key for anybody, and take none. */
  #openSecret(sealed: Uint8Array, sender: Member): Promise<void> {
    const before = this.#inside!;
    const { instance } = sender;
    // From anybody else, or said again.
    if (!before.waitsFor || !isSameOne(before.waitsFor, sender)) return Promise.resolve();
    const context = { room: before.room, identity: this.#identity, sender, receiver: this.#self };
    const opening = openRoomSecret(sealed, context).then(
      (secret) => this.#inside === before && this.#enterWith(secret),
      () => this.#inside === before && this.#setState(instance, 'not-authenticated'),
    );
    return (this.#openingSecret = opening.then(() => undefined));
  }

  #enterWith(secret: RoomSecret | undefined): void {
    const inside = { ...this.#inside!, secret };
    delete inside.waitsFor;
    this.#inside = inside;
    this.#do((now) => this.#agreement.enter(inside.room, secret !== undefined, now));
    for (const member of this.#members.values()) this.#do((now) => this.#agreement.join(member, now));
  }

  #opened(from: string): void {
    const left = (this.#opening.get(from) ?? 1) - 1;
    if (left > 0) this.#opening.set(from, left);
    else this.#opening.delete(from);
  }

  get #self() {
    const { instance } = this.wiring.client;
    const { publicKey: identity } = this.#identity;
    return { instance, identity, session: this.#session, profiles: this.#profiles };
  }

  /** What is sealed is bound to, besides sender and receiver. */
  #context() {
    if (!this.#inside) return undefined;
    const { room, secret } = this.#inside;
    return { room, identity: this.#identity, secret };
  }

  #forgetAll(): void {
    this.#members.clear();
    this.#states.clear();
    this.#sent.clear();
  }

  #do(change: (now: ReturnType<Clock['now']>) => void): void {
    change(this.wiring.clock.now());
    for (let output = this.#agreement.poll(); output; output = this.#agreement.poll()) this.#carryOut(output);
    this.#alarm.set(this.#agreement.nextDeadline());
  }

  #carryOut(output: KeyAgreementOutput): void {
    const { transport } = this.wiring;
    switch (output.type) {
      case 'send-key':
        return transport.setSendKey(output.key);
      case 'peer-keys':
        return transport.setPeerKeys(output.peer, output.keys, output.indices);
      case 'message':
        // One that can't be sealed, or not any more, is made again.
        return void this.#seal(output).catch(() => undefined);
      case 'secured':
      case 'waiting':
        return this.#setState(output.peer, output.type === 'secured' ? 'secured' : output.reason);
    }
  }

  #setState(peer: string, state: KeyState): void {
    if (this.#states.get(peer) === state) return;
    this.#states.set(peer, state);
    this.wiring.onState(peer, state);
  }

  /** Whether somebody may be handed the secret: whom we invited, as they are here now. */
  #isInvited({ instance, identity, session }: KeyMember): boolean {
    const [name, member] = [this.#invited.get(instance), this.#members.get(instance)];
    if (name === undefined || member?.identity !== identity || member.session !== session) return false;
    return isSameOne({ instance, name }, member);
  }

  async #seal({ to, message }: KeyAgreementOutput & { type: 'message' }): Promise<void> {
    const context = this.#context();
    if (!context) return;
    const { transport, client, sayKey } = this.wiring;
    const indices = await transport.packetIndices();
    const options = { ...context, sender: this.#self, receiver: to };
    // With each message until it is known to have come: without it they can't open any.
    if (this.#isInvited(to) && this.#states.get(to.instance) !== 'secured') {
      const { secret, ...bound } = options;
      const handed = await sealRoomSecret(secret, bound);
      client.sendKey(to.instance, Buffer.from(handed).toString('base64url'));
    }
    const sealed = await sealKeyMessage({ ...message, indices }, options);
    const data = Buffer.from(sealed).toString('base64url');
    client.sendKey(to.instance, data);
    // Whose key we hold may well hold ours, and only what they said of it was lost with the server.
    const state = this.#states.get(to.instance);
    if (state === 'secured' || state === 'unheard') sayKey(to.instance, data);
    // Who does not answer may be unable to read our control stream: by now it may be under the very key that they lack.
    const generation = `${message.epoch}.${message.step}`;
    if (this.#sent.get(to.instance) === generation) transport.sendSealed(to.instance, sealed);
    this.#sent.set(to.instance, generation);
  }
}

/** How we came to where we are. */
export type Way =
  /** By its name, and its secret if we have one. */
  | { by: 'joining' }
  /** It began with our calling somebody. */
  | { by: 'calling' }
  /** By an invitation of somebody who is there. */
  | { by: 'invitation'; from: Named }
  /**
   * With all others: the secret stays, and who is in that room already, or comes by its name, has to be invited. From
   * nowhere, or from an open room to a call, it is the server's word alone: then nobody has our secret until they are invited.
   */
  | { by: 'moved'; call: boolean };

/** Somebody, by what lasts of them and by the name that people know them by. */
export type Named = Pick<Peer, 'instance' | 'name'>;

type Member = KeyMember & Named;

interface Inside {
  room: string;
  /** Undefined in an open room. */
  secret: RoomSecret | undefined;
  /** The instance of who has sent the invitation that we accepted. */
  from?: string;
  /** The same one, who has yet to tell us the secret, or that there is none. */
  waitsFor?: Named;
}

const isOpen = ({ secret, waitsFor }: Inside): boolean => secret === undefined && waitsFor === undefined;

/** Whatever number the server has put behind their name. */
const isSameOne = (one: Named, other: Named): boolean =>
  one.instance === other.instance && nameKey(givenName(one.name)) === nameKey(givenName(other.name));

/** Messages of one sender that are opened at a time; others are made again. */
const mostOpening = 4;
