import type { Micros } from '@hellohaybye/core';
import type { RtpHeader } from '../packet/rtp.js';

/** A packet of the control stream, before protection. */
export interface ControlPacket {
  destination: string;
  channel: string;
  packet: Uint8Array;
}

/**
 * The place of the control stream: small messages among participants, reliable and in order, that ride on
 * the media socket as RTP packets and are protected like the media. The endpoint offers it every packet
 * that came out of protection before it looks for a stream, and sends what it has to say.
 */
export interface ControlStream {
  /** @returns whether the packet was one of the control stream's; others go on to the streams */
  receive(packet: Uint8Array, header: RtpHeader, now: Micros): boolean;
  /** The next packet to send. */
  poll(now: Micros): ControlPacket | undefined;
  nextDeadline(): Micros | undefined;
  tick(now: Micros): void;
}

/** No control stream: no packet is one of it, and it sends none. */
export const noControl: ControlStream = {
  receive: () => false,
  poll: () => undefined,
  nextDeadline: () => undefined,
  tick: () => undefined,
};
