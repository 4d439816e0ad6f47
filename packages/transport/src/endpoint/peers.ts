import { micros, type Micros } from '@hellohaybye/core';

/** Somebody who sends to us. */
export interface Peer {
  id: string;
  /** When it was heard last. */
  heard: Micros;
  /** Whether it timed out. */
  silent: boolean;
}

/** Who sends to us, and when each was last heard. */
export class Peers {
  readonly #peers = new Map<string, Peer>();

  /** @param timeout silence after which a peer counts as gone */
  constructor(private readonly timeout: Micros) {}

  add(id: string, now: Micros): Peer {
    let peer = this.#peers.get(id);
    if (!peer) this.#peers.set(id, (peer = { id, heard: now, silent: false }));
    return peer;
  }

  get(id: string): Peer | undefined {
    return this.#peers.get(id);
  }

  remove(id: string): void {
    this.#peers.delete(id);
  }

  get size(): number {
    return this.#peers.size;
  }

  /** When the next peer times out. */
  nextDeadline(): Micros | undefined {
    let earliest: number | undefined;
    for (const { heard, silent } of this.#peers.values()) {
      if (!silent && (earliest === undefined || heard < earliest)) earliest = heard;
    }
    return earliest === undefined ? undefined : micros(earliest + this.timeout);
  }

  /** The peers that time out now; each is told once. */
  takeSilent(now: Micros): string[] {
    const silent: string[] = [];
    for (const [id, peer] of this.#peers) {
      if (peer.silent || peer.heard + this.timeout > now) continue;
      peer.silent = true;
      silent.push(id);
    }
    return silent;
  }

  clear(): void {
    this.#peers.clear();
  }
}
