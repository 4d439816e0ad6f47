import type { Micros } from '@hellohaybye/core';
import type { OtherRtcp, RtcpPacket } from '../packet/rtcp.js';
import type { RtpHeader } from '../packet/rtp.js';

/** A frame's source packets, as they were before protection. */
export interface SentFrame {
  stream: string;
  channel: string;
  ssrc: number;
  packets: readonly Uint8Array[];
  capturedAt: Micros;
}

/** A feedback message that a receiver wants to be sent to a peer. */
export interface RepairRequest {
  peer: string;
  /** The channel of the stream that it is about. */
  channel: string;
  packets: RtcpPacket[];
}

/**
 * Repair of losses: its half at the sender (within stage 5) and at the receiver (stage 9). Repair packets
 * are RTP packets with an SSRC of their own, made from source packets before protection, then protected and
 * paced like them.
 */
export interface Repair {
  /** Bytes that a repair packet is longer, at most, than the longest source packet that it stands for. */
  readonly overhead: number;
  /** Sender: a frame goes to a destination. @returns repair packets to send along */
  sent(frame: SentFrame, destination: string, now: Micros): readonly Uint8Array[];
  /** Sender: feedback (RTCP types 205 and 206) of a destination. @returns packets to answer it with */
  feedback(packet: OtherRtcp, destination: string, now: Micros): readonly Uint8Array[];
  /** Receiver: whether a packet is a repair packet, which no stream is given. */
  isRepair(header: RtpHeader): boolean;
  /** Receiver: a packet came, repair or source. @returns source packets that could be restored */
  received(packet: Uint8Array, header: RtpHeader, now: Micros): readonly Uint8Array[];
  /** Receiver: the next request to send. */
  poll(now: Micros): RepairRequest | undefined;
  nextDeadline(): Micros | undefined;
  tick(now: Micros): void;
}

/** No repair: nothing is asked for, nothing is sent twice. */
export const noRepair: Repair = {
  overhead: 0,
  sent: () => none,
  feedback: () => none,
  isRepair: () => false,
  received: () => none,
  poll: () => undefined,
  nextDeadline: () => undefined,
  tick: () => undefined,
};

const none: readonly Uint8Array[] = [];
