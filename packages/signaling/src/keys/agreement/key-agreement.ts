import { HhbError, type Micros } from '@hellohaybye/core';
import { conceal } from './conceal.js';
import { Delivery } from './delivery.js';
import { Floors } from './floors.js';
import { idOf, plain, reaches } from './generation.js';
import { OwnKey } from './own-key.js';
import { PeerKeys } from './peer-keys.js';
import type { GenerationKey } from './ratchet.js';
import { timing } from './timing.js';
import type { KeyMember, KeyMessage, OpenedKeyMessage, PacketIndex, SrtpKey, SrtpProfile } from './types.js';

/**
 * Why media can't pass between us and a peer yet: nothing of theirs was opened (`key-missing`), or what came
 * did not open (`not-authenticated`), or is for another profile of SRTP (`other-profile`); they have not said
 * that they hold our key (`unheard`).
 */
export type WaitReason = 'key-missing' | 'not-authenticated' | 'other-profile' | 'unheard';

/** What is to be done. */
export type KeyAgreementOutput =
  /** Seal this with the packet indices as they are now, and send it. */
  | { type: 'message'; to: KeyMember; message: Omit<KeyMessage, 'indices'> }
  /** Protect with this from now on. */
  | { type: 'send-key'; key: SrtpKey }
  /** All keys that the packets of this peer may have now; none when it has gone. */
  | { type: 'peer-keys'; peer: string; keys: SrtpKey[]; indices: readonly PacketIndex[] }
  /** Both hold what they need. */
  | { type: 'secured'; peer: string }
  | { type: 'waiting'; peer: string; reason: WaitReason };

/** Messages that were passed over, by why. */
export interface KeyAgreementDrops {
  /** From who is not in the room. */
  stranger: number;
  /** Opened for another room, session or secret than we have by now. */
  otherContext: number;
  otherProfile: number;
  /** Of a generation that is over: played again, or late. */
  stale: number;
}

export interface KeyAgreementOptions {
  /** What we announce. The keys of each agreement are numbered from 1, so each needs a session of its own. */
  self: KeyMember;
  profile: SrtpProfile;
  /** So many bytes that nobody can tell, such as `randomBytes` of node:crypto. They are overwritten after use. */
  random: (bytes: number) => Uint8Array;
}

interface Peer {
  member: KeyMember;
  delivery: Delivery;
  keys: PeerKeys;
  keysChanged: boolean;
  indices: readonly PacketIndex[];
  failure: 'not-authenticated' | 'other-profile' | undefined;
  /** What was told of it last. */
  state: 'secured' | WaitReason | undefined;
}

/**
 * Who holds whose key in a room (docs/security.md, Key agreement). Pure: the roster, opened messages and the
 * time go in; after each, `poll` until it gives nothing more, then `tick` at `nextDeadline`, or at the next
 * input if that comes first. Outputs hold copies of keys, which print concealed.
 */
export class KeyAgreement {
  readonly drops: KeyAgreementDrops = { stranger: 0, otherContext: 0, otherProfile: 0, stale: 0 };
  readonly #self: KeyMember;
  readonly #profile: SrtpProfile;
  readonly #own: OwnKey;
  readonly #floors = new Floors();
  readonly #peers = new Map<string, Peer>();
  readonly #outputs: KeyAgreementOutput[] = [];
  #inside: { room: string; withSecret: boolean } | undefined;
  #now = 0 as Micros;
  /** What has happened since the last drain: however many come and go at once, there is one new key. */
  #came = false;
  #went = false;
  #sendKeyId: string | undefined;

  constructor({ self, profile, random }: KeyAgreementOptions) {
    this.#self = { ...self };
    this.#profile = profile;
    this.#own = new OwnKey(profile, random);
  }

