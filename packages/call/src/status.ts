import type { Micros } from '@hellohaybye/core';
import type { TransportStatistics } from '@hellohaybye/transport';
import type { IncomingPipeline } from './incoming-pipeline.js';

/** How the media of one peer is coming in right now, for a status line. */
export interface PeerStatus {
  id: string;
  name: string;
  fps: number;
  /** Video and audio together. */
  bitsPerSecond: number;
  /** The share of packets lost since the last status, 0 to 1. */
  loss: number;
  /** The median of the video's latency in the last second, milliseconds; null when not known. */
  latencyMs: number | null;
  /** dBFS; null for silence or no audio. */
  level: number | null;
}

interface Counts {
  received: number;
  lost: number;
}

/** Turns running totals into what happened since the last look. Pure. */
export class StatusMeter {
  #before = new Map<string, Counts>();

  /** The status of one peer, and the start of its next interval. */
  measure(
    peer: { id: string; name: string },
    pipeline: IncomingPipeline,
    statistics: TransportStatistics,
    now: Micros,
  ): PeerStatus {
    const receiving = pipeline.of(peer.id);
    const video = receiving?.video.rate(now);
    const audio = receiving?.audio.rate(now);
    const level = receiving?.level ?? -Infinity;
    return {
      id: peer.id,
      name: peer.name,
      fps: video?.perSecond ?? 0,
      bitsPerSecond: (video?.bitsPerSecond ?? 0) + (audio?.bitsPerSecond ?? 0),
      loss: this.#lossSince(peer.id, statistics),
      latencyMs: video?.latencyMs.p50 ?? audio?.latencyMs.p50 ?? null,
      level: Number.isFinite(level) ? Math.round(level * 10) / 10 : null,
    };
  }

  forget(id: string): void {
    this.#before.delete(id);
  }

  #lossSince(id: string, statistics: TransportStatistics): number {
    const streams = statistics.incoming.filter(({ peer }) => peer === id);
    const total = (field: 'packets' | 'lost') => streams.reduce((sum, stream) => sum + stream[field], 0);
    const now = { received: total('packets'), lost: total('lost') };
    const before = this.#before.get(id) ?? { received: 0, lost: 0 };
    this.#before.set(id, now);
    const lost = Math.max(0, now.lost - before.lost);
    const received = Math.max(0, now.received - before.received);
    return lost === 0 ? 0 : lost / (lost + received);
  }
}
