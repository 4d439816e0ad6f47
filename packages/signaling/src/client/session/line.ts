import { micros, millis, type Micros } from '@hellohaybye/core';
import type { ClientEvent, ConnectionEnd } from './client-events.js';
import type { ReconnectSchedule } from './reconnect-schedule.js';
import type { SessionOutput } from './session-types.js';

/** Whether there is a connection to the server, when it is made again, and when it is given up as silent. */
export class Line {
  readonly #emit: (event: ClientEvent) => void;
  readonly #schedule: ReconnectSchedule | undefined;
  #phase: 'connecting' | 'online' | 'waiting' | 'closed' = 'connecting';
  #retryAt: Micros | undefined;
  #silentAt: Micros | undefined;
  #silence: Micros = micros(0);
  /** Whether the time of silence is over but for the last chance. */
  #isSuspected = false;
  /** Whether `disconnected` was told and it is not over yet. */
  #isAway = false;

  /** @param schedule when to connect again; absent: never */
  constructor(emit: (event: ClientEvent) => void, schedule: ReconnectSchedule | undefined) {
    this.#emit = emit;
    this.#schedule = schedule;
  }

  get isConnected(): boolean {
    return this.#phase === 'online';
  }

  get isClosed(): boolean {
    return this.#phase === 'closed';
  }

  /** The server said welcome, and how often it pings. */
  connected(keepaliveMs: number, now: Micros): void {
    this.#phase = 'online';
    this.#schedule?.connected(now);
    this.#silence = micros(millis(keepaliveMs) * 3);
    this.heard(now);
  }

  /** Something came from the server. */
  heard(now: Micros): void {
    this.#silentAt = micros(now + this.#silence - lastChance);
    this.#isSuspected = false;
  }

  /** Connecting failed, or ended before the welcome. */
  failed(now: Micros): void {
    if (this.#phase === 'connecting' && this.#schedule) this.#wait(this.#schedule, now);
  }

  /**
   * The connection ended.
   * @returns whether another one is going to be made
   */
  lost(end: ConnectionEnd, now: Micros, isFinal: boolean): boolean {
    this.#silentAt = undefined;
    if (!this.#schedule || isFinal) return false;
    this.#wait(this.#schedule, now);
    // Lost again before we were back where we had been: that is one absence.
    if (!this.#isAway) this.#emit({ name: 'disconnected', value: end });
    this.#isAway = true;
    return true;
  }

  /** We are where we had been, and this tells it. */
  back(event: ClientEvent): void {
    this.#isAway = false;
    this.#emit(event);
  }

  close(): void {
    this.#phase = 'closed';
    this.#retryAt = this.#silentAt = undefined;
  }

  nextDeadline(): Micros | undefined {
    if (this.#retryAt === undefined || this.#silentAt === undefined) return this.#retryAt ?? this.#silentAt;
    return micros(Math.min(this.#retryAt, this.#silentAt));
  }

  /** What is to be done by now; each is told once. */
  due(now: Micros): SessionOutput[] {
    const due: SessionOutput[] = [];
    if (this.#retryAt !== undefined && this.#retryAt <= now) {
      this.#retryAt = undefined;
      this.#phase = 'connecting';
      due.push({ type: 'connect' });
    }
    if (this.#silentAt !== undefined && this.#silentAt <= now) {
      // When it is us who were held up, what came meanwhile has not been read yet.
      this.#silentAt = this.#isSuspected ? undefined : micros(now + lastChance);
      if (this.#isSuspected) due.push({ type: 'cut', reason: 'the server went silent' });
      this.#isSuspected = true;
    }
    return due;
  }

  #wait(schedule: ReconnectSchedule, now: Micros): void {
    this.#phase = 'waiting';
    this.#retryAt = micros(now + schedule.nextWait(now));
  }
}

/** Within this time what has come is read, as a part of the time of silence. */
const lastChance = millis(100);
