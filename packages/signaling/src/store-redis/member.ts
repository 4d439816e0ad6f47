import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import type { StoreCommand, StoreEvent } from '../room/store.js';
import { decodeEntry, logVersion, oldestVersion, type LogEntry } from './log-entry.js';
import { Outbox } from './outbox.js';
import type { Applied, Replica } from './replica.js';

/** What a member wants done. */
export type MemberOutput =
  | { type: 'append'; entry: LogEntry }
  /** Something happened, here or at another process. */
  | { type: 'event'; event: StoreEvent; since?: Micros }
  /** The replica is to be stored for those who come later, and the log before it forgotten. */
  | { type: 'snapshot' }
  /** The log has an entry that only a newer program understands: the process must not go on. */
  | { type: 'outdated'; version: number }
  /** The others have taken this process for dead and given its sessions up: it has to begin anew under another name. */
  | { type: 'expelled' };

/**
 * One process among those that share a log: appends what its server asks for, and carries out what it reads.
 * No I/O, clock or randomness: after each call do what `poll` says, until it gives undefined, and call `tick`
 * about every {@link tickInterval}.
 */
export class Member {
  readonly #name: string;
  readonly #replica: Replica;
  readonly #outbox: Outbox;
  /** The connections of this process that the log was told of. */
  readonly #links = new Set<string>();
  /** When each of the others was heard of last. */
  readonly #heard = new Map<string, Micros>();
  readonly #accused = new Map<string, Micros>();
  #outputs: MemberOutput[] = [];
  #isIn = false;
  #isOver = false;
  /** When the log answered last, and since when it has without a pause. */
  #answeredAt: Micros;
  #steadySince: Micros;
  /** The time of the newest entry, and when it was read. */
  #logTime: { at: Micros; readAt: Micros } | undefined;
  #beatAt: Micros;
  #expireAsked: Micros | undefined;
  #snapshotAt: Micros | undefined;

  /**
   * @param name unlike that of any process before, of this machine or another
   * @param replica what follows from the log so far
   */
  constructor(name: string, replica: Replica, now: Micros) {
    this.#name = name;
    this.#replica = replica;
    this.#outbox = new Outbox(name);
    this.#answeredAt = this.#steadySince = this.#beatAt = now;
    this.#outbox.add({ type: 'enter', speaks: logVersion });
    this.#append(oldestVersion);
  }

  /** Whether this process is known to the others. */
  get isIn(): boolean {
    return this.#isIn && !this.#isOver;
  }

  /** Whether all that was asked for is in the log. */
  get isIdle(): boolean {
    return this.#outbox.isEmpty;
  }

  /** The connections that end when this process is out. */
  get links(): ReadonlySet<string> {
    return this.#links;
  }

  /** Whether the log takes what is asked for. */
  isAvailable(now: Micros): boolean {
    return this.isIn && now - this.#answeredAt < pause && !this.#outbox.isFull;
  }

