import type { Clock } from '@hellohaybye/core';
import type { Participant } from '@hellohaybye/signaling';
import type { SignalingClient } from '@hellohaybye/signaling/client';
import type { Transport } from '@hellohaybye/transport/node';
import { KeyExchange, type KeyState, type Way } from './key-exchange.js';
import { judgementOf, type Judgement, type Security } from './security.js';

/** What a gate is wired to. */
interface Wiring {
  transport: Transport;
  client: SignalingClient;
  clock: Clock;
  security: Security;
  /** Says something sealed to somebody over the control stream. */
  sayKey: (peer: string, data: string) => void;
  /** Somebody is to be shown otherwise. */
  onChanged: (id: string) => void;
  /** Somebody who was let in is not let in after all. */
  onExpelled: (id: string) => void;
  onNotice: (code: string, message: string) => void;
}

/** What of somebody's key people are shown. */
export interface KeyView {
  words?: string;
  key?: Judgement['verdict'];
  /** Why they are not seen and heard, if so. */
  note?: string;
}

interface Caller {
  name: string;
  identity: string | undefined;
  judgement: Judgement;
  /** Whether they have had our key, and we theirs. */
  isReady: boolean;
}

/** Who of those in the room is let in: gets our key, and is seen and heard by us. */
export class Gate {
  readonly #wiring: Wiring;
  readonly #keys: KeyExchange;
  readonly #callers = new Map<string, Caller>();

  /** @throws HhbError `bad-room-secret`, `bad-option` */
  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    const { transport, client, clock, sayKey, security } = wiring;
    const onState = (peer: string, state: KeyState) => this.#changed(peer, state);
    this.#keys = new KeyExchange({ transport, client, clock, sayKey, onState }, security);
  }

  /** What the others have to be told of us. */
  get announcement() {
    return this.#keys.announcement;
  }

  /** We are in a room, with nobody yet. See `KeyExchange.enter`. */
  enter(room: string, way: Way): void {
    this.#keys.enter(room, way);
  }

  /** Somebody is invited to where we are: they are handed the secret once they are here and let in. */
  invite(instance: string): void {
    this.#keys.invite(instance);
  }

  /** We are in no room. */
  leave(): void {
    this.#keys.leave();
    this.#callers.clear();
  }

  /** Something sealed came over the control stream. */
  heard(from: string, data: string): void {
    this.#keys.heard(from, data);
  }

  /** Somebody is here, or is otherwise than before. @returns whether they are let in */
  admit(participant: Participant): boolean {
    const { id, name, media } = participant;
    const identity = media.protection?.identity;
    const before = this.#callers.get(id);
    const isSame = before?.name === name && before.identity === identity;
    const judgement =
      isSame && before.judgement.admitted
        ? before.judgement
        : judgementOf(participant, this.#wiring.security);
    const isReady = before?.identity === identity && before?.isReady === true;
    this.#callers.set(id, { name, identity, judgement, isReady });
    if (judgement.admitted && media.protection) this.#keys.join(id, media.protection);
    else this.#keys.drop(id);
    if (!judgement.admitted && judgement.reason !== before?.judgement.reason) this.#tellRefusal(judgement);
    return judgement.admitted;
  }

  /** Somebody has gone. */
  remove(id: string): void {
    this.#callers.delete(id);
    this.#keys.drop(id);
  }

  /** Whether somebody who is let in can read what we send: before that there is no use in sending to them. */
  isReady(id: string): boolean {
    return this.#callers.get(id)?.isReady === true;
  }

  /** What of somebody's key people are shown. */
  viewOf(id: string): KeyView {
    const caller = this.#callers.get(id);
    if (!caller) return {};
    const { words, verdict, admitted } = caller.judgement;
    const note = admitted ? notes[this.#keys.stateOf(id) ?? 'key-missing'] : 'not let in';
    return { ...(words !== undefined && { words }), key: verdict, ...(note !== undefined && { note }) };
  }

  #changed(id: string, state: KeyState): void {
    const caller = this.#callers.get(id);
    if (!caller) return;
    const { name, identity = '' } = caller;
    if (state === 'not-authenticated') {
      const why = 'what came as their key was not sealed for us by them: have both the same invitation?';
      this.#wiring.onNotice('not-authenticated', `${name} is neither seen nor heard: ${why}`);
    }
    if (state === 'no-common-profile') {
      const why = 'of the ways to encrypt that they have, not one is left that all who were here before have';
      this.#wiring.onNotice('not-let-in', `${name} is neither seen nor heard: ${why}`);
    }
    // They have shown that they hold the key that they announced.
    const judgement = state === 'secured' ? this.#wiring.security.met?.(name, identity) : undefined;
    if (judgement) caller.judgement = judgement;
    caller.isReady ||= state === 'secured' && caller.judgement.admitted;
    if (judgement && !judgement.admitted) {
      this.#keys.drop(id);
      this.#tellRefusal(judgement);
      this.#wiring.onExpelled(id);
    }
    this.#wiring.onChanged(id);
  }

  #tellRefusal({ reason }: Judgement): void {
    if (reason !== undefined) this.#wiring.onNotice('not-let-in', reason);
  }
}

const notes: Record<KeyState, string | undefined> = {
  secured: undefined,
  unheard: 'exchanging keys',
  'key-missing': 'exchanging keys',
  'not-authenticated': 'key not accepted',
  'other-profile': 'agreeing on how to encrypt',
  'no-common-profile': 'encrypts in another way',
};
