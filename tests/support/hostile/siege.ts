import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Random } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import {
  givenName,
  parseServerMessage,
  type MediaDescription,
  type Participant,
} from '@hellohaybye/signaling';
import { isRoomSecret, RoomSecret, type Identity } from '@hellohaybye/signaling/keys';
import { startSignalingServer, type SignalingServer } from '@hellohaybye/signaling/server';
import { names, type Action, type Lie, type Setting } from './actions.js';
import { falseIdentity, ownerOf, type Cast } from './cast.js';
import { forge } from './forge.js';
import { HostileProxy, type Direction, type Meddling, type Message } from './hostile-proxy.js';
import { hexOf, Impostor } from './impostor.js';
import { Inventor } from './inventor.js';
import { below, pick } from './invented-values.js';
import { ToldRoster } from './told-roster.js';
import { portsOf, UdpRelay } from './udp-relay.js';
import { meetingPlace, Victim } from './victim.js';

/** Three participants in a room or a call, whose server and network are an attacker's. */
export class Siege {
  readonly victims: Victim[] = [];
  /** How often what was done, and what came of it. */
  readonly tally = new Map<string, number>();
  readonly secret: string | undefined;
  /** Where one of them is, or was last, by the true server. */
  room = meetingPlace;
  readonly #guess = RoomSecret.generate().text();
  readonly #random: Random;
  readonly #recorded: { name: string; direction: Direction; message: Message }[] = [];
  readonly #inventor = new Inventor((field) => this.#ownValues(field));
  /** Everybody as they are, and as they were first, by name. */
  readonly #truth = new Map<string, Participant>();
  readonly #first = new Map<string, MediaDescription>();
  readonly #relays = new Map<string, Record<string, UdpRelay>>();
  /** By the instance that they take, and those who take the identity too, as far as one can, by `instance!`. */
  readonly impostors = new Map<string, Impostor>();
  /** Keys that the attacker said to be somebody's, in hex. */
  readonly forgedKeys = new Set<string>();
  /** Whose instance it is, or was. */
  readonly instances = new Map<string, string>();
  readonly #told: ToldRoster;
  /** How many sealed messages were under way. */
  #sealed = 0;
  /** Has an event by the name of who greets a server that is honest. */
  readonly #greetings = new EventEmitter();
  #server!: SignalingServer;
  #proxy!: HostileProxy;

