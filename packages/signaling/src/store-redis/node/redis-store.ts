import { randomBytes } from 'node:crypto';
import { HhbError, messageOf, micros, toMillis, type Clock, type Micros } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import type { Participant } from '../../protocol/types.js';
import type { RoomLimits } from '../../room/rooms.js';
import type { RoomStore, StoreCommand, StoreListener } from '../../room/store.js';
import { logVersion } from '../log-entry.js';
import { Member, tickInterval, type MemberOutput } from '../member.js';
import { Replica, type SavedReplica } from '../replica.js';
import { beginning, disconnectMs, RedisLog, type ReadEntry, type RedisLogOptions } from './redis-log.js';

/** How a store is opened. */
export interface RedisStoreOptions extends RedisLogOptions {
  /** Told what whoever runs the server should know. Default: nobody is. */
  logger?: StoreLogger;
  /**
   * How many rooms there may be at all processes together, and how many people in one. To be the same in all of them:
   * otherwise one lets in whom another refuses, and they disagree from then on. Default: no limits.
   */
  limits?: RoomLimits;
}

/** Where the store logs to; pino's loggers fit. */
export interface StoreLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * Opens the store that several server processes share through Redis (6.2 or newer).
 * @throws HhbError `bad-store-url`, `store-unreachable`, `store-outdated` (a newer program uses the log; this one
 *   has to be updated)
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<RedisStore> {
  const store = new RedisStore(options);
  await store.open();
  return store;
}

/** A store behind Redis; see {@link openRedisStore}. */
export class RedisStore implements RoomStore {
  /** Resolves with why, when this process must not take part any more: `store-outdated`. */
  readonly failed: Promise<HhbError>;
  readonly #clock: Clock = systemClock;
  readonly #log: RedisLog;
  readonly #logger: StoreLogger;
  readonly #limits: RoomLimits | undefined;
  #replica: Replica;
  #member!: Member;
  #position = beginning;
  #listener: StoreListener = () => {};
  #fail!: (error: HhbError) => void;
  #error: HhbError | undefined;
  #answeredAt = this.#clock.now();
  #isAway = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  readonly #waiting = new Set<() => void>();

  constructor({ logger, limits, ...options }: RedisStoreOptions) {
    this.#limits = limits;
    this.#replica = new Replica(limits);
    const nothing = () => {};
    this.#logger = logger ?? { info: nothing, warn: nothing, error: nothing };
    this.failed = new Promise((resolve) => (this.#fail = resolve));
    this.#log = new RedisLog(options, {
      ready: () => {
        this.#member?.again();
        this.#drain();
      },
      problem: (reason) => this.#noteAway(reason),
    });
  }

