import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatLine, Notice, Security } from '@hellohaybye/call';
import { createJpegCodec } from '@hellohaybye/codec';
import { millis } from '@hellohaybye/core';
import { systemClock, systemRandom } from '@hellohaybye/core/node';
import { givenName } from '@hellohaybye/signaling';
import { connectSignaling, type SignalingClient } from '@hellohaybye/signaling/client';
import { openTransport, type Transport } from '@hellohaybye/transport/node';
import { openCallSecurity } from '../../../apps/cli/src/people/call-security.js';
import { identityFile, ownIdentity } from '../../../apps/cli/src/people/identity-file.js';
import { KnownPeople } from '../../../apps/cli/src/people/known-people.js';
import { sessionSecurity } from '../../../apps/cli/src/people/session-security.js';
import { Call } from '../../../packages/call/src/call.js';
import { Closers } from '../../../packages/call/src/closers.js';
import { serializeControl } from '../../../packages/call/src/control/control-message.js';
import { srtpProfiles } from '@hellohaybye/signaling/keys';
import { controlStream, describeStreams } from '../../../packages/call/src/media-description.js';
import { hexOf } from './impostor.js';
import { authorOf, lineOf, sourcesOf, type Marks } from './marked-media.js';

const profile = srtpProfiles[0]!;

/** How a participant comes to a room. */
export interface Coming {
  server: string;
  secret: string | undefined;
  /** Whether they come to call or be called, and to no room. */
  call: boolean;
  onlyKnown: boolean;
  /** Whom they know already: identities by name. */
  known: ReadonlyMap<string, string>;
  /** A folder in which their identity is. */
  identityFolder: string;
  marks: Marks;
  /** Those of all whose media there may be. */
  allMarks: readonly Marks[];
  /** Who may be behind an identity: the name of the author of what is sent under it. */
  ownerOf: (identity: string) => string | undefined;
  /** Whether sockets and engine are in a thread of their own, as they are in the program. */
  threads: boolean;
}

/** A participant, with the real parts of one but for camera and screen, that keeps an eye on what it is given. */
export class Victim {
  call!: Call;
  /** What must never be. */
  readonly outrages: string[] = [];
  /** The lines that others wrote. */
  readonly lines: string[] = [];
  notices: Notice[] = [];
  /** The identities that were let in, and those that stood in the roster. */
  readonly letIn = new Set<string>();
  readonly announced = new Set<string>();
  /** Keys that were taken as those of a peer, in hex. */
  readonly accepted = new Map<string, { identity: string | undefined; name: string | undefined }>();
  /** Pictures and sounds that came, by their author. */
  readonly came = new Map<string, number>();
  readonly people: KnownPeople;
  #pins = new Map<string, string>();
  #written = 0;
  readonly #told = new EventEmitter();
  #client!: SignalingClient;
  #transport!: Transport;
  #isClosed = false;
  readonly #folder: string;
  readonly #coming: Coming;

