import { micros, millis, uniform, type Micros, type Random } from '@hellohaybye/core';
import type { VirtualClock } from '@hellohaybye/core/testing';
import type { StoreCommand, StoreEvent } from '../room/store.js';
import { encodeEntry, type LogEntry } from '../store-redis/log-entry.js';
import { Member, tickInterval, type MemberOutput } from '../store-redis/member.js';
import { Replica, type SavedReplica } from '../store-redis/replica.js';
import type { ProcessStore, WorldStore } from './world-store.js';

/** A log that takes its time, and the members of it: what processes on one Redis are. */
export class SlowLog implements WorldStore {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly entries: { fields: string[]; at: Micros }[] = [];
  snapshot: { state: string; position: number } | undefined;
  isClosed = false;
  readonly #seats = new Set<Seat>();
  #names = 0;
  #slowUntil = micros(0);
  #most = millis(0);
  #hangsUntil = micros(0);

  /** @param before the one that was lost: the way to this one is as slow */
  constructor(clock: VirtualClock, random: Random, before?: WorldStore) {
    this.clock = clock;
    this.random = random;
    if (!(before instanceof SlowLog)) return;
    this.#slowUntil = before.#slowUntil;
    this.#most = before.#most;
    this.#hangsUntil = before.#hangsUntil;
  }

  open(listener: (event: StoreEvent) => void): ProcessStore {
    const seat = new Seat(this, listener);
    this.#seats.add(seat);
    return seat;
  }

  slow(span: Micros, most: Micros): void {
    this.#slowUntil = micros(this.clock.now() + span);
    this.#most = most;
  }

  hang(span: Micros): void {
    this.#hangsUntil = micros(Math.max(this.#hangsUntil, this.clock.now() + span));
    // Some make their connection anew, and say again what they do not know to have arrived.
    for (const seat of this.#seats) {
      if (this.random.uint32() % 2 === 0) this.later(micros(span * uniform(this.random)), () => seat.again());
    }
  }

  close(): void {
    this.isClosed = true;
  }

  rooms = () => this.#anyDirectory().rooms();
  participants = (room: string) => this.#anyDirectory().participants(room);
  statistics = () => this.#anyDirectory().statistics();