  execute(command: StoreCommand, now: Micros): void {
    if (this.#isOver) return;
    if (command.type === 'hello') this.#links.add(command.link);
    else if (command.type === 'detach') this.#links.delete(command.link);
    if (!canBeRefused(command)) this.#outbox.add({ type: 'command', command });
    else if (this.#outbox.isFull) return this.#refuse(command);
    else {
      const by = this.#estimate(now);
      this.#outbox.add(
        { type: 'command', command, ...(by !== undefined && { by: micros(by + inLogBy) }) },
        micros(now + refusedAfter),
      );
    }
    this.#append();
  }

  /** The process is about to end. */
  leave(): void {
    if (this.#isOver) return;
    this.#outbox.add({ type: 'leave' });
    this.#append();
  }

  /** The log answered, whether or not there was anything new in it. */
  answered(now: Micros): void {
    if (now - this.#answeredAt >= pause) this.#steadySince = now;
    this.#answeredAt = now;
  }

  /** The connection to the log was made again, or an entry was not taken: what is not known to be there is appended again. */
  again(): void {
    if (this.#isOver) return;
    this.#outbox.rewind();
    this.#append();
  }

  /**
   * The next entry of the log was read.
   * @param at its time, by the log's clock
   * @param fields its names and values in turn
   */
  read(fields: readonly string[], at: Micros, now: Micros): void {
    if (this.#isOver) return;
    this.#logTime = { at, readAt: now };
    const decoded = decodeEntry(fields);
    if (!decoded.ok) {
      if (decoded.reason === 'foreign') return;
      // The others need not wait until they miss us, and write for our version until then.
      this.#outbox.add({ type: 'leave' });
      this.#append(oldestVersion);
      this.#isOver = true;
      return void this.#outputs.push({ type: 'outdated', version: decoded.version });
    }
    const { entry } = decoded;
    const applied = this.#replica.apply(entry, at, entry.process === this.#name);
    this.#heard.set(entry.process, now);
    for (const event of applied.events) this.#tell(event, applied.since.get(event));
    if (entry.process === this.#name) this.#own(entry, applied);
    if (this.#isIn && this.#replica.last(this.#name) === undefined) {
      this.#isOver = true;
      return void this.#outputs.push({ type: 'expelled' });
    }
    this.#append();
    this.#considerSnapshot(at);
  }

  /** Does what is due by now. */
  tick(now: Micros): void {
    if (this.#isOver) return;
    for (const command of this.#outbox.expired(now)) this.#refuse(command);
    if (!this.#isIn) return;
    // What waits tells as well that we are alive.
    if (now - this.#beatAt >= beatEvery && this.#outbox.isEmpty) {
      this.#beatAt = now;
      this.#outbox.add({ type: 'beat' });
    }
    this.#expire(now);
    this.#accuse(now);
    this.#append();
  }

  /** The next thing to do, or undefined when there is none. */
  poll(): MemberOutput | undefined {
    return this.#outputs.shift();
  }

  #tell(event: StoreEvent, since?: Micros): void {
    const isOver = event.type === 'taken-over' || event.type === 'removed' || event.type === 'not-welcomed';
    if (isOver) this.#links.delete(event.link);
    this.#outputs.push({ type: 'event', event, ...(since !== undefined && { since }) });
  }

  #own({ number, items }: LogEntry, { status, late }: Applied): void {
    // One before it was not taken, and comes again with this one behind it.
    if (status === 'early') return;
    this.#isIn ||= status === 'applied';
    const told = this.#outbox.confirm(number);
    items.forEach((item, index) => {
      if (item.type === 'command' && late.includes(item.command) && !told.has(index))
        this.#refuse(item.command);
    });
  }

  #refuse(command: StoreCommand): void {
    if (command.type !== 'hello' && command.type !== 'request') return;
    const isHello = command.type === 'hello';
    const { requestId } = isHello ? command : command.request;
    const refusal = { ...unavailable, requestId };
    this.#outputs.push({ type: 'event', event: { type: 'refused', link: command.link, refusal, isHello } });
  }

  /** Whatever time is up in the directory, of any process: the first one to ask has it done for all. */
  #expire(now: Micros): void {
    const due = this.#replica.directory.nextDeadline();
    const logNow = this.#estimate(now);
    if (due === undefined || logNow === undefined || logNow < due) return;
    if (this.#expireAsked !== undefined && now - this.#expireAsked < beatEvery) return;
    if (now - this.#answeredAt >= pause) return;
    this.#expireAsked = now;
    this.#outbox.add({ type: 'command', command: { type: 'expire', at: logNow } });
  }

  /** Who has been silent for long while the log was there all the time is dead. */
  #accuse(now: Micros): void {
    if (now - this.#answeredAt >= pause) return;
    for (const process of this.#replica.processes()) {
      if (process === this.#name) continue;
      const since = Math.max(this.#heard.get(process) ?? 0, this.#steadySince);
      const accused = this.#accused.get(process);
      if (now - since < silence || (accused !== undefined && now - accused < silence)) continue;
      this.#accused.set(process, now);
      this.#outbox.add({ type: 'gone', process, last: this.#replica.last(process) ?? 0 });
    }
  }

  /** The process that came first stores the replica for all. */
  #considerSnapshot(at: Micros): void {
    this.#snapshotAt ??= at;
    if (at - this.#snapshotAt < snapshotEvery) return;
    this.#snapshotAt = at;
    if (this.#replica.processes()[0] === this.#name) this.#outputs.push({ type: 'snapshot' });
  }

  /** The log's time now, or a little less. */
  #estimate(now: Micros): Micros | undefined {
    return this.#logTime && micros(this.#logTime.at + now - this.#logTime.readAt);
  }

  /**
   * Before the others know of us they would pass over what we say; and before we have read that they do, we cannot know what
   * all of them understand.
   */
  #append(version = this.#isIn ? this.#replica.commonVersion() : undefined): void {
    for (let entry = this.#outbox.take(version); entry; entry = this.#outbox.take(version)) {
      this.#outputs.push({ type: 'append', entry });
    }
  }
}

/**
 * What leads somewhere new or asks for an answer can be made again later; what reports or takes back has to be
 * kept, or the others would go on with what is not true any more.
 */
function canBeRefused(command: StoreCommand): boolean {
  if (command.type !== 'request') return command.type === 'hello';
  return refusable.has(command.request.type);
}

const refusable = new Set(['join', 'invite', 'accept', 'move', 'who']);

const unavailable = {
  code: 'store-unavailable',
  message: 'The server cannot do that just now; try again in a while',
} as const;

/** How often `tick` is to be called. */
export const tickInterval = millis(250);
/** A process says so often that it is alive, when it says nothing else. */
const beatEvery = seconds(1);
/** A process that has said nothing for so long is dead. */
const silence = seconds(5);
/** The log is away when it has not answered for so long; it is asked again at least every second. */
const pause = seconds(2);
/** A request has to be in the log by then, or it is not carried out. */
const inLogBy = millis(2500);
/** Then its client is told. Later, so that what is in the log just in time is read before. */
const refusedAfter = seconds(3);
const snapshotEvery = seconds(30);
