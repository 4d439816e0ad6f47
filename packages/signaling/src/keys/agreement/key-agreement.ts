import { HhbError, type Micros } from '@hellohaybye/core';
import { conceal } from './conceal.js';
import { Delivery } from './delivery.js';
import { Floors } from './floors.js';
import { idOf, plain, reaches } from './generation.js';
import { OwnKey } from './own-key.js';
import { PeerKeys } from './peer-keys.js';
import { commonProfile } from './profiles.js';
import type { GenerationKey } from './ratchet.js';
import { timing } from './timing.js';
import type { KeyMember, KeyMessage, OpenedKeyMessage, PacketIndex, SrtpKey, SrtpProfile } from './types.js';

/**
 * Why media can't pass between us and a peer yet: nothing of theirs was opened (`key-missing`), or what came
 * did not open (`not-authenticated`), or is for a profile of SRTP that we do not have (`other-profile`); they have
 * not said that they hold our key (`unheard`). Or it can't at all: no profile that we have is left that they and all who
 * came before them have (`no-common-profile`).
 */
export type WaitReason =
  'key-missing' | 'not-authenticated' | 'other-profile' | 'no-common-profile' | 'unheard';

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
  /** For a profile that we do not have, or from somebody with whom there is none left. */
  otherProfile: number;
  /** Of a generation that is over: played again, or late. */
  stale: number;
}

export interface KeyAgreementOptions {
  /** What we announce. The keys of each agreement are numbered from 1, so each needs a session of its own. */
  self: KeyMember & { profiles: readonly SrtpProfile[] };
  /** So many bytes that nobody can tell, such as `randomBytes` of node:crypto. They are overwritten after use. */
  random: (bytes: number) => Uint8Array;
}

interface Peer {
  member: KeyMember;
  delivery: Delivery;
  keys: PeerKeys;
  keysChanged: boolean;
  indices: readonly PacketIndex[];
  /** Whether there is a profile that we have, and they, and all others who fit. Once it is so it stays so. */
  fits: boolean;
  /** Whether a message of theirs was opened: the profiles that they are said to have are theirs. */
  proven: boolean;
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
  readonly #self: KeyAgreementOptions['self'];
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

  constructor({ self, random }: KeyAgreementOptions) {
    this.#self = { ...self, profiles: [...self.profiles] };
    this.#own = new OwnKey(random);
  }

  /**
   * We are in a room, with a new key. What was before is left.
   * @param secretKnown whether we know a secret of the room: messages that were opened without it don't count
   */
  enter(room: string, secretKnown: boolean, now: Micros): void {
    this.leave(now);
    this.#inside = { room, withSecret: secretKnown };
    this.#own.begin(this.#self.profiles[0]!);
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
   * Somebody is in the room, or has another session, identity or profiles than before: then they begin anew.
   * @throws HhbError `not-in-room` outside of a room
   */
  join(member: KeyMember, now: Micros): void {
    if (!this.#inside) throw new HhbError('not-in-room', 'Nobody can join while we are in no room');
    this.#now = now;
    const { instance, identity, session, profiles } = member;
    const known = this.#peers.get(instance)?.member;
    if (known && isSame(known, member)) return;
    // Whoever had this instance is not there any more, whoever has it now.
    if (known) this.drop(instance, now);
    // Ourselves, or our own words under another name.
    if (instance === this.#self.instance) return;
    if (identity === this.#self.identity && session === this.#self.session) return;
    this.#peers.set(instance, {
      member: { instance, identity, session, profiles: [...profiles] },
      delivery: new Delivery(),
      keys: new PeerKeys(this.#floors.of(member)),
      keysChanged: false,
      indices: [],
      fits: false,
      proven: false,
      failure: undefined,
      state: undefined,
    });
    this.#letIn();
  }

  /** Somebody is in the room no more. */
  drop(instance: string, now: Micros): void {
    this.#now = now;
    const hadKey = this.#peers.get(instance)?.fits === true;
    this.#remove(instance);
    this.#went ||= hadKey;
    this.#letIn();
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
    else {
      peer.proven = true;
      if (peer.fits && this.#self.profiles.includes(message.profile)) this.#take(peer, message);
      else this.#passOver(peer, message);
    }
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
    for (const { delivery, keys } of this.#fitting) {
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

  #passOver(peer: Peer, { asks }: KeyMessage): void {
    this.drops.otherProfile += 1;
    peer.failure = 'other-profile';
    // By our own key message they know for sure which profiles we have.
    const { target } = this.#own;
    if (peer.fits && target) peer.delivery.answer(asks, target, peer.keys.told, this.#now);
  }

  #remove(instance: string): void {
    const peer = this.#peers.get(instance);
    if (!peer) return;
    if (peer.keys.newest) this.#floors.set(peer.member, peer.keys.newest);
    peer.keys.forget();
    this.#peers.delete(instance);
    this.#outputs.push({ type: 'peer-keys', peer: instance, keys: [], indices: [] });
  }

  /** Draws all consequences of what has happened, in the order in which they are to be carried out. */
  #settle(): void {
    this.#changeOwnKey();
    for (const peer of this.#fitting) this.#tellKeys(peer);
    for (const peer of this.#fitting) this.#sendWhenDue(peer);
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
    const isOver = went || !this.#isOfAll(this.#own.target?.profile);
    if (isOver) {
      const members = this.#fitting.map(({ member }) => member.instance);
      this.#own.rekey(members, commonProfile(this.#self.profiles, this.#proven)!, this.#now);
    } else if (came) this.#own.step();
    const { target } = this.#own;
    if (!target || !(came || isOver)) return;
    for (const { delivery } of this.#fitting) delivery.announce(target, this.#now);
  }

  /** Who was first goes first: somebody with whom no profile would be left is not let in. */
  #letIn(): void {
    for (const peer of this.#peers.values()) {
      if (peer.fits) continue;
      const all = [...this.#fitting, peer].map(({ member }) => member.profiles);
      peer.fits = commonProfile(this.#self.profiles, all) !== undefined;
      this.#came ||= peer.fits;
    }
  }

  /** Whether everybody who has shown to be who they are said to be has a profile: what the server says counts for nothing. */
  #isOfAll(profile: SrtpProfile | undefined): boolean {
    return profile === undefined || this.#proven.every((theirs) => theirs.includes(profile));
  }

  get #fitting(): Peer[] {
    return [...this.#peers.values()].filter(({ fits }) => fits);
  }

  /** The profiles of those who fit and have shown that these are theirs. */
  get #proven(): (readonly string[])[] {
    return this.#fitting.filter(({ proven }) => proven).map(({ member }) => member.profiles);
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
      profile: target.profile,
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

  #stateOf({ fits, keys, delivery, failure }: Peer): 'secured' | WaitReason {
    if (!fits) return 'no-common-profile';
    if (!keys.told) return failure ?? 'key-missing';
    const { heard } = delivery;
    const { inUse } = this.#own;
    // Who holds the next key had the one in use before, or gets the next one within a second.
    const holds = heard && inUse && (heard.epoch > inUse.epoch || reaches(heard, inUse, timing.lookahead));
    return holds ? 'secured' : 'unheard';
  }
}

const copyOf = (key: GenerationKey): SrtpKey =>
  conceal({ id: idOf(key), profile: key.profile, key: key.key.slice(), salt: key.salt.slice() });

const isSame = (a: KeyMember, b: KeyMember): boolean =>
  a.instance === b.instance &&
  a.identity === b.identity &&
  a.session === b.session &&
  a.profiles.join() === b.profiles.join();
