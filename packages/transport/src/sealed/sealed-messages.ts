import type { Micros } from '@hellohaybye/core';
import type { DropReason } from '../drops.js';
import { Allowance } from '../path/allowance.js';
import { readSealed, writeSealed } from './sealed-packet.js';

/**
 * Who may send us something sealed, and how much. What is in it is for others to open: nothing else follows from such a
 * packet.
 */
export class SealedMessages {
  readonly #bySsrc = new Map<number, { id: string; allowance: Allowance | undefined }>();
  readonly #peers = new Map<string, { ssrc: number; channel: string }>();

  /** @param ssrc our control source, when it is needed */
  constructor(private readonly ssrc: () => number) {}

  /** Sets the control source of a peer, and the channel that leads to it. */
  setPeer(id: string, { ssrc, channel }: { ssrc: number; channel: string }): void {
    const isKnown = this.#peers.get(id)?.ssrc === ssrc;
    if (!isKnown) this.removePeer(id);
    this.#peers.set(id, { ssrc, channel });
    if (!isKnown) this.#bySsrc.set(ssrc, { id, allowance: undefined });
  }

  /** An unknown id is none. */
  removePeer(id: string): void {
    const peer = this.#peers.get(id);
    if (!peer) return;
    this.#peers.delete(id);
    this.#bySsrc.delete(peer.ssrc);
  }

  /** @returns the datagram for a peer, and for which channel; undefined when there is no such peer */
  write(id: string, data: Uint8Array): { datagram: Uint8Array; channel: string } | undefined {
    const peer = this.#peers.get(id);
    if (!peer) return undefined;
    const datagram = writeSealed({ sender: this.ssrc(), receiver: peer.ssrc, data });
    return { datagram, channel: peer.channel };
  }

  /** Takes a datagram that `isSealed`. @returns what it brings and from whom, or why it is dropped */
  receive(datagram: Uint8Array, now: Micros): { peer: string; data: Uint8Array } | DropReason {
    const packet = readSealed(datagram);
    if (!packet) return 'malformed-sealed';
    const peer = this.#bySsrc.get(packet.sender);
    if (!peer || packet.receiver !== this.ssrc()) return 'unknown-sealed';
    peer.allowance ??= new Allowance(SEALED_BURST, SEALED_A_SECOND, now);
    if (!peer.allowance.take(now)) return 'sealed-overflow';
    return { peer: peer.id, data: packet.data };
  }
}

/** To open one takes a millisecond or two, and anybody can make one: so many are taken in the name of one peer. */
const SEALED_BURST = 8;
const SEALED_A_SECOND = 8;
