import type { IncomingStatistics, TransportStatistics } from '@hellohaybye/transport';
import type { IncomingPipeline } from './incoming-pipeline.js';
import type { LatencyMs } from './reception.js';

/** What became of the packets that a stream lost, and of the frames that they belong to. */
export interface RepairReport {
  /** Packets that repair brought back: by parity that came unasked, and by request. */
  repaired: { parity: number; request: number };
  /** Frames given up whose packets came after all, too late; of audio, packets too late for playout. */
  late: number;
  /** Frames given up because packets were missing at their deadline. */
  givenUp: number;
  /** Share of packets that did not come by themselves, 0 to 1. */
  lossBefore: number;
  /** Share of packets that were missing after repair, 0 to 1. */
  lossAfter: number;
  /** Bytes that came for the sake of repair, in per cent of all others. */
  overheadPct: number;
}

/** What one participant received from another, as `--json` prints it. Counts are since the other came. */
export interface ReceivedReport {
  /** The name of the sender. */
  from: string;
  video: {
    /** Whole frames. */
    frames: number;
    fps: number;
    /** Frames given up at their deadline: the same as `givenUp`. */
    incomplete: number;
    /** Of the whole frames, those that were not shown because a newer one had been. */
    overtaken: number;
    bytes: number;
    /** From the capture instant to the whole frame in hand; between hosts an estimate, for their clocks differ. */
    latencyMs: LatencyMs;
  } & RepairReport;
  audio: {
    packets: number;
    /** Packets that did not come by themselves, repaired or not. */
    lost: number;
    latencyMs: LatencyMs;
  } & RepairReport;
}

/** What was sent to those who could read it: each frame or packet counted once, however many it went to. */
export interface SentReport {
  video: { frames: number };
  audio: { packets: number };
}

/** What one participant received from everybody, those who have left included. */
export interface ParticipantReport {
  name: string;
  sent: SentReport;
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
  const [videoIn, audioIn] = [incoming('video'), incoming('audio')];
  const none = { p50: null, p99: null };
  return {
    from: peer.name,
    video: {
      frames: receiving?.video.frames ?? 0,
      fps: Math.round((receiving?.video.fps ?? 0) * 100) / 100,
      incomplete: videoIn?.givenUp ?? 0,
      overtaken: receiving?.overtaken ?? 0,
      bytes: receiving?.video.bytes ?? 0,
      latencyMs: receiving?.video.latencyMs ?? none,
      ...repairOf(videoIn),
    },
    audio: {
      packets: receiving?.audio.frames ?? 0,
      lost: audioIn?.lost ?? 0,
      latencyMs: receiving?.audio.latencyMs ?? none,
      ...repairOf(audioIn),
    },
  };
}

function repairOf(stream: IncomingStatistics | undefined): RepairReport {
  return {
    repaired: { ...(stream?.repaired ?? { parity: 0, request: 0 }) },
    late: stream?.late ?? 0,
    givenUp: stream?.givenUp ?? 0,
    lossBefore: rounded(stream?.lossBefore, 5),
    lossAfter: rounded(stream?.lossAfter, 5),
    overheadPct: rounded(stream?.overheadPct, 2),
  };
}

const rounded = (value = 0, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
