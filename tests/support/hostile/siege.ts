import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@hellohaybye/core/testing';
import type { Random } from '@hellohaybye/core';
import {
  clientMessageSchemas,
  parseServerMessage,
  serverMessageSchemas,
  type MediaDescription,
  type Participant,
} from '@hellohaybye/signaling';
import {
  generateIdentity,
  generateSession,
  identityToJson,
  RoomSecret,
  sealKeyMessage,
  type Identity,
  type IdentityJson,
} from '@hellohaybye/signaling/keys';
import { startSignalingServer, type SignalingServer } from '@hellohaybye/signaling/server';
import { ownIdentity } from '../../../apps/cli/src/people/identity-file.js';
import { srtpProfile } from '../../../packages/call/src/keys/security.js';
import { HostileProxy, type Direction, type Meddling, type Message } from './hostile-proxy.js';
import { hexOf, Impostor } from './impostor.js';
import { below, invent, pick, type JsonSchema } from './invented-values.js';
import { marksOf, type Marks } from './marked-media.js';
import { UdpRelay } from './udp-relay.js';
import { Victim } from './victim.js';

export const names = ['anna', 'ben', 'carl'] as const;

/** What somebody is told of somebody else. */
export const lies = [
  'true',
  'absent',
  'impostor',
  'key of impostor',
  'false identity',
  'other session',
  'first session',
  'swapped',
  'reflected',
  'redirected',
  'unprotected',
  'other profile',
  'renamed',
] as const;
export type Lie = (typeof lies)[number];

/** What a hostile server does. Numbers are taken modulo how many there are. */
export type Action =
  | {
      do: 'tell';
      to: number;
      lies: Lie[];
      ghost: 'none' | 'stranger' | 'namesake';
      how: 'news' | 'room' | 'reconnect';
    }
  | { do: 'meddle'; to: number; direction: Direction; how: Meddling['how']; left: number }
  | { do: 'release'; to: number }
  | { do: 'replay'; which: number; to: number; direction: Direction }
  | { do: 'invent'; type: number; to: number; direction: Direction; seed: number }
  | { do: 'forge'; to: number; from: number; guess: boolean }
  | { do: 'cut'; to: number; how: number }
  | { do: 'speak' }
  | { do: 'wait'; milliseconds: number };

/** How a room is, and those who are in it. */
export interface Setting {
  secret: boolean;
  /** Whether they know each other from before, know nobody, or let in only whom they know. */
  trust: 'known' | 'new' | 'only known';
  /** Whether all is well before the attack begins. */
  peacefulStart: boolean;
  /** Whether another server takes over afterwards, which knows nothing. */
  freshServer: boolean;
  threads?: boolean;
}

/** What is the same for all sieges: to make it takes a while. */
export interface Cast {
  marks: Marks[];
  folders: Map<string, string>;
  identities: Map<string, string>;
  /** The attacker's. */
  mallory: Identity;
}

export async function makeCast(): Promise<Cast> {
  const folders = new Map(names.map((name) => [name, mkdtempSync(join(tmpdir(), `hhb-${name}-`))]));
  const identities = new Map([...folders].map(([name, folder]) => [name, ownIdentity(folder).publicKey]));
  const marks = await Promise.all([...names, 'mallory'].map(marksOf));
  return { marks, folders, identities, mallory: generateIdentity() };
}

interface Told {
  lies: Lie[];
  ghost: 'none' | 'stranger' | 'namesake';
}

/** Three participants in a room, whose server and network are an attacker's. */
export class Siege {
  readonly victims: Victim[] = [];
  /** How often what was done, and what came of it. */
  readonly tally = new Map<string, number>();
  readonly secret: string | undefined;
  readonly #guess = RoomSecret.generate().text();
  readonly #random: Random;
  readonly #recorded: { name: string; direction: Direction; message: Message }[] = [];
  readonly #fields = new Map<string, unknown[]>();
  readonly #told = new Map<string, Told>();
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
  #server!: SignalingServer;
  #proxy!: HostileProxy;

  private constructor(
    readonly cast: Cast,
    readonly setting: Setting,
    private readonly lies: ReadonlySet<Lie>,
    seed: number,
  ) {
    this.#random = seededRandom(seed);
    this.secret = setting.secret ? RoomSecret.generate().text() : undefined;
  }

