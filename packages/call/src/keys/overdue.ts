import { micros, seconds, type Clock, type Micros } from '@hellohaybye/core';
import { Alarm } from '@hellohaybye/core/node';

/** Tells of those who have been waited for longer than it should take: once for each time that they are. */
export class Overdue {
  readonly #alarm: Alarm;
  readonly #due = new Map<string, Micros>();

  /** @param onOverdue is told who it is */
  constructor(
    private readonly clock: Clock,
    private readonly onOverdue: (id: string) => void,
  ) {
    this.#alarm = new Alarm(clock, (now) => this.#tell(now));
  }

  /** Somebody is waited for, since now unless they are already. */
  wait(id: string): void {
    if (this.#due.has(id)) return;
    this.#due.set(id, micros(this.clock.now() + PATIENCE));
    this.#setAlarm();
  }

  /** Somebody is not waited for any more. */
  done(id: string): void {
    this.#due.delete(id);
    if (this.#due.size === 0) this.#alarm.clear();
  }

  /** Nobody is. */
  clear(): void {
    this.#due.clear();
    this.#alarm.clear();
  }

  #tell(now: Micros): void {
    for (const [id, due] of [...this.#due]) {
      if (due > now) continue;
      this.#due.set(id, NEVER);
      this.onOverdue(id);
    }
    this.#setAlarm();
  }

  #setAlarm(): void {
    const first = Math.min(...this.#due.values());
    this.#alarm.set(Number.isFinite(first) ? micros(first) : undefined);
  }
}

/** Keys take a fraction of a second, and a second where messages are lost. */
export const PATIENCE = seconds(5);

/** It was told, and is not told again. */
const NEVER = Infinity as Micros;
