import { randomBytes } from 'node:crypto';
import type { Clock } from '@hellohaybye/core';
import { Alarm } from '@hellohaybye/core/node';
import type { MediaProtection } from '@hellohaybye/signaling';
import type { SignalingClient } from '@hellohaybye/signaling/client';
import {
  generateIdentity,
  generateSession,
  KeyAgreement,
  openKeyMessage,
  RoomSecret,
  sealKeyMessage,
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
  #inside: { room: string; withSecret: boolean } | undefined;

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
   * We are in a room, with nobody yet.
   * @param way whether we joined it, by its secret if there is one, or were invited there; when others moved us, as before
   */
  enter(room: string, way: 'joined' | 'invited' | 'moved'): void {
    const before = this.#inside?.withSecret ?? true;
    // What the server says decides nothing here: it can't talk us out of the secret.
    const withSecret = this.#secret !== undefined && (way === 'moved' ? before : way === 'joined');
    if (this.#inside?.room === room && this.#inside.withSecret === withSecret) return;
    this.#inside = { room, withSecret };
    this.#do((now) => this.#agreement.enter(room, withSecret, now));
    this.#forgetAll();
  }

  /** We are in no room any more, and all keys are forgotten. */
  leave(): void {
    this.#inside = undefined;
    this.#do((now) => this.#agreement.leave(now));
    this.#forgetAll();
    this.#alarm.clear();
  }

  /** Somebody who may have our key is here. */
  join(instance: string, { identity, session, profiles }: MediaProtection): void {
    if (!this.#inside) return;
    const member = { instance, identity, session, profiles };
    this.#members.set(instance, member);
    this.#do((now) => this.#agreement.join(member, now));
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
    openKeyMessage(Buffer.from(data, 'base64url'), { ...context, sender, receiver: this.#self })
      .then(
        (message) => this.#do((now) => this.#agreement.receive(from, message, now)),
        () => this.#do((now) => this.#agreement.rejected(from, now)),
      )
      .finally(() => this.#opened(from));
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
    const { room, withSecret } = this.#inside;
    return { room, identity: this.#identity, secret: withSecret ? this.#secret : undefined };
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

/** Messages of one sender that are opened at a time; others are made again. */
const mostOpening = 4;
