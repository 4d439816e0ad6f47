import { micros, type Micros, type Random } from '@hellohaybye/core';
import type { DropReason } from '../drops.js';
import type { Address } from '../endpoint/types.js';
import type { OtherRtcp } from '../packet/rtcp.js';
import { Allowance } from './allowance.js';
import { ANSWERS_A_SECOND, ANSWER_BURST } from './limits.js';
import { PathPeer, type PathStatistics } from './path-peer.js';
import { readProbe, writeProbe } from './probe-packet.js';

/** What comes out: a probe to an address, an answer back to where a probe came from, another address to use. */
export type PathOutput =
  | { type: 'request'; peer: string; address: string; packet: OtherRtcp }
  | { type: 'response'; peer: string; to: Address; channel: string; packet: OtherRtcp }
  | { type: 'use'; peer: string; address: string; previous?: string };

/** How a probe came. */
export interface ProbeWay {
  from: Address;
  channel: string;
  sender?: string | undefined;
}

/**
 * Which address of each peer works: probes go to all of them, and what answers can be used. A machine without I/O: after
 * each input `poll` until there is nothing more, and `tick` at `nextDeadline`.
 */
export class Paths {
  readonly #peers = new Map<string, PathPeer>();
  readonly #bySsrc = new Map<number, PathPeer>();
  readonly #answers = new Map<string, Allowance>();
  readonly #outputs: PathOutput[] = [];
  /** When the first peer has something to do; undefined when that has to be found anew. */
  #dueBy: number | undefined = Infinity;

  /**
   * @param random where transactions come from: nobody may guess them
   * @param ssrc our control source, when it is needed
   */
  constructor(
    private readonly random: Random,
    private readonly ssrc: () => number,
  ) {}

  /** Sets the addresses of a peer, best first. @returns the one to use now */
  setPeer(id: string, ssrc: number, addresses: readonly string[], now: Micros): string | undefined {
    let peer = this.#peers.get(id);
    if (peer && peer.ssrc !== ssrc) {
      this.removePeer(id);
      peer = undefined;
    }
    peer ??= this.#add(id, ssrc, now);
    peer.tell(addresses, now);
    this.#dueBy = undefined;
    return peer.address;
  }

  /** An unknown id is none. */
  removePeer(id: string): void {
    const peer = this.#peers.get(id);
    if (!peer) return;
    this.#peers.delete(id);
    this.#bySsrc.delete(peer.ssrc);
    this.#answers.delete(id);
    this.#dueBy = undefined;
    const stays = this.#outputs.filter((output) => output.peer !== id);
    this.#outputs.splice(0, this.#outputs.length, ...stays);
  }

  /**
   * Takes a probe in, out of protection.
   * @param way where it came from, on which channel, and who sent it, where protection tells
   * @returns the peer that sent it, or why it is dropped
   */
  receive(
    packet: OtherRtcp,
    { from, channel, sender }: ProbeWay,
    now: Micros,
  ): { peer: string } | DropReason {
    const probe = readProbe(packet);
    if (!probe) return 'malformed-probe';
    const peer = this.#bySsrc.get(probe.sender);
    if (!peer || probe.receiver !== this.ssrc()) return 'unknown-probe';
    const { id } = peer;
    if (sender !== undefined && sender !== id) return 'wrong-sender';
    if (probe.kind === 'response') {
      if (!peer.answer(probe.transaction, now)) return 'unknown-probe';
    } else {
      if (!this.#answers.get(id)!.take(now)) return 'probe-overflow';
      const { transaction } = probe;
      const answer = writeProbe({ kind: 'response', sender: this.ssrc(), receiver: peer.ssrc, transaction });
      this.#outputs.push({ type: 'response', peer: id, to: { ...from }, channel, packet: answer });
      peer.heardFrom(from.address, now);
    }
    this.#dueBy = undefined;
    return { peer: id };
  }

  /**
   * The system has no way to an address, now.
   * @returns whether it was only tried: no peer is sent anything but probes there
   */
  unreachable(address: string, now: Micros): boolean {
    let tried = false;
    let used = false;
    for (const peer of this.#peers.values()) {
      if (peer.address === address) used = true;
      if (peer.unreachable(address, now)) tried = true;
    }
    this.#dueBy = undefined;
    return tried && !used;
  }

  poll(): PathOutput | undefined {
    return this.#outputs.shift();
  }

  nextDeadline(): Micros | undefined {
    if (this.#dueBy === undefined) {
      this.#dueBy = Infinity;
      for (const peer of this.#peers.values()) this.#dueBy = Math.min(this.#dueBy, peer.nextDeadline());
    }
    return this.#dueBy === Infinity ? undefined : micros(this.#dueBy);
  }

  tick(now: Micros): void {
    for (const peer of this.#peers.values()) if (peer.nextDeadline() <= now) peer.tick(now);
    this.#dueBy = undefined;
  }

  statistics(): PathStatistics[] {
    return [...this.#peers.values()].map((peer) => peer.statistics());
  }

  #add(id: string, ssrc: number, now: Micros): PathPeer {
    const peer = new PathPeer(id, ssrc, {
      probe: (address) => {
        const transaction = { high: this.random.uint32(), low: this.random.uint32() };
        const packet = writeProbe({ kind: 'request', sender: this.ssrc(), receiver: ssrc, transaction });
        this.#outputs.push({ type: 'request', peer: id, address, packet });
        return transaction;
      },
      use: (address, previous) =>
        this.#outputs.push({ type: 'use', peer: id, address, ...(previous !== undefined && { previous }) }),
    });
    this.#peers.set(id, peer);
    this.#bySsrc.set(ssrc, peer);
    this.#answers.set(id, new Allowance(ANSWER_BURST, ANSWERS_A_SECOND, now));
    return peer;
  }
}
