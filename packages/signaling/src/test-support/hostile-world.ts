import { micros, millis, type Micros } from '@hellohaybye/core';
import { nextKey } from '../keys/agreement/ratchet.js';
import { KeyAgreement, type KeyAgreementOutput } from '../keys/agreement/key-agreement.js';
import { saltBytes } from '../keys/agreement/profiles.js';
import type { KeyMember, KeyMessage, SrtpKey, SrtpProfile } from '../keys/agreement/types.js';
import { generateIdentity, type Identity } from '../keys/identity.js';
import type { RoomSecret } from '../keys/room-secret.js';
import { openKeyMessage, sealKeyMessage } from '../keys/seal.js';
import { generateSession } from '../keys/session.js';

/** What somebody sealed, as the server sees it. Who sealed it for whom is what the server can't change. */
export interface Sealed {
  bytes: Uint8Array;
  by: KeyMember;
  to: KeyMember;
  room: string;
  secret: RoomSecret | undefined;
}

/** Everybody likes this more, and all have both unless others are given. */
const preferred = 'AEAD_AES_128_GCM';
const usual: readonly SrtpProfile[] = [preferred, 'AES_CM_128_HMAC_SHA1_80'];
const textOf = ({ key, salt }: { key: Uint8Array; salt: Uint8Array }) =>
  Buffer.concat([key, salt]).toString('hex');
const nameOf = ({ identity, session, instance, profiles }: KeyMember) =>
  [identity, session, instance, ...profiles].join(' ');

/** A participant who does as `call` does: believes the server's roster, opens what comes, and carries out the rest. */
export class HostileUser {
  member: KeyMember & { profiles: readonly SrtpProfile[] };
  agreement!: KeyAgreement;
  roster = new Map<string, KeyMember>();
  readonly states = new Map<string, string>();
  /** The profiles of all keys that were sent with. */
  readonly sentWith = new Set<SrtpProfile>();
  /** The keys that somebody's messages for us allow, the steps that follow included. */
  #allowed = new Map<string, Set<string>>();
  readonly accepted = new Map<string, SrtpKey[]>();

  constructor(
    readonly world: HostileWorld,
    readonly identity: Identity,
    instance: string,
    profiles: readonly SrtpProfile[],
  ) {
    this.member = { instance, identity: identity.publicKey, session: '', profiles };
  }

  /** As a new process, or a new stay: in a session that was never before. */
  async begin(room: string, secret: RoomSecret | undefined): Promise<void> {
    this.member = { ...this.member, session: generateSession() };
    this.roster.clear();
    this.states.clear();
    this.accepted.clear();
    this.#allowed.clear();
    this.room = room;
    this.secret = secret;
    this.agreement = new KeyAgreement({ self: this.member, random: this.world.random });
    this.agreement.enter(room, secret !== undefined, this.world.now);
    await this.drain();
  }
  room = '';
  secret: RoomSecret | undefined;

  async told(members: KeyMember[]): Promise<void> {
    const { now } = this.world;
    const roster = new Map(members.map((member) => [member.instance, member]));
    for (const [instance] of this.roster) if (!roster.has(instance)) this.agreement.drop(instance, now);
    for (const member of members) this.agreement.join(member, now);
    this.roster = roster;
    await this.drain();
  }

  async receive(from: string, bytes: Uint8Array): Promise<void> {
    const sender = this.roster.get(from);
    if (!sender) return;
    const { room, secret, identity, member: receiver } = this;
    try {
      const opened = await openKeyMessage(bytes, { room, secret, identity, sender, receiver });
      this.world.check(bytes, { by: sender, to: receiver, room, secret });
      this.#allow(sender, opened);
      this.agreement.receive(from, opened, this.world.now);
    } catch (error) {
      if ((error as { code?: string }).code !== 'not-authenticated') throw error;
      this.agreement.rejected(from, this.world.now);
    }
    await this.drain();
  }

  async drain(): Promise<void> {
    for (let output = this.agreement.poll(); output; output = this.agreement.poll())
      await this.#carryOut(output);
  }

