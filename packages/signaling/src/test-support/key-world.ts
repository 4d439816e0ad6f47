import { micros, millis, type Micros, type Random } from '@hellohaybye/core';
import { VirtualClock, seededRandom } from '@hellohaybye/core/testing';
import { idOf } from '../keys/agreement/generation.js';
import { KeyAgreement, type KeyAgreementOutput } from '../keys/agreement/key-agreement.js';
import type {
  Generation,
  KeyMember,
  KeyMessage,
  OpenedKeyMessage,
  SrtpKey,
  SrtpProfile,
} from '../keys/agreement/types.js';

/** What the network does to key messages. Each is drawn anew for each message. */
export interface KeyNetwork {
  /** 0 to 1. */
  loss: number;
  /** 0 to 1: the share that comes twice. */
  twice: number;
  /** Milliseconds, at most; messages overtake each other within it. */
  delay: number;
}

const profile = 'AEAD_AES_128_GCM';
/** The profiles that somebody has unless others are given. */
const usual: readonly SrtpProfile[] = [profile];
const text = (key: Uint8Array, salt: Uint8Array) => Buffer.concat([key, salt]).toString('hex');

/** A message as it was opened, with a key that the numbers of its generation decide. */
export const openedFrom = (
  sender: KeyUser,
  receiver: KeyUser,
  { epoch, step }: Generation,
): OpenedKeyMessage => ({
  ...{ epoch, step, profile, asks: true, heard: undefined, indices: [] },
  ...{ key: new Uint8Array(16).fill(epoch), salt: new Uint8Array(12).fill(step) },
  context: { room: 'lobby', sender: sender.member, receiver: receiver.member, withSecret: false },
});

/** One participant of a world: an agreement, and what came of its outputs. */
export class KeyUser {
  readonly member: KeyMember & { profiles: readonly SrtpProfile[] };
  readonly agreement: KeyAgreement;
  /** All keys that were ever accepted from or told by anybody, also by steps made from them. */
  readonly learnt = new Set<string>();
  readonly accepted = new Map<string, SrtpKey[]>();
  readonly states = new Map<string, string>();
  readonly sent: { to: KeyMember; message: Omit<KeyMessage, 'indices'>; at: Micros }[] = [];
  /** Every key that was sent with, and from when on. */
  readonly sendKeys: { id: string; profile: SrtpProfile; text: string; from: Micros }[] = [];
  inside = false;
  /** What the server has yet to tell of the roster, in order. */
  news: (() => void)[] = [];

  constructor(member: KeyUser['member'], random: Random) {
    this.member = member;
    const bytes = (count: number) => Uint8Array.from({ length: count }, () => random.uint32() & 0xff);
    this.agreement = new KeyAgreement({ self: this.member, random: bytes });
  }

  get sendKey() {
    return this.sendKeys.at(-1)!;
  }

  /** Whether packets of another can be read now. */
  reads(other: KeyUser): boolean {
    const keys = this.accepted.get(other.member.instance) ?? [];
    return keys.some(({ key, salt }) => text(key, salt) === other.sendKey.text);
  }

  take(output: KeyAgreementOutput, now: Micros): void {
    switch (output.type) {
      case 'peer-keys':
        this.accepted.set(output.peer, output.keys);
        for (const { key, salt } of output.keys) this.learnt.add(text(key, salt));
        break;
      case 'send-key': {
        const { id, profile: of, key, salt } = output.key;
        this.sendKeys.push({ id, profile: of, text: text(key, salt), from: now });
        break;
      }
      case 'message':
        this.sent.push({ to: output.to, message: output.message, at: now });
        break;
      default:
        this.states.set(output.peer, output.type === 'waiting' ? output.reason : output.type);
    }
  }
}

/** A room in virtual time: who is in it is told to all at once or a little later, and messages take their time. */
export class KeyWorld {
  readonly clock = new VirtualClock(micros(1e9));
  readonly random: Random;
  readonly users: KeyUser[] = [];
  /** Whether nobody sends packets. */
  silent = false;
  network: KeyNetwork = { loss: 0, twice: 0, delay: 20 };
  #sessions = 0;
  /** How often an agreement was asked to do what is due, at one instant. */
  #asked = { at: micros(0), times: 0 };

  constructor(seed = 1) {
    this.random = seededRandom(seed);
  }

  /** How much of a thousand. */
  chance(share: number): boolean {
    return this.random.uint32() / 2 ** 32 < share;
  }