  /**
   * We are in a room, with a new key. What was before is left.
   * @param secretKnown whether we know a secret of the room: messages that were opened without it don't count
   */
  enter(room: string, secretKnown: boolean, now: Micros): void {
    this.leave(now);
    this.#inside = { room, withSecret: secretKnown };
    this.#own.begin();
  }

  /** We are in no room. All keys are forgotten, and overwritten. */
  leave(now: Micros): void {
    this.#now = now;
    for (const instance of [...this.#peers.keys()]) this.#remove(instance);
    this.#own.forget();
    this.#inside = undefined;
    this.#came = false;
    this.#went = false;
  }

  /**
   * Somebody is in the room, or has another session or identity than before: then they begin anew.
   * @throws HhbError `not-in-room` outside of a room
   */
  join(member: KeyMember, now: Micros): void {
    if (!this.#inside) throw new HhbError('not-in-room', 'Nobody can join while we are in no room');
    this.#now = now;
    const { instance, identity, session } = member;
    const known = this.#peers.get(instance)?.member;
    if (known?.identity === identity && known.session === session) return;
    // Whoever had this instance is not there any more, whoever has it now.
    if (known) this.drop(instance, now);
    // Ourselves, or our own words under another name.
    if (instance === this.#self.instance) return;
    if (identity === this.#self.identity && session === this.#self.session) return;
    this.#peers.set(instance, {
      member: { instance, identity, session },
      delivery: new Delivery(),
      keys: new PeerKeys(this.#profile, this.#floors.of(member)),
      keysChanged: false,
      indices: [],
      failure: undefined,
      state: undefined,
    });
    this.#came = true;
  }

  /** Somebody is in the room no more. */
  drop(instance: string, now: Micros): void {
    this.#now = now;
    if (this.#remove(instance)) this.#went = true;
  }

  /**
   * A key message was opened.
   * @param instance who sent it
   */
  receive(instance: string, message: OpenedKeyMessage, now: Micros): void {
    this.#now = now;
    const peer = this.#peers.get(instance);
    if (!peer) this.drops.stranger += 1;
    else if (!this.#isForNow(message, peer.member)) this.drops.otherContext += 1;
    else if (message.profile !== this.#profile) {
      this.drops.otherProfile += 1;
      peer.failure = 'other-profile';
    } else this.#take(peer, message);
  }

  /** Something came from a peer that did not open. It shows while we wait for their key, and changes nothing. */
  rejected(instance: string, now: Micros): void {
    this.#now = now;
    const peer = this.#peers.get(instance);
    if (peer) peer.failure = 'not-authenticated';
  }

  /** A packet of the peer was authenticated under this key for the first time. */
  keyUsed(instance: string, id: string, now: Micros): void {
    this.#now = now;
    this.#peers.get(instance)?.keys.used(id, now);
  }

  tick(now: Micros): void {
    this.#now = now;
  }

  /** When `tick` is due; undefined when nothing is. */
  nextDeadline(): Micros | undefined {
    let first = this.#own.deadline;
    for (const { delivery, keys } of this.#peers.values()) {
      for (const time of [delivery.due, keys.deadline]) {
        if (time !== undefined && (first === undefined || time < first)) first = time;
      }
    }
    return first;
  }

  /** What is to be done next; undefined when that is all. */
  poll(): KeyAgreementOutput | undefined {
    if (this.#outputs.length === 0) this.#settle();
    return this.#outputs.shift();
  }

  #isForNow({ context }: OpenedKeyMessage, member: KeyMember): boolean {
    const { room, withSecret, sender, receiver } = context;
    if (room !== this.#inside?.room || withSecret !== this.#inside.withSecret) return false;
    return isSame(sender, member) && isSame(receiver, this.#self);
  }

  #take(peer: Peer, message: OpenedKeyMessage): void {
    const target = this.#own.target;
    if (!target) return;
    const before = peer.keys.newest;
    const taken = peer.keys.take(message, this.#now);
    if (taken === 'stale') {
      this.drops.stale += 1;
      return;
    }
    peer.failure = undefined;
    peer.keysChanged ||= taken === 'new' || message.indices.length > 0;
    peer.indices = message.indices;
    peer.delivery.listen(message, target, before?.epoch !== message.epoch, this.#now);
    const { heard } = peer.delivery;
    if (heard) this.#own.heard(peer.member.instance, heard, this.#now);
    peer.delivery.answer(message.asks, target, peer.keys.told, this.#now);
  }

  #remove(instance: string): boolean {
    const peer = this.#peers.get(instance);
    if (!peer) return false;
    if (peer.keys.newest) this.#floors.set(peer.member, peer.keys.newest);
    peer.keys.forget();
    this.#peers.delete(instance);
    this.#outputs.push({ type: 'peer-keys', peer: instance, keys: [], indices: [] });
    return true;
  }

  /** Draws all consequences of what has happened, in the order in which they are to be carried out. */
  #settle(): void {
    this.#changeOwnKey();
    for (const peer of this.#peers.values()) this.#tellKeys(peer);
    for (const peer of this.#peers.values()) this.#sendWhenDue(peer);
    const { inUse } = this.#own;
    if (inUse && idOf(inUse) !== this.#sendKeyId) {
      this.#sendKeyId = idOf(inUse);
      this.#outputs.push({ type: 'send-key', key: copyOf(inUse) });
    }
    for (const peer of this.#peers.values()) this.#tellState(peer);
  }

  #changeOwnKey(): void {
    this.#own.tick(this.#now);
    const [came, went] = [this.#came, this.#went];
    this.#came = false;
    this.#went = false;
    if (went) this.#own.rekey([...this.#peers.keys()], this.#now);
    else if (came) this.#own.step();
    const { target } = this.#own;
    if (!target || !(came || went)) return;
    for (const { delivery } of this.#peers.values()) delivery.announce(target, this.#now);
  }

  #tellKeys(peer: Peer): void {
    const expired = peer.keys.expire(this.#now);
    if (!expired && !peer.keysChanged) return;
    const { instance } = peer.member;
    this.#outputs.push({
      type: 'peer-keys',
      peer: instance,
      keys: peer.keys.list(),
      indices: peer.indices,
    });
    peer.keysChanged = false;
    peer.indices = [];
  }

  #sendWhenDue({ member, delivery, keys }: Peer): void {
    const { target } = this.#own;
    if (!target || delivery.due === undefined || delivery.due > this.#now) return;
    const message = conceal({
      ...plain(target),
      profile: this.#profile,
      key: target.key.slice(),
      salt: target.salt.slice(),
      heard: keys.told && plain(keys.told),
      asks: delivery.lacks(target),
    });
    delivery.sent(target, keys.told, this.#now);
    this.#outputs.push({ type: 'message', to: { ...member }, message });
  }

  #tellState(peer: Peer): void {
    const state = this.#stateOf(peer);
    if (state === peer.state) return;
    peer.state = state;
    const { instance } = peer.member;
    if (state === 'secured') this.#outputs.push({ type: 'secured', peer: instance });
    else this.#outputs.push({ type: 'waiting', peer: instance, reason: state });
  }

  #stateOf({ keys, delivery, failure }: Peer): 'secured' | WaitReason {
    if (!keys.told) return failure ?? 'key-missing';
    const { heard } = delivery;
    const { inUse } = this.#own;
    // Who holds the next key had the one in use before, or gets the next one within a second.
    const holds = heard && inUse && (heard.epoch > inUse.epoch || reaches(heard, inUse, timing.lookahead));
    return holds ? 'secured' : 'unheard';
  }
}

const copyOf = (key: GenerationKey): SrtpKey =>
  conceal({ id: idOf(key), key: key.key.slice(), salt: key.salt.slice() });

const isSame = (a: KeyMember, b: KeyMember): boolean =>
  a.instance === b.instance && a.identity === b.identity && a.session === b.session;
