import { micros, millis, type Micros } from '@hellohaybye/core';
import { seededRandom, VirtualClock } from '@hellohaybye/core/testing';
import { Paths } from '../path/paths.js';
import { readProbe, writeProbe } from '../path/probe-packet.js';

export const ourSource = 1;
export const peerSource = 2;

/** Paths to one peer who answers at some of its addresses, in virtual time. */
export class PathRun {
  readonly clock = new VirtualClock();
  readonly paths: Paths;
  /** Address to round trip; what is not here, or is `undefined`, does not answer. */
  readonly wires = new Map<string, Micros | undefined>();
  /** Share of probes that get lost, and of answers. */
  loss = 0;
  readonly probes: { address: string; at: number }[] = [];
  readonly uses: { address: string; previous?: string; at: number }[] = [];
  readonly #random;
  readonly #start: Micros;

  constructor(seed = 1) {
    this.#random = seededRandom(seed);
    this.paths = new Paths(seededRandom(seed + 1), () => ourSource);
    this.#start = this.clock.now();
  }

  /** Milliseconds since the beginning. */
  get at(): number {
    return (this.clock.now() - this.#start) / 1000;
  }

  get address(): string {
    return this.paths.statistics()[0]!.address;
  }

  tell(...addresses: string[]): void {
    this.paths.setPeer('peer', peerSource, addresses, this.clock.now());
    this.drain();
  }

  /** A request of the peer comes from an address. */
  ask(from: string): void {
    const transaction = { high: this.#random.uint32(), low: 0 };
    const request = writeProbe({ kind: 'request', sender: peerSource, receiver: ourSource, transaction });
    this.paths.receive(request, { from: { address: from, port: 5001 }, channel: 'video' }, this.clock.now());
    this.drain();
  }

  unreachable(address: string): boolean {
    const result = this.paths.unreachable(address, this.clock.now());
    this.drain();
    return result;
  }

  run(milliseconds: number): void {
    this.clock.advance(millis(milliseconds));
  }

  drain(): void {
    for (let output = this.paths.poll(); output; output = this.paths.poll()) {
      if (output.type === 'use') {
        const { address, previous } = output;
        this.uses.push({ address, at: this.at, ...(previous !== undefined && { previous }) });
      } else if (output.type === 'request')
        this.#probe(output.address, readProbe(output.packet)!.transaction);
    }
    const next = this.paths.nextDeadline();
    if (next === undefined) return;
    this.clock.schedule(next, () => {
      const due = this.paths.nextDeadline();
      if (due === undefined || due > this.clock.now()) return;
      this.paths.tick(this.clock.now());
      this.drain();
    });
  }

  #probe(address: string, transaction: { high: number; low: number }): void {
    this.probes.push({ address, at: this.at });
    const roundTrip = this.wires.get(address);
    if (roundTrip === undefined || this.#isLost() || this.#isLost()) return;
    const answer = writeProbe({ kind: 'response', sender: peerSource, receiver: ourSource, transaction });
    this.clock.schedule(micros(this.clock.now() + roundTrip), () => {
      if (this.wires.get(address) === undefined) return;
      this.paths.receive(answer, { from: { address, port: 5001 }, channel: 'video' }, this.clock.now());
      this.drain();
    });
  }

  #isLost(): boolean {
    return this.#random.uint32() / 2 ** 32 < this.loss;
  }
}