  /** What each of the processes knows. */
  views(): unknown[] {
    return Array.from(this.#seats, (seat) => seat.replica.save().directory);
  }

  leave(seat: Seat): void {
    this.#seats.delete(seat);
  }

  newName(): string {
    this.#names += 1;
    return `process ${this.#names}`;
  }

  append(entry: LogEntry): void {
    this.entries.push({ fields: encodeEntry(entry), at: this.clock.now() });
    for (const seat of this.#seats) seat.noteNews();
  }

  /** When something arrives that sets out now. */
  arrival(): Micros {
    const now = this.clock.now();
    const most = now < this.#slowUntil ? this.#most : millis(30);
    return micros(Math.max(now, this.#hangsUntil) + most * uniform(this.random));
  }

  later(after: Micros, run: () => void): void {
    this.at(micros(this.clock.now() + after), run);
  }

  at(time: Micros, run: () => void): void {
    this.clock.schedule(time, () => {
      if (!this.isClosed) run();
    });
  }

  #anyDirectory() {
    const [seat] = this.#seats;
    return (seat?.replica ?? new Replica()).directory;
  }
}

/** A process at the log, as `RedisStore` is with a Redis. */
class Seat implements ProcessStore {
  replica: Replica;
  readonly #log: SlowLog;
  readonly #listener: (event: StoreEvent) => void;
  #member: Member;
  #position: number;
  #isDead = false;
  /** When the last that it said arrives; over a connection things keep their order. */
  #lastArrival = micros(0);
  #connection = 0;
  #isReading = false;
  /** The time of the entry that was read last. */
  #readAt = micros(0);
  /** When requests were refused, by connection and id. */
  readonly #refusedAt = new Map<string, Micros>();

  constructor(log: SlowLog, listener: (event: StoreEvent) => void) {
    this.#log = log;
    this.#listener = listener;
    const { snapshot } = log;
    this.replica = snapshot ? Replica.load(JSON.parse(snapshot.state) as SavedReplica) : new Replica();
    this.#position = snapshot?.position ?? 0;
    this.#member = new Member(log.newName(), this.replica, log.clock.now());
    this.#drain();
    this.#read();
    this.#tick();
  }

  get isAvailable(): boolean {
    return !this.#isDead && this.#member.isAvailable(this.#log.clock.now());
  }

  execute(command: StoreCommand): void {
    if (this.#isDead) return;
    this.#member.execute(command, this.#log.clock.now());
    this.#drain();
  }

  die(): void {
    this.#isDead = true;
    // What it said last has arrived, or never does.
    if (this.#log.random.uint32() % 2 === 0) this.#connection += 1;
    this.#log.leave(this);
  }

  /** There is a new connection, and what was said over the one before may yet arrive. */
  again(): void {
    if (this.#isDead) return;
    this.#lastArrival = micros(0);
    this.#member.again();
    this.#drain();
  }

  /** Something is in the log: who waits for it is told. */
  noteNews(): void {
    if (!this.#isReading) this.#read();
  }

  #read(): void {
    this.#isReading = true;
    this.#log.at(this.#log.arrival(), () => {
      if (this.#isDead) return;
      this.#isReading = false;
      const now = this.#log.clock.now();
      this.#member.answered(now);
      const entries = this.#log.entries.slice(this.#position);
      for (const { fields, at } of entries) {
        this.#position += 1;
        const member = this.#member;
        this.#readAt = at;
        member.read(fields, at, now);
        this.#drain();
        if (member !== this.#member) break;
      }
      if (this.#position < this.#log.entries.length) this.#read();
    });
  }

  #tick(): void {
    this.#log.later(tickInterval, () => {
      if (this.#isDead) return;
      this.#member.tick(this.#log.clock.now());
      this.#drain();
      this.#tick();
    });
  }

  #drain(): void {
    const member = this.#member;
    for (let output = member.poll(); output; output = member.poll()) this.#do(output);
  }

  #do(output: MemberOutput): void {
    if (output.type === 'append') this.#append(output.entry);
    else if (output.type === 'event') {
      this.#checkRefused(output.event);
      this.#listener(output.event);
    } else if (output.type === 'snapshot') {
      this.#log.snapshot = { state: JSON.stringify(this.replica.save()), position: this.#position };
    } else if (output.type === 'expelled') this.#beginAnew();
    else throw new Error('there is no newer program here');
  }

  /** What was refused is not carried out after that; it may have been before, where we had not read it yet. */
  #checkRefused(event: StoreEvent): void {
    if (event.type === 'refused' && !event.isHello) {
      this.#refusedAt.set(`${event.link} ${event.refusal.requestId}`, this.#log.clock.now());
    }
    if (event.type !== 'message' || event.message.type === 'error' || !('requestId' in event.message)) return;
    const refusedAt = this.#refusedAt.get(`${event.to[0]} ${event.message.requestId}`);
    if (refusedAt !== undefined && refusedAt < this.#readAt)
      throw new Error('carried out after it was refused');
  }

  #append(entry: LogEntry): void {
    const at = micros(Math.max(this.#log.arrival(), this.#lastArrival));
    this.#lastArrival = at;
    const connection = this.#connection;
    this.#log.at(at, () => {
      if (connection === this.#connection) this.#log.append(entry);
    });
  }

  #beginAnew(): void {
    const links = [...this.#member.links];
    this.#member = new Member(this.#log.newName(), this.replica, this.#log.clock.now());
    for (const link of links) this.#listener({ type: 'dropped', link });
    this.#drain();
  }
}