  private constructor(
    readonly cast: Cast,
    readonly setting: Setting,
    private readonly lies: ReadonlySet<Lie>,
    seed: number,
  ) {
    this.#random = seededRandom(seed);
    this.#told = new ToldRoster({
      ...{ truth: this.#truth, first: this.#first, relays: this.#relays, impostors: this.impostors },
    });
    this.secret = setting.secret && !setting.call ? RoomSecret.generate().text() : undefined;
  }

  /**
   * @param told all that may be told of somebody: impostors are there as far as they are needed
   * @param before is done when all are there, and nobody has called anybody
   */
  static async begin(
    cast: Cast,
    setting: Setting,
    told: ReadonlySet<Lie>,
    seed: number,
    before: (siege: Siege) => void = () => undefined,
  ): Promise<Siege> {
    const siege = new Siege(cast, setting, told, seed);
    siege.#server = await startServer();
    siege.#proxy = await HostileProxy.start(siege.#server.url, {
      participants: (to, all) => siege.#told.participants(to, all),
      altered: (message) => siege.#inventor.altered(message, siege.#random),
      other: (name) =>
        pick(
          names.filter((one) => one !== name),
          siege.#random,
        ),
      seen: (name, direction, message) => siege.#saw(name, direction, message),
    });
    await siege.#openImpostor('ghost', cast.mallory);
    siege.#proxy.isHonest = setting.peacefulStart;
    siege.victims.push(...(await Promise.all(names.map((name) => siege.#bring(name)))));
    before(siege);
    if (setting.call) await siege.callTogether();
    if (setting.peacefulStart) await siege.#allSeen();
    return siege;
  }

  /** Where all are who were not led away. */
  get home(): string {
    return this.setting.call ? this.room : meetingPlace;
  }

  /** What must never be. */
  get outrages(): string[] {
    return this.victims.flatMap(({ outrages }) => outrages);
  }

  /** All that the attacker's sockets got. */
  get datagrams(): Buffer[] {
    const relays = [...this.#relays.values()].flatMap((all) => Object.values(all));
    return [...relays, ...[...this.impostors.values()].map(({ relay }) => relay)].flatMap(
      (one) => one.datagrams,
    );
  }

  async carryOut(action: Action): Promise<void> {
    this.#proxy.isHonest = false;
    const name = 'to' in action ? names[action.to % names.length]! : names[0];
    switch (action.do) {
      case 'tell':
        return this.#tell(name, action);
      case 'meddle':
        return this.#proxy.meddle(name, action);
      case 'release':
        return this.#proxy.release(name);
      case 'replay': {
        const { message, direction } =
          this.#recorded[action.which % Math.max(1, this.#recorded.length)] ?? {};
        if (!message || !direction) return;
        this.count(`replayed ${direction} ${message.type}`);
        return this.#proxy.say(name, direction, message);
      }
      case 'invent': {
        const { direction, type, seed } = action;
        const message = this.#inventor.message(direction, type, seededRandom(seed));
        this.count(`invented ${direction} ${message.type}`);
        return this.#proxy.say(name, direction, message);
      }
      case 'forge':
        return this.#forge(name, names[action.from % names.length]!, action.guess);
      case 'cut': {
        const [code, reason] = [
          [1001, ''],
          [1008, 'removed'],
          [4001, ''],
          [4002, this.#proxy.url],
        ][action.how % 4] as [number, string];
        return this.#proxy.cut(name, code, reason);
      }
      case 'speak':
        for (const victim of this.victims) victim.write();
        for (const impostor of this.impostors.values()) impostor.speak();
        return;
      case 'wait':
        await new Promise((resolve) => setTimeout(resolve, action.milliseconds));
    }
  }

  /** The first calls the others, as soon as the server knows nobody of whom it has not been told that they have gone. */
  async callTogether(): Promise<void> {
    const [first] = this.victims as [Victim];
    for (let tries = 1; ; tries += 1) {
      try {
        return void (await first.call.invite(names.slice(1)));
      } catch (error) {
        if (tries === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** Secrets that come for somebody suffer something, until there is peace. */
  meddleWithSecrets(to: string, how: Meddling['how']): void {
    this.#proxy.isHonest = false;
    this.#proxy.meddle(to, { direction: 'down', how, left: Infinity, only: isSecret });
  }

  /** The secrets that were under way to somebody: the messages as they came from the true server. */
  secretsFor(name: string): Message[] {
    return this.#sealedFor(name).filter(isSecret);
  }

  /** The keys that somebody's instance sent to somebody. */
  keysFor(name: string, from: string): Message[] {
    return this.#sealedFor(name).filter((one) => one['from'] === from && !isSecret(one));
  }

  /** Resolves when all keys have been told: when no message has been under way for longer than one is waited with. */
  async keysSettled(): Promise<void> {
    for (let before = -1; before !== this.#sealed;) {
      before = this.#sealed;
      await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    }
  }

  /** Says something to somebody in the name of the server. */
  say(name: string, message: Message): void {
    this.#proxy.say(name, 'down', message);
  }

  /** The server is honest from now on. */
  async makePeace(): Promise<void> {
    this.#told.clear();
    const before = this.#server;
    if (this.setting.freshServer) this.#server = await startServer();
    this.#proxy.becomeHonest(this.#server.url);
    if (before !== this.#server) await before.close();
  }

  /** Resolves when somebody greets a server that is honest. */
  greetingOf(name: string): Promise<void> {
    return new Promise((resolve) => this.#greetings.once(name, () => resolve()));
  }

  get url(): string {
    return this.#proxy.url;
  }

  async end(): Promise<void> {
    await Promise.all(this.victims.map((victim) => victim.close()));
    await Promise.all([...this.impostors.values()].map((impostor) => impostor.close()));
    for (const relays of this.#relays.values()) for (const relay of Object.values(relays)) relay.close();
    await this.#proxy.close();
    await this.#server.close();
  }

  async #allSeen(): Promise<void> {
    const all = this.victims.map(async (one) => {
      for (const name of names) if (one.name !== name) await one.sees(name, 10_000);
    });
    await Promise.all(all);
  }

  #bring(name: string): Promise<Victim> {
    const { cast, setting } = this;
    return Victim.enter(name, {
      ...{
        server: this.#proxy.url,
        secret: this.secret,
        call: setting.call,
        onlyKnown: setting.trust === 'only known',
      },
      known: setting.trust === 'new' ? new Map() : cast.identities,
      ...{ identityFolder: cast.folders.get(name)!, threads: setting.threads },
      ...{ marks: cast.marks.find(({ author }) => author === name)!, allMarks: cast.marks },
      ownerOf: (identity) => ownerOf(identity, cast),
    });
  }

  async #openImpostor(instance: string, identity: Identity): Promise<void> {
    const impostor = await Impostor.open(instance, {
      identity,
      ...(this.setting.secret && this.#random.uint32() % 2 === 0 && { secret: this.#guess }),
      send: (to, data) => {
        const name = this.instances.get(to);
        if (name !== undefined && !this.#proxy.isHonest)
          this.#proxy.say(name, 'down', { type: 'key', from: instance, data });
      },
    });
    this.impostors.set(identity === this.cast.mallory ? instance : `${instance}!`, impostor);
    this.#lead(impostor);
  }

  /**
   * An impostor is where the others are. In the place of who was called it would like to be told the secret by who has
   * called; in any other it says that it has one.
   */
  #lead(impostor: Impostor): void {
    const caller = this.#truth.get(names[0]);
    const isCalled = this.setting.call && ![caller?.instance, 'ghost'].includes(impostor.instance);
    impostor.enter(this.room, isCalled && caller ? { by: 'invitation', from: caller } : { by: 'joining' });
  }

  /** Says that a key of its own is that of somebody, and in a call that a secret is. */
  async #forge(name: string, as: string, guess: boolean): Promise<void> {
    const [to, from] = [this.#truth.get(name), this.#truth.get(as)];
    if (!to || !from) return;
    const own = { key: randomBytes(16), salt: randomBytes(14), step: below(this.#random, 9) };
    this.forgedKeys.add(hexOf(own));
    const { room, setting, cast } = this;
    const secret = guess ? this.#guess : undefined;
    const forged = await forge({
      ...{ ...own, room, from, to, secret, mallory: cast.mallory, handsOn: setting.call },
    });
    for (const data of forged) this.say(name, { type: 'key', from: from.instance, data });
    if (forged.length > 0) this.count(setting.call ? 'forged with a secret' : 'forged');
  }

  #saw(name: string, direction: Direction, message: Message): void {
    if (this.#proxy.isHonest && message.type === 'hello') this.#greetings.emit(name);
    if (message.type === 'key') this.#sealed += 1;
    if (this.#recorded.length < 400) this.#recorded.push({ name, direction, message });
    this.#inventor.note(message);
    if (direction === 'down' && isSecret(message)) this.count('secrets under way');
    if (direction === 'up' && message.type === 'key') {
      const from = this.#truth.get(name)?.instance;
      const to = String(message['to']);
      for (const one of [this.impostors.get(to), this.impostors.get(`${to}!`)]) {
        if (from !== undefined) one?.heard(from, String(message['data']));
      }
    }
    const parsed = direction === 'down' ? parseServerMessage(JSON.stringify(message)) : undefined;
    if (parsed?.ok && parsed.message.type === 'room') this.#knows(parsed.message.self, parsed.message.room);
  }

  /** Somebody is in the room, as the true server has it. */
  #knows(participant: Participant, room: string): void {
    const { media, instance } = participant;
    // Who comes back before they have gone has a number.
    const name = givenName(participant.name);
    this.#truth.set(name, participant);
    this.instances.set(instance, name);
    if (this.room !== room) {
      this.room = room;
      for (const impostor of this.impostors.values()) this.#lead(impostor);
    }
    if (!this.#first.has(name)) {
      this.#first.set(name, media);
      const { lies, cast } = this;
      if (lies.has('impostor') || lies.has('key of impostor') || lies.has('stranger'))
        void this.#openImpostor(instance, cast.mallory);
      const identity = media.protection?.identity;
      if (lies.has('false identity') && identity !== undefined) {
        void this.#openImpostor(instance, falseIdentity(identity, cast.mallory));
      }
      if (lies.has('redirected')) void this.#openRelays(name, media);
    }
  }

  async #openRelays(name: string, { ports }: MediaDescription): Promise<void> {
    const opened = Object.entries(ports).map(
      async ([channel, port]) => [channel, await UdpRelay.before(port)] as const,
    );
    this.#relays.set(name, Object.fromEntries(await Promise.all(opened)));
  }

  #sealedFor(name: string): Message[] {
    const came = this.#recorded.filter((one) => one.name === name && one.direction === 'down');
    return came.map(({ message }) => message).filter(({ type }) => type === 'key');
  }

  /** What the attacker has of its own to put into a field of a message. */
  #ownValues(field: string): readonly unknown[] {
    const own: Record<string, () => readonly unknown[]> = {
      participant: () => [...this.#truth.values()],
      self: () => [...this.#truth.values()],
      from: () => [...this.impostors.values()].map(({ instance }) => instance),
      identity: () => [this.cast.mallory.publicKey],
      name: () => names,
      ports: () => [...this.#relays.values()].map(portsOf),
    };
    return own[field]?.() ?? [];
  }

  /** Counts something. */
  count(what: string, times = 1): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + times);
  }

  #tell(name: string, { lies, ghost, how }: Action & { do: 'tell' }): void {
    this.#told.tell(name, { lies, ghost });
    if (how === 'reconnect') return this.#proxy.cut(name, 1001);
    const self = this.#truth.get(name);
    if (!self) return;
    const others = [...this.#truth.values()].filter((one) => one !== self);
    const participants = this.#told.participants(name, others);
    if (how === 'room') {
      this.#proxy.say(name, 'down', {
        type: 'room',
        room: this.room,
        call: this.setting.call,
        self,
        participants,
      });
      return;
    }
    for (const { id, name: gone } of others) {
      if (!participants.some((one) => one.id === id)) {
        this.#proxy.say(name, 'down', { type: 'participant-left', id, name: gone, reason: 'left' });
      }
    }
    for (const participant of participants)
      this.#proxy.say(name, 'down', { type: 'participant-joined', participant });
  }
}

/** Whether it is a secret that somebody hands on. */
const isSecret = ({ type, data }: Message): boolean =>
  type === 'key' && isRoomSecret(Buffer.from(String(data), 'base64url'));

/** More than news of a step wait (a second), and than the pauses between the first repetitions. */
const SETTLED_MS = 1500;

const startServer = () =>
  startSignalingServer({
    host: '127.0.0.1',
    port: 0,
    limits: { messagesPerSecond: 1000, messageBurst: 1000 },
  });
