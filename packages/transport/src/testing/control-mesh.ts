import { micros, millis, seconds, wrap, type Micros } from '@hellohaybye/core';
import { expect } from 'vitest';
import { reliableControl } from '../control/reliable-control.js';
import type { LinkOptions } from '../netsim/link-options.js';
import type { Participant } from '../netsim/participant.js';
import { SimulatedCall } from '../netsim/simulated-call.js';
import { noRepair } from '../repair/repair.js';
import { checksum } from './checksum.js';
import { numbered, numberOf } from './control.js';

/** One run of a participant's process. */
interface Life {
  name: string;
  participant: Participant;
  /** To whom it said what that is not decided yet, by number. */
  waiting: Map<string, number[]>;
  /** What it was told of. */
  taken: number[];
  failed: number[];
  /** Who said what to it, by number, as it came. */
  heard: Map<string, number[]>;
  eventsSeen: number;
}

/**
 * Participants who all know each other, talk, restart and leave, on a network that does its worst; and a model of
 * what each may hear.
 */
export class ControlMesh {
  readonly call: SimulatedCall;
  readonly #lives: Life[] = [];
  readonly #present = new Map<string, Life>();
  /** By number: who said it to whom. */
  readonly #said: { from: Life; to: string; length: number }[] = [];
  #draws = 0;
  /** Sees when a message is heard. */
  onHeard: (now: Micros) => void = () => undefined;

  constructor(
    readonly names: readonly string[],
    link: LinkOptions,
    seed: number,
  ) {
    this.call = new SimulatedCall({ seed });
    for (const name of names) this.#start(name);
    for (const from of names) for (const to of names) if (from !== to) this.link(from, to, link);
    for (const from of names) for (const to of names) this.tell(from, to);
  }

  link(from: string, to: string, options: LinkOptions): void {
    this.call.network.link(this.#addressOf(from), this.#addressOf(to), options);
  }

  /** Tells one of another's present addresses and source. */
  tell(name: string, of: string): void {
    if (name === of) return;
    const { addresses, endpoint } = this.#present.get(of)!.participant;
    const control = { channel: 'video', ssrc: endpoint.controlSsrc };
    this.#present
      .get(name)!
      .participant.do((other, now) => other.addDestination({ id: of, addresses, control }, now));
  }

  /** @returns whether it was taken */
  say(from: string, to: string, length: number): boolean {
    const life = this.#present.get(from)!;
    const number = this.#said.length;
    const data = numbered(number, Math.max(4, length));
    // What comes of it may come at once.
    this.#said.push({ from: life, to, length: data.length });
    const waiting = life.waiting.get(to) ?? [];
    life.waiting.set(to, waiting);
    waiting.push(number);
    if (life.participant.do((endpoint, now) => endpoint.sendControl(to, data, now))) return true;
    waiting.pop();
    this.#said.pop();
    return false;
  }

  /** The process dies and is started again; the others learn of a new source after a while. */
  restart(name: string, sameSource: boolean, toldAfter: Micros): void {
    const { participant } = this.#present.get(name)!;
    participant.vanish();
    this.call.participants.delete(name);
    this.#start(name, sameSource ? participant.endpoint.controlSsrc : undefined);
    const others = this.names.filter((other) => other !== name);
    for (const other of others) this.tell(name, other);
    this.call.clock.schedule(micros(this.call.clock.now() + toldAfter), () => {
      for (const other of others) this.tell(other, name);
    });
  }

  /** One removes another, and adds it again after a while. */
  leave(name: string, other: string, back: Micros): void {
    const life = this.#present.get(name)!;
    life.participant.do((endpoint, now) => endpoint.removeDestination(other, now));
    this.call.clock.schedule(micros(this.call.clock.now() + back), () => this.tell(name, other));
  }

  /** The network heals, and all that can come has come; what can't is given up. */
  settle(): void {
    for (const from of this.names)
      for (const to of this.names) if (from !== to) this.link(from, to, { delay: millis(1) });
    this.call.run(seconds(40));
  }

  /** Checks what each of them heard, and was told. */
  check(): void {
    const heard = new Set<number>();
    for (const life of this.#lives) {
      for (const [from, numbers] of life.heard) {
        for (const [index, number] of numbers.entries()) {
          const said = this.#said[number]!;
          expect([said.from.name, said.to]).toEqual([from, life.name]);
          // In order, also across lives of who said it.
          if (index > 0) expect(number).toBeGreaterThan(numbers[index - 1]!);
          expect(heard.has(number), `${number} was heard twice`).toBe(false);
          heard.add(number);
        }
      }
    }
    for (const life of this.#lives) {
      this.#takeEvents(life);
      for (const number of life.taken) expect(heard.has(number), `${number} was taken`).toBe(true);
    }
    for (const life of this.#present.values()) {
      // Each message is decided, and nothing is left over.
      for (const [to, numbers] of life.waiting) expect([to, numbers]).toEqual([to, []]);
      for (const peer of life.participant.endpoint.statistics(this.call.clock.now()).control)
        expect(peer.waiting).toEqual({ messages: 0, bytes: 0 });
    }
  }

  /** Counts of all lives. */
  get counts() {
    const sum = (of: (life: Life) => number) => this.#lives.reduce((total, life) => total + of(life), 0);
    return {
      said: this.#said.length,
      taken: sum(({ taken }) => taken.length),
      failed: sum(({ failed }) => failed.length),
    };
  }

  #takeEvents(life: Life): void {
    const { events } = life.participant;
    for (const event of events.slice(life.eventsSeen)) {
      if (event.type !== 'control-taken' && event.type !== 'control-failed') continue;
      const numbers = life.waiting.get(event.peer)!.splice(0, event.messages);
      expect(numbers.length).toBe(event.messages);
      expect(numbers.reduce((sum, number) => sum + this.#said[number]!.length, 0)).toBe(event.bytes);
      (event.type === 'control-taken' ? life.taken : life.failed).push(...numbers);
    }
    life.eventsSeen = events.length;
  }

  #start(name: string, ssrc?: number): void {
    const heard = new Map<string, number[]>();
    const participant = this.call.add(name, {
      address: this.#addressOf(name),
      endpoint: {
        // Close to the wrap, and never the same.
        random: { uint32: () => wrap(-300 - (this.#draws += 7), 32) },
        control: reliableControl({ firstSequenceNumber: 65_500, ...(ssrc === undefined ? {} : { ssrc }) }),
        protector: checksum,
        repair: noRepair,
      },
      onControl: ({ peer, data }, now) => {
        this.onHeard(now);
        const number = numberOf(data);
        const { length } = this.#said[number]!;
        // Far faster than `toEqual`.
        const whole = numbered(number, length).every((byte, index) => byte === data[index]);
        expect([whole, data.length]).toEqual([true, length]);
        const numbers = heard.get(peer) ?? [];
        heard.set(peer, numbers);
        numbers.push(number);
      },
    });
    const life = { name, participant, waiting: new Map(), taken: [], failed: [], heard, eventsSeen: 0 };
    this.#lives.push(life);
    this.#present.set(name, life);
  }

  #addressOf(name: string): string {
    return `10.0.0.${this.names.indexOf(name) + 1}`;
  }
}
