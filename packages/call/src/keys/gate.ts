import { givenName, nameKey, type Participant } from '@hellohaybye/signaling';
import { prepareSealing } from '@hellohaybye/signaling/keys';
import { KeyExchange, type KeyState, type KeyWiring, type Named, type Way } from './key-exchange.js';
import { Overdue } from './overdue.js';
import { judgementOf, type Judgement, type Security } from './security.js';

/** What a gate is wired to. */
interface Wiring extends Omit<KeyWiring, 'onState'> {
  security: Security;
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
  /** Whether they have shown that they hold the key that they announced. */
  isMet: boolean;
  /** Whether they have had our key, and we theirs. */
  isReady: boolean;
}

/** Who of those in the room is let in: gets our key, and is seen and heard by us. */
export class Gate {
  readonly #wiring: Wiring;
  readonly #keys: KeyExchange;
  readonly #callers = new Map<string, Caller>();
  readonly #overdue: Overdue;

  /** @throws HhbError `bad-room-secret`, `bad-option` */
  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    const { transport, client, clock, sayKey, security } = wiring;
    const onState = (peer: string, state: KeyState) => this.#changed(peer, state);
    this.#keys = new KeyExchange({ transport, client, clock, sayKey, onState }, security);
    this.#overdue = new Overdue(clock, (id) => this.#tellOverdue(id));
  }

  /** What the others have to be told of us. */
  get announcement() {
    return this.#keys.announcement;
  }

  /** We are in a room, with nobody yet. See `KeyExchange.enter`. */
  enter(room: string, way: Way): void {
    this.#keys.enter(room, way);
    // Keys come with the first newcomer, who is not to wait; what is amiss shows with the first key.
    prepareSealing().catch(() => undefined);
  }

  /** Somebody is invited to where we are: they are handed the secret once they are here and let in. */
  invite(invited: Named): void {
    this.#keys.invite(invited);
  }

  /** We are in no room. */
  leave(): void {
    this.#keys.leave();
    this.#callers.clear();
    this.#overdue.clear();
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
    const isIn =
      before?.identity === identity &&
      before?.judgement.admitted === true &&
      givenName(before.name) === givenName(name);
    const judged =
      isIn && before.name === name ? before.judgement : judgementOf(participant, this.#wiring.security);
    // Who is in the call is who they were, however the server numbers them now: it may begin anew.
    const judgement = isIn ? { ...judged, admitted: true } : judged;
    if (isIn && judged.verdict === 'changed' && !judged.admitted)
      this.#tell(
        'other-name',
        `${before.name} is called ${name} now, and is not the ${name} whose key is known`,
      );
    else if (judgement.warning !== before?.judgement.warning) this.#tell('other-name', judgement.warning);
    const known = judgement.admitted && before?.identity === identity ? before : undefined;
    const [isMet, isReady] = [known?.isMet === true, known?.isReady === true];
    this.#callers.set(id, { name, identity, judgement, isMet, isReady });
    if (judgement.admitted && media.protection) this.#keys.join({ instance: id, name }, media.protection);
    else this.#shut(id);
    if (!judgement.admitted && judgement.reason !== before?.judgement.reason) this.#tellRefusal(judgement);
    return judgement.admitted;
  }

  /** Somebody has gone. */
  remove(id: string): void {
    if (this.#keys.isWaitingFor(id)) this.#tell('not-secured', orphaned(this.#callers.get(id)?.name));
    this.#callers.delete(id);
    this.#shut(id);
  }

  /** Whether somebody who is let in can read what we send: before that there is no use in sending to them. */
  isReady(id: string): boolean {
    return this.#callers.get(id)?.isReady === true;
  }

  /**
   * Whether what comes now as theirs is theirs: who is let in, and whose key we hold. Without one it is still under way
   * from who was here before, when the server has said that another is here now.
   */
  hears(id: string): boolean {
    const state = this.#keys.stateOf(id);
    return (
      state !== undefined && holding.includes(state) && this.#callers.get(id)?.judgement.admitted === true
    );
  }

  /** Whether keys are being exchanged with somebody who is let in, and nothing speaks against their coming. */
  isAwaited(id: string): boolean {
    const caller = this.#callers.get(id);
    const state = this.#keys.stateOf(id) ?? 'key-missing';
    return caller?.judgement.admitted === true && underWay.includes(state);
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
    const { name } = caller;
    if (state === 'secured') this.#overdue.done(id);
    else this.#overdue.wait(id);
    if (state === 'not-authenticated') {
      const why = 'what came as their key was not sealed for us by them: have both the same invitation?';
      this.#wiring.onNotice('not-authenticated', `${name} is neither seen nor heard: ${why}`);
    }
    if (state === 'no-common-profile') {
      const why = 'of the ways to encrypt that they have, not one is left that all who were here before have';
      this.#wiring.onNotice('not-let-in', `${name} is neither seen nor heard: ${why}`);
    }
    const isHeld = holding.includes(state);
    if (isHeld && !caller.isMet) this.#meet(id, caller);
    caller.isReady ||= state === 'secured' && caller.judgement.admitted;
    this.#wiring.onChanged(id);
  }

  /**
   * They have shown that they hold the key that they announced, and are heard from now on. Once is enough: their name may
   * be another one later.
   */
  #meet(id: string, caller: Caller): void {
    const { name, identity = '' } = caller;
    caller.isMet = true;
    const judgement = this.#wiring.security.met?.(name, identity);
    if (!judgement) return;
    caller.judgement = judgement;
    if (!judgement.admitted) return this.#expel(id, caller);
    // The name is theirs: nobody else is to be taken for them who was let in by it before.
    for (const [other, namesake] of this.#callers) {
      if (other === id || !namesake.judgement.admitted || nameKey(namesake.name) !== nameKey(name)) continue;
      namesake.judgement = this.#wiring.security.judge?.(name, namesake.identity ?? '') ?? namesake.judgement;
      if (namesake.judgement.admitted) continue;
      this.#expel(other, namesake);
      this.#wiring.onChanged(other);
    }
  }

  #expel(id: string, caller: Caller): void {
    caller.isMet = false;
    caller.isReady = false;
    this.#shut(id);
    this.#tellRefusal(caller.judgement);
    this.#wiring.onExpelled(id);
  }

  /** No key of ours is for them, and none of theirs is waited for. */
  #shut(id: string): void {
    this.#keys.drop(id);
    this.#overdue.done(id);
  }

  /** Who withholds keys, or a server that does, would otherwise go unnoticed where no page is looked at. */
  #tellOverdue(id: string): void {
    const name = this.#callers.get(id)?.name;
    const state = this.#keys.stateOf(id);
    const why = state && lacks[state];
    if (name !== undefined && why !== undefined) this.#wiring.onNotice('not-secured', `${name} ${why}`);
  }

  #tellRefusal({ reason }: Judgement): void {
    this.#tell('not-let-in', reason);
  }

  #tell(code: string, message: string | undefined): void {
    if (message !== undefined) this.#wiring.onNotice(code, message);
  }
}