  /** Somebody who is not in the room yet. Each has a session of their own. */
  create(instance: string, identity = `identity of ${instance}`, profiles = usual): KeyUser {
    this.#sessions += 1;
    const user = new KeyUser(
      { instance, identity, session: `session ${this.#sessions}`, profiles },
      this.random,
    );
    this.users.push(user);
    return user;
  }

  get inside(): KeyUser[] {
    return this.users.filter(({ inside }) => inside);
  }

  /** Somebody enters; the others hear of it up to `late` milliseconds later. */
  enter(user: KeyUser, late = 0): void {
    const others = this.inside;
    user.inside = true;
    user.news = [];
    user.agreement.enter('lobby', false, this.clock.now());
    for (const other of others) {
      this.#tell(other, late, () => other.agreement.join(user.member, this.clock.now()));
      user.agreement.join(other.member, this.clock.now());
    }
    this.drain(user);
  }

  leave(user: KeyUser, late = 0): void {
    user.inside = false;
    user.agreement.leave(this.clock.now());
    this.drain(user);
    for (const other of this.inside) {
      this.#tell(other, late, () => other.agreement.drop(user.member.instance, this.clock.now()));
    }
  }

  /** Carries out all that an agreement wants, and comes back at its deadline. */
  drain(user: KeyUser): void {
    for (let output = user.agreement.poll(); output; output = user.agreement.poll()) {
      user.take(output, this.clock.now());
      if (output.type === 'message') this.#carry(user, output.to, output.message);
      if (output.type === 'send-key') this.usedBy(user);
    }
    const deadline = user.agreement.nextDeadline();
    if (deadline === undefined) return;
    this.clock.schedule(micros(Math.max(deadline, this.clock.now())), () => {
      const due = user.agreement.nextDeadline();
      if (due === undefined || due > this.clock.now()) return;
      this.#countDue();
      user.agreement.tick(this.clock.now());
      this.drain(user);
    });
  }

  /** Packets of somebody get to everybody who can read them. */
  usedBy(user: KeyUser): void {
    if (this.silent) return;
    for (const other of this.inside) {
      this.#later(20, () => {
        if (!user.inside || !other.inside || !other.reads(user)) return;
        other.agreement.keyUsed(user.member.instance, user.sendKey.id, this.clock.now());
        this.drain(other);
      });
    }
  }

  advance(milliseconds: number): void {
    this.clock.advance(millis(milliseconds));
  }

  /** Who is in the room and can't be read by somebody who is. */
  unread(): string[] {
    const pairs = this.inside.flatMap((one) => this.inside.map((other) => [one, other] as const));
    return pairs
      .filter(([one, other]) => one !== other && !one.reads(other))
      .map(([one, other]) => `${one.member.instance} of ${other.member.instance} ${other.sendKey.id}`);
  }

  /** All that anybody was told, by whom it was: `epoch.step` of each message. */
  told(user: KeyUser, instance: string): string[] {
    return user.sent.filter(({ to }) => to.instance === instance).map(({ message }) => idOf(message));
  }

  #carry(from: KeyUser, to: KeyMember, message: Omit<KeyMessage, 'indices'>): void {
    const opened: OpenedKeyMessage = {
      ...{ ...message, indices: [] },
      context: { room: 'lobby', sender: from.member, receiver: to, withSecret: false },
    };
    const times = this.chance(this.network.loss) ? 0 : this.chance(this.network.twice) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      this.#later(this.network.delay, () => {
        // Only the session that it was sealed for can open it.
        const receiver = this.users.find(({ member, inside }) => inside && member.session === to.session);
        if (!receiver) return;
        receiver.learnt.add(text(message.key, message.salt));
        receiver.agreement.receive(from.member.instance, opened, this.clock.now());
        this.drain(receiver);
      });
    }
  }

  /** A deadline that stays when what is due was done would hold up time for ever. */
  #countDue(): void {
    const at = this.clock.now();
    this.#asked = { at, times: this.#asked.at === at ? this.#asked.times + 1 : 1 };
    if (this.#asked.times > mostAtOnce) throw new Error('What is due is not done, again and again');
  }

  /** News of the roster come late, but in their order. */
  #tell(user: KeyUser, late: number, news: () => void): void {
    user.news.push(news);
    this.#later(late, () => {
      if (user.inside) user.news.shift()?.();
      this.drain(user);
    });
  }

  #later(milliseconds: number, run: () => void): void {
    const delay = (this.random.uint32() / 2 ** 32) * milliseconds;
    this.clock.schedule(micros(this.clock.now() + millis(delay)), run);
  }
}

/** All users of a world, and some more. */
const mostAtOnce = 1000;
