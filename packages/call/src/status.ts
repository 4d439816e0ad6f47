import type { Micros } from '@hellohaybye/core';
import type { VisibleState } from '@hellohaybye/signaling';
import type { IncomingStatistics, TransportStatistics } from '@hellohaybye/transport';
import type { IncomingPipeline } from './incoming-pipeline.js';

/** How the media of one peer is coming in right now, for a status line. */
export interface PeerStatus {
  id: string;
  name: string;
  fps: number;
  /** Video and audio together. */
  bitsPerSecond: number;
  /** The share of packets that did not come by themselves since the last status, 0 to 1. */
  lossBefore: number;
  /** The share of packets that repair has not brought back. */
  lossAfter: number;
  /** The median of the video's latency in the last second, milliseconds; null when not known. */
  latencyMs: number | null;
  /** dBFS; null for silence or no audio. */
  level: number | null;
  /** What they and the server say of them. */
  state: VisibleState;
}

interface Counts {
  received: number;
  lost: number;
  /** The most packets that were missing at once, lost and not yet repaired. */
  missing: number;
}

/** Turns running totals into what happened since the last look. Pure. */
export class StatusMeter {
  #before = new Map<string, Counts>();

  /** The status of one peer, and the start of its next interval. */
  measure(
    peer: { id: string; name: string; state?: VisibleState },
    pipeline: IncomingPipeline,
    statistics: TransportStatistics,
    now: Micros,
  ): PeerStatus {
    const receiving = pipeline.of(peer.id);
    const video = receiving?.video.rate(now);
    const audio = receiving?.audio.rate(now);
    // Who is muted sends nothing: what was heard last is not heard any more.
    const level = receiving && audio?.perSecond ? receiving.level : -Infinity;
    return {
      id: peer.id,
      name: peer.name,
      fps: video?.perSecond ?? 0,
      bitsPerSecond: (video?.bitsPerSecond ?? 0) + (audio?.bitsPerSecond ?? 0),
      ...this.#lossSince(peer.id, statistics),
      latencyMs: video?.latencyMs.p50 ?? audio?.latencyMs.p50 ?? null,
      level: Number.isFinite(level) ? Math.round(level * 10) / 10 : null,
      state: peer.state ?? {},
    };
  }

  forget(id: string): void {
    this.#before.delete(id);
  }

  #lossSince(id: string, statistics: TransportStatistics): Pick<PeerStatus, 'lossBefore' | 'lossAfter'> {
    const streams = statistics.incoming.filter(({ peer }) => peer === id);
    const total = (of: (stream: IncomingStatistics) => number) =>
      streams.reduce((sum, stream) => sum + of(stream), 0);
    const lost = total((stream) => stream.lost);
    const repaired = total((stream) => stream.repaired.parity + stream.repaired.request);
    const before = this.#before.get(id) ?? { received: 0, lost: 0, missing: 0 };
    // What is being repaired now is missing now, and is not missing once more when the next is being repaired.
    const now = {
      received: total((stream) => stream.packets),
      lost,
      missing: Math.max(before.missing, lost - repaired),
    };
    this.#before.set(id, now);
    const since = (count: keyof Counts) => Math.max(0, now[count] - before[count]);
    const all = since('lost') + since('received');
    const share = (count: number) => (all === 0 ? 0 : Math.min(count, all) / all);
    return { lossBefore: share(since('lost')), lossAfter: share(since('missing')) };
  }
}