  /** Connects, reads what is there and takes part. To be called once. */
  async open(): Promise<void> {
    await this.#log.connect();
    try {
      await this.#load();
      this.#enter();
      this.#ticker = setInterval(() => this.#tick(), toMillis(tickInterval));
      this.#reading = this.#read();
      await this.#until(() => this.#member.isIn || this.#error !== undefined, openWithin);
      if (this.#error) throw this.#error;
      if (!this.#member.isIn) throw new HhbError('store-unreachable', 'Redis takes nothing into its log');
    } catch (error) {
      this.#stop();
      throw error;
    }
  }

  get isAvailable(): boolean {
    return !this.#error && !this.#isClosed && this.#member.isAvailable(this.#clock.now());
  }

  subscribe(listener: StoreListener): void {
    this.#listener = listener;
    this.#tellOccupancy('joined');
  }

  execute(command: StoreCommand): void {
    this.#member.execute(command, this.#clock.now());
    this.#drain();
  }

  /** The store sees to what is due by itself. */
  nextDeadline(): undefined {
    return undefined;
  }

  participants(room: string): Participant[] {
    return this.#replica.directory.participants(room);
  }

  isSuspended(id: string): boolean {
    return this.#replica.directory.isSuspended(id);
  }

  /** How much there is of what, at all processes. */
  statistics(): { sessions: number; rooms: number; invitations: number; processes: number } {
    return { ...this.#replica.directory.statistics(), processes: this.#replica.processes().length };
  }

  /**
   * Takes its leave of the others, when Redis takes it in time.
   * @param within at most two seconds, which it is when left out
   */
  async close(within: Micros = longestLeave): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#member.leave();
    this.#drain();
    // What is left of the time is for the connections to end.
    const patience = Math.max(0, toMillis(micros(Math.min(within, longestLeave))) - disconnectMs);
    await this.#until(() => this.#member.isIdle || !this.#member.isIn, patience);
    this.#stop();
    await this.#reading;
  }

  #stop(): void {
    this.#isClosed = true;
    clearInterval(this.#ticker);
    clearTimeout(this.#retry);
    this.#log.close();
  }

  /** The replica as it was stored last; the rest is read after that. */
  async #load(): Promise<void> {
    const stored = await this.#log.snapshot();
    if (stored && stored.version > logVersion) throw outdated(stored.version);
    this.#replica = stored
      ? Replica.load(JSON.parse(stored.state) as SavedReplica, this.#limits)
      : new Replica(this.#limits);
    this.#position = stored?.id ?? beginning;
  }

  #enter(): void {
    this.#member = new Member(randomBytes(8).toString('hex'), this.#replica, this.#clock.now());
    this.#drain();
  }

  async #read(): Promise<void> {
    while (!this.#isClosed && !this.#error) {
      try {
        const entries = await this.#log.read(this.#position);
        this.#answered();
        if (entries) this.#take(entries);
        else await this.#reload();
      } catch (error) {
        if (this.#isClosed) return;
        this.#noteAway(messageOf(error));
        await new Promise((resolve) => setTimeout(resolve, pauseAfterError));
      }
    }
  }

  #take(entries: readonly ReadEntry[]): void {
    const member = this.#member;
    for (const { id, at, fields } of entries) {
      this.#position = id;
      member.read(fields, at, this.#clock.now());
      this.#drain();
      // Whoever begins anew goes on with the entry after this one.
      if (member !== this.#member) return;
    }
    for (const look of this.#waiting) look();
  }

  /** When the log has forgotten what was read last, everything here may differ from what the others know. */
  async #reload(): Promise<void> {
    this.#logger.warn({}, 'Redis has lost or forgotten what was read last: begins anew with what is there');
    const before = this.#replica;
    try {
      await this.#load();
    } catch (error) {
      if (error instanceof HhbError) return this.#end(error);
      throw error;
    }
    this.#tellOccupancy('left', before);
    this.#tellOccupancy('joined');
    this.#beginAnew();
  }

  /** Takes part under another name, without the connections that there were. */
  #beginAnew(): void {
    const links = [...this.#member.links];
    this.#enter();
    for (const link of links) this.#listener({ type: 'dropped', link });
  }

  #tick(): void {
    const now = this.#clock.now();
    this.#member.tick(now);
    this.#drain();
    if (!this.#isAway && now - this.#answeredAt > awayAfter) this.#noteAway('it does not answer');
    if (now - this.#answeredAt > reconnectAfter) {
      this.#answeredAt = micros(now - awayAfter);
      this.#log.reconnect();
    }
  }

  #answered(): void {
    const now = this.#clock.now();
    this.#answeredAt = now;
    this.#member.answered(now);
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#logger.info({}, 'Redis is back');
  }

  #noteAway(reason: string): void {
    if (this.#isAway || this.#isClosed) return;
    this.#isAway = true;
    this.#logger.warn({ reason }, 'Redis is away: rooms and calls stay, new requests are refused');
  }

  #drain(): void {
    const member = this.#member;
    for (let output = member?.poll(); output; output = member.poll()) this.#do(output);
  }

  #do(output: MemberOutput): void {
    switch (output.type) {
      case 'append':
        this.#log.append(output.entry).catch(() => this.#appendAgain());
        return;
      case 'event':
        return this.#listener(output.event, output.since);
      case 'snapshot':
        return void this.#store();
      case 'outdated':
        return this.#end(outdated(output.version));
      case 'expelled':
        if (this.#isClosed) return;
        this.#logger.warn({}, 'the others have taken this process for dead: its clients connect again');
        return this.#beginAnew();
    }
  }

  #appendAgain(): void {
    if (this.#retry || this.#isClosed) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#member.again();
      this.#drain();
    }, retryAfter);
  }

  async #store(): Promise<void> {
    const state = JSON.stringify(this.#replica.save());
    try {
      await this.#log.store({ version: this.#replica.commonVersion(), id: this.#position, state });
    } catch (error) {
      this.#logger.warn({ reason: messageOf(error) }, 'the snapshot was not stored, and will be in a while');
    }
  }

  #end(error: HhbError): void {
    if (this.#error) return;
    this.#error = error;
    this.#logger.error({ code: error.code, reason: error.message }, 'this process takes no part any more');
    for (const link of this.#member.links) this.#listener({ type: 'dropped', link });
    this.#fail(error);
  }

  /** Whoever counts by the events is told who is there already, or is no more. */
  #tellOccupancy(type: 'joined' | 'left', { directory } = this.#replica): void {
    for (const room of directory.rooms()) {
      for (const { id } of directory.participants(room)) this.#listener({ type, room, id });
    }
  }

  #until(isDone: () => boolean, within: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const look = () => isDone() && end();
      const timer = setTimeout(end, within);
      this.#waiting.add(look);
      look();
    });
  }
}

const outdated = (version: number) =>
  new HhbError(
    'store-outdated',
    `The log in Redis is of version ${version}; this program knows ${logVersion}`,
    {
      hint: 'Update this server.',
    },
  );

/** Milliseconds: */
const openWithin = 10_000;
const retryAfter = 500;
const pauseAfterError = 100;

const longestLeave = micros(2_000_000);

/** Redis answers within a second, even if there is nothing new. */
const awayAfter = micros(2_000_000);
const reconnectAfter = micros(5_000_000);