  /** @param told all that may be told of somebody: impostors are there as far as they are needed */
  static async begin(cast: Cast, setting: Setting, told: ReadonlySet<Lie>, seed: number): Promise<Siege> {
    const siege = new Siege(cast, setting, told, seed);
    siege.#server = await startServer();
    siege.#proxy = await HostileProxy.start(siege.#server.url, {
      participants: (to, all) => siege.#participants(to, all),
      altered: (message) => siege.#altered(message),
      other: (name) =>
        pick(
          names.filter((one) => one !== name),
          siege.#random,
        ),
      seen: (name, direction, message) => siege.#saw(name, direction, message),
    });
    await siege.#openImpostor('ghost', cast.mallory);
    siege.#proxy.isHonest = setting.peacefulStart;
    await Promise.all(names.map((name) => siege.#bring(name)));
    if (setting.peacefulStart) await siege.#allSeen();
    return siege;
  }

  /** What must never be. */
  get outrages(): string[] {
    return this.victims.flatMap(({ outrages }) => outrages);
  }

  victim(name: string): Victim {
    return this.victims.find((one) => one.name === name)!;
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
        const schemas = Object.values(
          action.direction === 'down' ? serverMessageSchemas : clientMessageSchemas,
        );
        const schema = jsonSchemaOf(schemas[action.type % schemas.length]!);
        const message = this.#invented(schema, seededRandom(action.seed));
        this.count(`invented ${action.direction} ${message.type}`);
        return this.#proxy.say(name, action.direction, message);
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

  /** The server is honest from now on. */
  async makePeace(): Promise<void> {
    this.#told.clear();
    const before = this.#server;
    if (this.setting.freshServer) this.#server = await startServer();
    this.#proxy.becomeHonest(this.#server.url);
    if (before !== this.#server) await before.close();
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

  async #bring(name: string): Promise<void> {
    const { cast, setting } = this;
    const victim = await Victim.enter(name, {
      ...{ server: this.#proxy.url, secret: this.secret, onlyKnown: setting.trust === 'only known' },
      known: setting.trust === 'new' ? new Map() : cast.identities,
      ...{ identityFolder: cast.folders.get(name)!, threads: setting.threads ?? false },
      ...{ marks: cast.marks.find(({ author }) => author === name)!, allMarks: cast.marks },
      ownerOf: (identity) => this.#ownerOf(identity),
    });
    this.victims.push(victim);
  }

  #ownerOf(identity: string): string | undefined {
    if (identity === this.cast.mallory.publicKey) return 'mallory';
    return [...this.cast.identities].find(([, one]) => one === identity)?.[0];
  }

  async #openImpostor(instance: string, identity: Identity): Promise<void> {
    const impostor = await Impostor.open(instance, {
      identity,
      ...(this.secret !== undefined && this.#random.uint32() % 2 === 0 && { secret: this.#guess }),
      send: (to, data) => {
        const name = [...this.#truth.values()].find((one) => one.instance === to)?.name;
        if (name !== undefined && !this.#proxy.isHonest)
          this.#proxy.say(name, 'down', { type: 'key', from: instance, data });
      },
    });
    this.impostors.set(identity === this.cast.mallory ? instance : `${instance}!`, impostor);
  }

  /** Says that a key of its own is that of somebody: sealed in just the context in which theirs would be. */
  async #forge(name: string, as: string, guess: boolean): Promise<void> {
    const [to, from] = [this.#truth.get(name), this.#truth.get(as)];
    if (!to?.media.protection || !from?.media.protection || to === from) return;
    const own = { key: randomBytes(16), salt: randomBytes(14) };
    this.forgedKeys.add(hexOf(own));
    const sealed = await sealKeyMessage(
      { ...own, epoch: 1000, step: below(this.#random, 9), profile: srtpProfile, asks: true, indices: [] },
      {
        room: 'tea',
        sender: { instance: from.instance, ...from.media.protection },
        receiver: { instance: to.instance, ...to.media.protection },
        identity: falseIdentity(from.media.protection.identity, this.cast.mallory),
        secret: guess ? RoomSecret.parse(this.#guess) : undefined,
      },
    );
    const data = Buffer.from(sealed).toString('base64url');
    this.count('forged');
    this.#proxy.say(name, 'down', { type: 'key', from: from.instance, data });
  }

  #saw(name: string, direction: Direction, message: Message): void {
    if (this.#recorded.length < 400) this.#recorded.push({ name, direction, message });
    this.#note(message, '');
    if (direction === 'up' && message.type === 'key') {
      const from = this.#truth.get(name)?.instance;
      const to = String(message['to']);
      for (const one of [this.impostors.get(to), this.impostors.get(`${to}!`)]) {
        if (from !== undefined) one?.heard(from, String(message['data']));
      }
    }
    const parsed = direction === 'down' ? parseServerMessage(JSON.stringify(message)) : undefined;
    if (parsed?.ok && parsed.message.type === 'room') this.#knows(parsed.message.self);
  }

  /** Somebody is in the room, as the true server has it. */
  #knows(participant: Participant): void {
    const { name, media, instance } = participant;
    this.#truth.set(name, participant);
    this.instances.set(instance, name);
    if (!this.#first.has(name)) {
      this.#first.set(name, media);
      void this.#openImpostor(instance, this.cast.mallory);
      const identity = media.protection?.identity;
      if (identity !== undefined)
        void this.#openImpostor(instance, falseIdentity(identity, this.cast.mallory));
      void this.#openRelays(name, media);
    }
  }

  async #openRelays(name: string, { ports }: MediaDescription): Promise<void> {
    const opened = Object.entries(ports).map(
      async ([channel, port]) => [channel, await UdpRelay.before(port)] as const,
    );
    this.#relays.set(name, Object.fromEntries(await Promise.all(opened)));
  }

  /** Values are collected by the name of their field, for inventions. */
  #note(value: unknown, field: string): void {
    const known = this.#fields.get(field) ?? [];
    this.#fields.set(field, known);
    if (field !== 'type' && known.length < 40) known.push(value);
    if (Array.isArray(value)) value.forEach((one) => this.#note(one, ''));
    else if (typeof value === 'object' && value !== null) {
      for (const [name, one] of Object.entries(value)) this.#note(one, name);
    }
  }

  #invented(schema: JsonSchema, random: Random): Message {
    const own: Record<string, unknown[]> = {
      type: [],
      '': [],
      participant: [...this.#truth.values()],
      self: [...this.#truth.values()],
      from: [...this.impostors.keys()],
      identity: [this.cast.mallory.publicKey],
      name: [...names],
      ports: [...this.#relays.values()].map((relays) => portsOf(relays)),
    };
    const seen = (field: string) => {
      const known = field === '' || field === 'type' ? [] : (this.#fields.get(field) ?? []);
      return [...known, ...(own[field] ?? [])];
    };
    const message: Record<string, unknown> = { type: schema.properties!['type']!.const };
    for (const [name, property] of Object.entries(schema.properties!)) {
      if (name === 'type') continue;
      const isNeeded = schema.required?.includes(name) ?? false;
      if (isNeeded || below(random, 2) === 0) message[name] = invent(property, random, seen, name);
    }
    return message as Message;
  }

  /** One field of a message, somewhere in it, gets another value. */
  #altered(message: Message): Message {
    const copy = structuredClone(message);
    let at: Record<string, unknown> = copy;
    for (;;) {
      const fields = Object.keys(at).filter((field) => at !== copy || field !== 'type');
      if (fields.length === 0) return copy;
      const field = pick(fields, this.#random);
      const inner = at[field];
      if (typeof inner === 'object' && inner !== null && below(this.#random, 4) > 0)
        at = inner as Record<string, unknown>;
      else {
        const known = this.#fields.get(field) ?? [];
        if (typeof inner === 'string' && below(this.#random, 3) === 0)
          at[field] = flipped(inner, this.#random);
        else if (known.length > 0) at[field] = pick(known, this.#random);
        return copy;
      }
    }
  }

  /** Counts something. */
  count(what: string, times = 1): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + times);
  }

  #tell(name: string, { lies, ghost, how }: Action & { do: 'tell' }): void {
    this.#told.set(name, { lies, ghost });
    if (how === 'reconnect') return this.#proxy.cut(name, 1001);
    const self = this.#truth.get(name);
    if (!self) return;
    const others = [...this.#truth.values()].filter((one) => one !== self);
    const participants = this.#participants(name, others);
    if (how === 'room') {
      this.#proxy.say(name, 'down', { type: 'room', room: 'tea', call: false, self, participants });
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

  /** How somebody is told of others: as the lies have it that hold for them now. */
  #participants(name: string, all: Participant[]): Participant[] {
    const told = this.#told.get(name);
    const self = this.#truth.get(name);
    if (!told) return all;
    const shown = all.flatMap((one) => {
      const at = (names as readonly string[]).indexOf(one.name);
      return at < 0 ? [one] : this.#lie(self, one, told.lies[at] ?? 'true');
    });
    const ghost = this.impostors.get('ghost');
    if (told.ghost === 'none' || !ghost) return shown;
    if (self) ghost.meet(self.instance, self.media);
    const namesake = told.ghost === 'namesake' ? names.find((one) => one !== name)! : 'zoe';
    return [
      ...shown,
      {
        id: 'ghost',
        instance: 'ghost',
        name: namesake,
        observedAddress: '127.0.0.1',
        media: ghost.media,
        state: {},
      },
    ];
  }

  #lie(self: Participant | undefined, one: Participant, lie: Lie): Participant[] {
    const { media } = one;
    const { protection } = media;
    const next =
      this.#truth.get(names[((names as readonly string[]).indexOf(one.name) + 1) % names.length]!) ?? one;
    const impostor = this.impostors.get(lie === 'false identity' ? `${one.instance}!` : one.instance);
    const protectedBy = (change: object): Participant[] =>
      protection ? [{ ...one, media: { ...media, protection: { ...protection, ...change } } }] : [one];
    switch (lie) {
      case 'true':
        return [one];
      case 'absent':
        return [];
      case 'impostor':
      case 'key of impostor':
      case 'false identity':
        if (!impostor) return [one];
        if (self) impostor.meet(self.instance, self.media);
        return lie !== 'key of impostor'
          ? [{ ...one, media: impostor.media }]
          : protectedBy(impostor.media.protection!);
      case 'other session':
        return protectedBy({ session: generateSession() });
      case 'first session':
        return protectedBy(this.#first.get(one.name)?.protection ?? {});
      case 'swapped':
        return [{ ...one, media: next.media }];
      case 'reflected':
        return self ? [{ ...one, media: self.media }] : [one];
      case 'redirected': {
        const relays = this.#relays.get(one.name);
        return relays ? [{ ...one, media: { ...media, ports: portsOf(relays) } }] : [one];
      }
      case 'unprotected': {
        const { protection: _, ...bare } = media;
        return [{ ...one, media: bare }];
      }
      case 'other profile':
        return protectedBy({ profiles: ['NULL_HMAC_SHA1_80'] });
      case 'renamed':
        return [{ ...one, name: next.name }];
    }
  }
}

type Schema =
  (typeof serverMessageSchemas | typeof clientMessageSchemas)[never] | { toJSONSchema(o: object): unknown };
const jsonSchemas = new Map<Schema, JsonSchema>();
function jsonSchemaOf(schema: Schema): JsonSchema {
  const known = jsonSchemas.get(schema) ?? (schema.toJSONSchema({ io: 'input' }) as JsonSchema);
  jsonSchemas.set(schema, known);
  return known;
}

/** Somebody's public key with the attacker's private one: all that one can do who does not have theirs. */
const falseIdentity = (x: string, attacker: Identity): Identity => {
  const make = attacker.constructor as new (json: IdentityJson) => Identity;
  return new make({ ...identityToJson(attacker), x });
};

const startServer = () =>
  startSignalingServer({
    host: '127.0.0.1',
    port: 0,
    limits: { messagesPerSecond: 1000, messageBurst: 1000 },
  });

const portsOf = (relays: Record<string, UdpRelay>): Record<string, number> =>
  Object.fromEntries(Object.entries(relays).map(([channel, { port }]) => [channel, port]));

function flipped(text: string, random: Random): string {
  const at = below(random, text.length);
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
}