  private constructor(
    readonly name: string,
    coming: Coming,
  ) {
    this.#coming = coming;
    this.#folder = mkdtempSync(join(tmpdir(), 'hhb-victim-'));
    cpSync(identityFile(coming.identityFolder), identityFile(this.#folder));
    this.people = new KnownPeople(this.#folder);
    for (const [other, identity] of coming.known) if (other !== name) this.people.trust(other, identity);
    this.#learn();
  }

  static async enter(name: string, coming: Coming): Promise<Victim> {
    const victim = new Victim(name, coming);
    await victim.comeAgain(coming.server);
    return victim;
  }

  get identity(): string {
    return ownIdentity(this.#folder).publicKey;
  }

  /** Whether somebody may be here, by what is known of their name by now. */
  admits(other: Victim): boolean {
    return this.#mayBe(other.call.name, other.identity);
  }

  /** A number is the server's: by a name with one somebody is known or new, and never another than before. */
  #mayBe(name: string, identity: string): boolean {
    const [pinned, given] = [this.#pins.get(name), givenName(name)];
    if (pinned === identity) return true;
    // Our own key, under a name that is not ours, is one that anybody can announce.
    if (pinned === undefined && identity === this.identity) return given === givenName(this.name);
    if (given === name) return pinned === undefined && !this.#coming.onlyKnown;
    return this.#pins.get(given) === identity || !this.#coming.onlyKnown;
  }

  /** Those who stand in the roster, are not to be let in, and of whom nothing was told. */
  get untold(): string[] {
    const refused = this.call.others.filter(({ name, media: { protection } }) => {
      if (!protection) return true;
      // Of two who come under a new name, who proves it first has it: the other may not have tried yet.
      if (this.#coming.known.size === 0) return false;
      return !this.#mayBe(name, protection.identity);
    });
    return refused
      .filter(({ name }) => !this.#wasTold('not-let-in', name))
      .map(({ name }) => `${this.name} is not told why ${name} is not let in`);
  }

  /** Waits until it was told something of somebody. @returns whether it was, in time */
  async isTold(code: string, name: string, milliseconds: number): Promise<boolean> {
    const signal = AbortSignal.timeout(milliseconds);
    try {
      while (!this.#wasTold(code, name)) await once(this.#told, 'notice', { signal });
      return true;
    } catch {
      return false;
    }
  }

  #wasTold(code: string, name: string): boolean {
    return this.notices.some((notice) => notice.code === code && notice.message.startsWith(name));
  }

  /**
   * Resolves when the server is back, or is given up.
   * @param greeted resolves when they greet it: what they hear before is of earlier connections, errors too
   */
  async back(greeted: Promise<void>, milliseconds: number): Promise<void> {
    if (this.#isClosed) return;
    const client = this.#client;
    await new Promise<void>((resolve) => {
      const isBack = () => resolve();
      client.once('closed', isBack);
      void greeted.then(() => client.once('resumed', isBack).once('rejoined', isBack));
      AbortSignal.timeout(milliseconds).addEventListener('abort', isBack);
    });
  }

  /** Whether they are where they wanted to be, as far as they know. */
  isIn(room: string): boolean {
    return !this.#isClosed && this.call.room === room;
  }

  /** Leaves, and begins a new call as the same person. */
  async comeBack(server: string): Promise<void> {
    await this.call.leave();
    await this.comeAgain(server);
  }

  /** Begins a call. */
  async comeAgain(server = this.#coming.server): Promise<void> {
    const { marks, threads } = this.#coming;
    const loopback = { host: '127.0.0.1', port: 0 };
    const [client, transport] = await Promise.all([
      connectSignaling({
        url: server,
        name: this.name,
        reconnect: { first: millis(20), longest: millis(200) },
      }),
      openTransport({
        channels: { video: loopback, audio: loopback },
        protection: {
          key: { id: 'none', profile, key: randomBytes(16), salt: randomBytes(14) },
        },
        worker: threads,
      }),
    ]);
    this.#client = client;
    this.#transport = transport;
    this.#isClosed = false;
    client.on('closed', () => (this.#isClosed = true));
    const setPeerKeys = transport.setPeerKeys.bind(transport);
    transport.setPeerKeys = (peer, keys, indices) => {
      for (const key of keys) this.accepted.set(hexOf(key), this.#view(peer));
      setPeerKeys(peer, keys, indices);
    };
    const codec = createJpegCodec();
    const { video, audio } = sourcesOf(marks, () => systemClock.now(), SAMPLE_RATE);
    const closers = new Closers();
    for (const part of [client, codec, transport, video, audio]) closers.add(part);
    const format = { sampleRate: SAMPLE_RATE, channels: 1 };
    const media = describeStreams({ video: true, audio: true, ...format }, systemRandom);
    for (const one of media) transport.addOutgoing(one);
    const description = {
      candidates: [{ address: '127.0.0.1', family: 4 as const }],
      ports: transport.ports,
      streams: [...media, controlStream(transport.controlSsrc)],
    };
    const none = { output: undefined, page: undefined, sends: { audio: true, video: true } };
    this.call = new Call(
      { ...{ client, transport, codec, video, audio, closers }, ...none, describe: () => description },
      {
        ...{
          server,
          name: this.name,
          video: '',
          audio: '',
          width: 0,
          height: 0,
          fps: 50,
          quality: 60,
          ...format,
        },
        ...{ chunkSamples: 160, speaker: 'none', page: false, mediaHost: '127.0.0.1', clock: systemClock },
        ports: { video: { port: 0, fallback: true }, audio: { port: 0, fallback: true } },
        security: this.#security,
        answer: this.#coming.call ? 'auto' : 'ask',
        onNotice: (notice) => {
          this.notices.push(notice);
          this.#told.emit('notice');
        },
      },
    );
    this.#watch();
    if (!this.#coming.call)
      await this.call
        .join(meetingPlace)
        .catch((error: Error) => this.notices.push({ code: 'join-failed', message: error.message }));
    this.call.begin();
  }

  /** Writes a line that tells who wrote it. */
  write(): void {
    this.call.chat(lineOf(this.name, ++this.#written));
  }

  /** A line of somebody's comes that was under way in the transport's thread. */
  takeLate(peer: string, author: string): void {
    const data = serializeControl({ type: 'chat', id: 'late-1', text: lineOf(author, 0) });
    this.#transport.emit('control', { peer, data });
  }

  /** Waits until something of an author has come that had not come before. @returns whether it came in time */
  async sees(author: string, milliseconds: number): Promise<boolean> {
    const before = this.came.get(author) ?? 0;
    const signal = AbortSignal.timeout(milliseconds);
    try {
      while ((this.came.get(author) ?? 0) === before) await once(this.call, 'frame', { signal });
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.call.leave();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #security(): Security {
    const { secret, onlyKnown } = this.#coming;
    const opened = openCallSecurity({
      ...{ name: this.name, onlyKnown, folder: this.#folder },
      ...(secret !== undefined && { secret: Buffer.from(secret, 'base64url') }),
    });
    const { judge, met, ...rest } = sessionSecurity(opened);
    const noted =
      (decide: NonNullable<Security['judge']>): NonNullable<Security['judge']> =>
      (name, identity) => {
        const judgement = decide(name, identity);
        if (judgement.admitted) this.letIn.add(identity);
        this.#learn();
        return judgement;
      };
    return { ...rest, judge: noted(judge!), met: noted(met!) };
  }

  #learn(): void {
    this.#pins = new Map(this.people.list().map(({ name, identity }) => [name, identity]));
  }

  /** How somebody stands in the roster. */
  #view(peer: string): { identity: string | undefined; name: string | undefined } {
    const one = this.call.others.find(({ id }) => id === peer);
    return { identity: one?.media.protection?.identity, name: one?.name };
  }

  #watch(): void {
    const { call } = this;
    const note = ({ media }: { media: { protection?: { identity: string } } }) => {
      if (media.protection) this.announced.add(media.protection.identity);
    };
    call.on('joined', note).on('changed', note);
    call.on('frame', ({ peer, data, format }) => {
      const author = authorOf(data, this.#coming.allMarks);
      if (author !== undefined) this.came.set(author, (this.came.get(author) ?? 0) + 1);
      this.#judge(peer, author, `${data.length} bytes of ${format}`);
    });
    call.on('chat', (line: ChatLine) => {
      if (line.self) return;
      this.lines.push(line.text);
      const author = /^<(\w+) writes>/.exec(line.text)?.[1];
      this.#judge(line.id.split(' ')[0]!, author, `the line "${line.text}" from ${line.from}`);
    });
  }

  /** Whether what came is of whom it is said to be of. */
  #judge(peer: string, author: string | undefined, what: string): void {
    const { identity, name = '' } = this.#view(peer);
    const owner = identity === undefined ? undefined : this.#coming.ownerOf(identity);
    const pinned = this.#pins.get(name);
    if (owner === undefined || owner !== author) {
      this.outrages.push(
        `${this.name} took ${what} of ${author} as of ${name}, whose key is that of ${owner}`,
      );
    }
    if (pinned !== undefined && pinned !== identity) {
      this.outrages.push(
        `${this.name} took ${what} of ${author} as of ${name}, whom they know by another key`,
      );
    }
  }
}

/** The room to which all come who do not call. */
export const meetingPlace = 'tea';

const SAMPLE_RATE = 8000;