  async #carryOut(output: KeyAgreementOutput): Promise<void> {
    if (output.type === 'message') {
      const { room, secret, identity, member: sender } = this;
      const options = { room, secret, identity, sender, receiver: output.to };
      const bytes = await sealKeyMessage({ ...output.message, indices: [] }, options).catch(() => undefined);
      if (bytes) this.world.sealed.push({ bytes, by: sender, to: output.to, room, secret });
    } else if (output.type === 'peer-keys') {
      this.accepted.set(output.peer, output.keys);
      const sender = this.roster.get(output.peer);
      const allowed = sender && this.#allowed.get(nameOf(sender));
      const wrong = output.keys.filter((key) => !allowed?.has(textOf(key)));
      if (wrong.length > 0)
        throw new Error(`${wrong.length} keys accepted that ${output.peer} did not send us`);
    } else if (output.type === 'send-key') {
      this.sentWith.add(output.key.profile);
    } else {
      this.states.set(output.peer, output.type === 'waiting' ? output.reason : output.type);
    }
  }

  #allow(sender: KeyMember, message: KeyMessage): void {
    const allowed = this.#allowed.get(nameOf(sender)) ?? new Set();
    this.#allowed.set(nameOf(sender), allowed);
    let key = { ...message };
    for (let step = 0; step <= 8; step++) {
      allowed.add(textOf(key));
      key = { ...key, ...nextKey(key) };
    }
  }
}

/** A server that does as it likes, with an identity of its own, and the users that it has to do with. */
export class HostileWorld {
  now: Micros = micros(1e9);
  readonly sealed: Sealed[] = [];
  /** How many messages opened, over all. */
  opened = 0;
  readonly random: (bytes: number) => Uint8Array;
  readonly users: HostileUser[];
  readonly ghost: KeyMember = {
    instance: 'ghost',
    identity: ghostIdentity.publicKey,
    session: generateSession(),
    profiles: usual,
  };

  /** @param profiles of each user; those that are not given have both */
  constructor(random: (bytes: number) => Uint8Array, profiles: readonly (readonly SrtpProfile[])[] = []) {
    this.random = random;
    this.users = identities.map(
      (identity, at) => new HostileUser(this, identity, `user-${at}`, profiles[at] ?? usual),
    );
  }

  /** Fails unless it is just what somebody sealed for the one who has opened it. */
  check(bytes: Uint8Array, expected: Omit<Sealed, 'bytes'>): void {
    this.opened += 1;
    const sealed = this.sealed.find((one) => Buffer.compare(one.bytes, bytes) === 0);
    if (!sealed) throw new Error('A message opened that nobody sealed');
    const same =
      nameOf(sealed.by) === nameOf(expected.by) &&
      nameOf(sealed.to) === nameOf(expected.to) &&
      sealed.room === expected.room &&
      sealed.secret?.text() === expected.secret?.text();
    if (!same) throw new Error('A message opened in another context than it was sealed in');
  }

  /** The server seals a key of its own, as itself or in the place of somebody. */
  async forge(
    to: HostileUser,
    instance: string,
    secret: RoomSecret | undefined,
    profile: SrtpProfile,
  ): Promise<Uint8Array> {
    const by = { ...this.ghost, instance };
    const message: KeyMessage = {
      ...{
        epoch: 1000 + this.sealed.length,
        step: 0,
        profile,
        asks: true,
        heard: { epoch: 1, step: 0 },
        indices: [],
      },
      ...{ key: this.random(16), salt: this.random(saltBytes[profile]) },
    };
    const options = { room: to.room, secret, identity: ghostIdentity, sender: by, receiver: to.member };
    const bytes = await sealKeyMessage(message, options);
    this.sealed.push({ bytes, by, to: to.member, room: to.room, secret });
    return bytes;
  }

  /** How many of the messages for its own identity the server can open. */
  async readable(secret: RoomSecret | undefined): Promise<number> {
    let count = 0;
    for (const { bytes, by, to, room } of this.sealed) {
      if (to.identity !== this.ghost.identity) continue;
      const options = {
        room,
        secret,
        identity: ghostIdentity,
        sender: by,
        receiver: to,
      };
      count += await openKeyMessage(bytes, options).then(
        () => 1,
        () => 0,
      );
    }
    return count;
  }

  async advance(milliseconds: number): Promise<void> {
    this.now = micros(this.now + millis(milliseconds));
    for (const user of this.users) {
      user.agreement.tick(this.now);
      await user.drain();
    }
  }
}

const identities = [generateIdentity(), generateIdentity(), generateIdentity()];
const ghostIdentity = generateIdentity();
