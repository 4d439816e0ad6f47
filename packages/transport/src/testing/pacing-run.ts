import { micros, type Micros } from '@hellohaybye/core';
import type { OutgoingDatagram, Priority } from '../endpoint/types.js';
import { GroupPacer } from '../pace/group-pacer.js';
import type { Pacer } from '../pace/pacer.js';

/** A datagram that left a pacer. */
export interface Leaving {
  datagram: OutgoingDatagram;
  /** Counts what was pushed, from 0. */
  number: number;
  pushedAt: Micros;
  at: Micros;
}

/** A pacer in virtual time, drained as an endpoint's caller does, whose timers come at the next tick. */
export class PacingRun {
  now = micros(1_700_000_000_000_000);
  readonly left: Leaving[] = [];
  /** Datagrams that were pushed. */
  pushed = 0;
  readonly #waiting = new Map<OutgoingDatagram, { number: number; pushedAt: Micros }>();
  readonly #start = this.now;
  #drainedAt = this.now;

  /** @param tick of the timers */
  constructor(
    private readonly tick = micros(1),
    readonly pacer: Pacer = new GroupPacer(),
  ) {}

  /** Pushes one datagram, and does not drain. */
  add(destination: string, priority: Priority, bytes = 1200): boolean {
    const to = { address: '10.0.0.2', port: 5000 };
    const data = new Uint8Array(bytes);
    const datagram: OutgoingDatagram = { type: 'datagram', channel: 'x', to, data, destination, priority };
    this.#waiting.set(datagram, { number: this.pushed, pushedAt: this.now });
    this.pushed += 1;
    return this.pacer.push(datagram, this.now);
  }

  /** Pushes datagrams, then drains. */
  push(destination: string, priority: Priority, count: number, bytes = 1200): void {
    for (let index = 0; index < count; index += 1) this.add(destination, priority, bytes);
    this.drain();
  }

  drain(): void {
    this.#drainedAt = this.now;
    for (let datagram = this.pacer.pop(this.now); datagram; datagram = this.pacer.pop(this.now)) {
      this.left.push({ datagram, ...this.#waiting.get(datagram)!, at: this.now });
      this.#waiting.delete(datagram);
    }
  }

  /** Moves on by a span, and wakes up when the pacer asks for it and timers tick. */
  advance(span: Micros): void {
    const end = this.now + span;
    for (;;) {
      const next = this.pacer.nextDeadline();
      if (next === undefined) break;
      if (next <= this.#drainedAt) throw new Error(`drained at ${this.#drainedAt}, but ${next} is due`);
      const wake = this.#start + Math.ceil((next - this.#start) / this.tick) * this.tick;
      if (wake > end) break;
      this.now = micros(wake);
      this.drain();
    }
    this.now = micros(end);
  }
}