/** States in which we hold a key of theirs, which they have shown to be theirs. */
const holding: readonly KeyState[] = ['secured', 'unheard'];

/** States in which nothing speaks against the coming of keys. */
const underWay: readonly KeyState[] = ['key-missing', 'secret-missing', 'unheard'];

/** Who alone could tell the secret has gone: nobody here will ever be seen or heard. */
const orphaned = (name: string | undefined): string | undefined =>
  name &&
  `${name}, whose invitation you accepted, went before the secret of this call came: you see and hear nobody here. Leave, and be invited again`;

const notes: Record<KeyState, string | undefined> = {
  secured: undefined,
  unheard: 'exchanging keys',
  'key-missing': 'exchanging keys',
  'secret-missing': 'exchanging keys',
  'not-authenticated': 'key not accepted',
  'other-profile': 'agreeing on how to encrypt',
  'no-common-profile': 'encrypts in another way',
};

/** Why there is no media after a while, where nothing else has told it. */
const lacks: Partial<Record<KeyState, string>> = {
  'key-missing':
    'is neither seen nor heard: no key of theirs comes. They do not let us in, or it is held back',
  'secret-missing':
    'is neither seen nor heard: the secret of this call has not come from who invited you. It may be held back',
  unheard: 'may not see or hear us: it does not come that they have our key. It may be held back',
  'other-profile': 'is neither seen nor heard: they encrypt in another way',
};
