import type { Micros, Random } from '@hellohaybye/core';
import type { OtherRtcp } from '../packet/rtcp.js';
import type { RtpHeader } from '../packet/rtp.js';
import type { RoundTrip } from './round-trip.js';

/** A frame's source packets, as they were before protection: consecutive, of one RTP timestamp. */
export interface SentFrame {
  packets: readonly Uint8Array[];
  /** Of the first packet, unwrapped. */
  sequenceNumber: number;
  /** RTP timestamp, 32 bits as on the wire. */
  timestamp: number;
}

/** A listener, to the sending half of repair. */
export interface RepairListener {
  id: string;
  roundTrip: RoundTrip;
  /** Whether it knows what to do with repair packets; standard NACKs are answered either way. */
  takesRepair: boolean;
}

/** What repair sent to one listener of one stream. */
export interface SentRepairStatistics {
  /** Repair packets that nobody had asked for. */
  parity: number;
  /** Packets that answered requests. */
  answers: number;
  /** Of both, RTP headers included. */
  bytes: number;
  /** Requests that came. */
  requests: number;
  /** Packets that were not sent because the repair budget was used up. */
  overBudget: number;
  /** What the listener reported last: share of packets lost before repair, 0 to 1. */
  shareLost: number;
}

/** Repair of one outgoing stream: within stage 5 of a frame's journey. */
export interface RepairSender {
  /** A frame goes to a listener. @returns repair packets to send after it */
  sent(frame: SentFrame, listener: RepairListener, now: Micros): readonly Uint8Array[];
  /** Feedback of a listener (RTCP types 205 and 206). @returns packets to answer it with */
  feedback(packet: OtherRtcp, listener: RepairListener, now: Micros): readonly Uint8Array[];
  /** A listener is gone. */
  forget(listener: string): void;
  /** Undefined for a listener of whom nothing is known. */
  statistics(listener: string): SentRepairStatistics | undefined;
}

/** A source packet that came in by itself, as the receiving half of repair sees it: one object for all, not to be kept. */
export interface SourceArrival {
  /** Unwrapped. */
  sequenceNumber: number;
  /** Unwrapped, RTP ticks. */
  timestamp: number;
  /** Whether it is the first or the last of its frame. */
  first: boolean;
  last: boolean;
  packet: Uint8Array;
}

/** What a receiver asks for: Reed-Solomon parity, lost packets as they were, or nothing. */
export type RepairRequests = 'parity' | 'packets' | 'none';

/** How a frame ended. */
export type Outcome = 'whole' | 'given-up';

/** What repair did for one incoming stream. */
export interface ReceivedRepairStatistics {
  /** Source packets that were restored, by what came unasked and by what was asked for. */
  repaired: { parity: number; request: number };
  /** Requests that were sent. */
  requests: number;
  /** Packets that came for the sake of repair, and their bytes with RTP headers. */
  packets: number;
  bytes: number;
  /** Of these packets, those that are source packets sent again. */
  resent: number;
  /** Frames of which nothing was ever seen. */
  unseen: number;
}

/** Repair of one incoming stream: stage 9 of a frame's journey. */
export interface RepairReceiver {
  /** A source packet came, new and of a frame that is not decided. */
  source(arrival: SourceArrival, now: Micros): void;
  /** A source packet came once more. */
  duplicate(sequenceNumber: number): void;
  /**
   * A repair packet came.
   * @returns source packets that it restored
   */
  repair(packet: Uint8Array, header: RtpHeader, now: Micros): readonly Uint8Array[];
  /** A frame is whole, or given up: nothing is asked for it any more. */
  decided(timestamp: number, outcome: Outcome, now: Micros): void;
  /** The source begins anew: nothing is known. */
  restart(): void;
  /** How long a frame's packets take to come: what a frame's deadline is counted from ends with it. */
  readonly span: Micros;
  nextDeadline(): Micros | undefined;
  /** Does what is due. */
  tick(now: Micros): void;
  statistics(): ReceivedRepairStatistics;
}

/** What the receiving half of repair is told of its stream. */
export interface RepairedStream {
  /** The source's SSRC at present. */
  ssrc(): number | undefined;
  /** Who we report as. */
  reporter(): number;
  /** Sends feedback to the stream's peer. */
  send(feedback: OtherRtcp): void;
  roundTrip: RoundTrip;
  /** Timestamp ticks a second. */
  clockRate: number;
  /** How long after its last packet was due a frame is given up. */
  deadline: Micros;
  /** Whether every packet is a frame of its own. */
  single: boolean;
  /** What its sender understands. */
  requests: RepairRequests;
  /** Highest sequence number seen so far, unwrapped. */
  highest(): number;
  /** Whether a packet came by itself; of the last 2048 sequence numbers. */
  isSeen: (sequenceNumber: number) => boolean;
  /** Unwraps a number on the wire by the latest of the stream. */
  unwrapSequenceNumber(wrapped: number): number;
  unwrapTimestamp(wrapped: number): number;
  /** Whether a frame was decided already. */
  isDecided(timestamp: number): boolean;
}

/**
 * A way to repair losses. Repair packets are RTP packets with an SSRC of their own, made from source packets
 * before protection, then protected and paced like them.
 */
export interface Repair {
  /** Bytes that a repair packet is longer, at most, than the longest source packet that it stands for. */
  readonly overhead: number;
  /** Whether a packet is a repair packet, which no stream is given, and of which stream. */
  sourceOf(packet: Uint8Array, header: RtpHeader): number | undefined;
  sender(stream: { ssrc: number; single: boolean }, random: Random): RepairSender;
  receiver(stream: RepairedStream): RepairReceiver;
}

/** What a receiver begins with. */
export const noCounts = (): ReceivedRepairStatistics => ({
  repaired: { parity: 0, request: 0 },
  requests: 0,
  packets: 0,
  bytes: 0,
  resent: 0,
  unseen: 0,
});

/** No repair: nothing is asked for, nothing is sent twice. */
export const noRepair: Repair = {
  overhead: 0,
  sourceOf: () => undefined,
  sender: () => ({
    sent: () => none,
    feedback: () => none,
    forget: () => undefined,
    statistics: () => undefined,
  }),
  receiver: () => ({
    source: () => undefined,
    duplicate: () => undefined,
    repair: () => none,
    decided: () => undefined,
    restart: () => undefined,
    span: 0 as Micros,
    nextDeadline: () => undefined,
    tick: () => undefined,
    statistics: noCounts,
  }),
};

const none: readonly Uint8Array[] = [];
