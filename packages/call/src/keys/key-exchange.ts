import { randomBytes } from 'node:crypto';
import type { Clock } from '@hellohaybye/core';
import { Alarm } from '@hellohaybye/core/node';
import type { MediaProtection } from '@hellohaybye/signaling';
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

/** Whether both have what they need to see and hear each other, or why not yet. */
export type KeyState = 'secured' | WaitReason;

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
  readonly #members = new Map<string, KeyMember>();
  readonly #states = new Map<string, KeyState>();
  /** The generation of our key that each was sent last. */
  readonly #sent = new Map<string, string>();
  /** How many messages of each are being opened. */
  readonly #opening = new Map<string, number>();
  #inside: Inside | undefined;
  /** Whom we invited to where we are: they are handed the secret. */
  readonly #invited = new Set<string>();

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
    if (way.by !== 'moved') this.#invited.clear();
    else if (before?.room === room) return;
    this.#inside = { room, ...this.#secretFor(way, before) };
    this.#forgetAll();
    const { waitsFor, secret } = this.#inside;
    this.#do((now) => {
      if (waitsFor === undefined) this.#agreement.enter(room, secret !== undefined, now);
      else this.#agreement.leave(now);
    });
  }

  /** Somebody is invited to where we are. */
  invite(instance: string): void {
    this.#invited.add(instance);
  }

  #secretFor(way: Way, before: Inside | undefined): Omit<Inside, 'room'> {
    switch (way.by) {
      case 'joining':
        return { secret: this.#secret };
      case 'calling':
        return { secret: RoomSecret.generate() };
      case 'invitation':
        return { secret: undefined, waitsFor: way.from };
      case 'moved':
        return { secret: this.#secret, ...before };
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
  join(instance: string, { identity, session, profiles }: MediaProtection): void {
    if (!this.#inside) return;
    const member = { instance, identity, session, profiles };
    this.#members.set(instance, member);
    if (this.#inside.waitsFor === undefined) this.#do((now) => this.#agreement.join(member, now));
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
    const opened =
      this.#inside?.waitsFor === undefined ? this.#openKey(sealed, sender) : this.#openSecret(sealed, sender);
    void opened.finally(() => this.#opened(from));
  }

  async #openKey(sealed: Uint8Array, sender: KeyMember): Promise<void> {
    const { instance } = sender;
    // Said again, as we have it already.
    if (isRoomSecret(sealed)) return;
    await openKeyMessage(sealed, { ...this.#context()!, sender, receiver: this.#self }).then(
      (message) => this.#do((now) => this.#agreement.receive(instance, message, now)),
      () => this.#do((now) => this.#agreement.rejected(instance, now)),
    );
  }

  /** Without the secret of the room, which only who has invited us can tell, we have no key for anybody, and take none. */
  async #openSecret(sealed: Uint8Array, sender: KeyMember): Promise<void> {
    const before = this.#inside!;
    const { instance } = sender;
    if (before.waitsFor !== instance) return;
    const context = { room: before.room, identity: this.#identity, sender, receiver: this.#self };
    try {
      const secret = await openRoomSecret(sealed, context);
      if (this.#inside === before) this.#enterWith(secret);
    } catch {
      // A key before the secret, or a secret of somebody else.
      this.wiring.onState(instance, 'not-authenticated');
    }
  }

  #enterWith(secret: RoomSecret | undefined): void {
    const { room } = this.#inside!;
    this.#inside = { room, secret };
    this.#do((now) => this.#agreement.enter(room, secret !== undefined, now));
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
    const { transport, onState } = this.wiring;
    switch (output.type) {
      case 'send-key':
        return transport.setSendKey(output.key);
      case 'peer-keys':
        return transport.setPeerKeys(output.peer, output.keys, output.indices);
      case 'message':
        // One that can't be sealed, or not any more, is made again.
        return void this.#seal(output).catch(() => undefined);
      case 'secured':
      case 'waiting': {
        const state = output.type === 'secured' ? 'secured' : output.reason;
        this.#states.set(output.peer, state);
        return onState(output.peer, state);
      }
    }
  }

  async #seal({ to, message }: KeyAgreementOutput & { type: 'message' }): Promise<void> {
    const context = this.#context();
    if (!context) return;
    const { transport, client, sayKey } = this.wiring;
    const indices = await transport.packetIndices();
    const options = { ...context, sender: this.#self, receiver: to };
    // With each message until it is known to have come: without it they can't open any.
    if (this.#invited.has(to.instance) && this.#states.get(to.instance) !== 'secured') {
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
  /** By an invitation of somebody who is there, by their instance. */
  | { by: 'invitation'; from: string }
  /** With all others. */
  | { by: 'moved' };

interface Inside {
  room: string;
  /** Undefined in an open room. */
  secret: RoomSecret | undefined;
  /** Who has yet to tell us the secret, or that there is none. */
  waitsFor?: string;
}

/** Messages of one sender that are opened at a time; others are made again. */
const mostOpening = 4;
