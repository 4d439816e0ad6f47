import type { TransportStatistics } from '@hellohaybye/transport';
import type { IncomingPipeline } from './incoming-pipeline.js';
import type { LatencyMs } from './reception.js';

/** What one participant received from another, as `--json` prints it. Counts are since the other came. */
export interface ReceivedReport {
  /** The name of the sender. */
  from: string;
  video: {
    /** Whole frames. */
    frames: number;
    fps: number;
    /** Frames given up at their deadline. */
    incomplete: number;
    bytes: number;
    /** From the capture instant to the whole frame in hand; between hosts an estimate, for their clocks differ. */
    latencyMs: LatencyMs;
  };
  audio: { packets: number; lost: number; latencyMs: LatencyMs };
}

/** What one participant received from everybody, those who have left included. */
export interface ParticipantReport {
  name: string;
  received: ReceivedReport[];
}

/** Joins what the pipeline counted with what the transport did. */
export function reportOn(
  peer: { id: string; name: string },
  pipeline: IncomingPipeline,
  statistics: TransportStatistics,
): ReceivedReport {
  const receiving = pipeline.of(peer.id);
  const incoming = (stream: string) =>
    statistics.incoming.find((entry) => entry.peer === peer.id && entry.stream === stream);
  const none = { p50: null, p99: null };
  return {
    from: peer.name,
    video: {
      frames: receiving?.video.frames ?? 0,
      fps: Math.round((receiving?.video.fps ?? 0) * 100) / 100,
      incomplete: incoming('video')?.givenUp ?? 0,
      bytes: receiving?.video.bytes ?? 0,
      latencyMs: receiving?.video.latencyMs ?? none,
    },
    audio: {
      packets: receiving?.audio.frames ?? 0,
      lost: incoming('audio')?.lost ?? 0,
      latencyMs: receiving?.audio.latencyMs ?? none,
    },
  };
}
