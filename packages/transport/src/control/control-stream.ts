import type { Micros, Random } from '@hellohaybye/core';
import type { DropReason } from '../drops.js';
import type { ControlPeerOptions, ControlStatistics, EndpointEvent } from '../endpoint/types.js';
import type { RtpHeader } from '../packet/rtp.js';
import type { RoundTrip } from '../repair/round-trip.js';

/** A packet of the control stream, before protection. */
export interface ControlPacket {
  destination: string;
  channel: string;
  packet: Uint8Array;
}

/** What a control stream needs of its endpoint, and tells it. */
export interface ControlSurroundings {
  random: Random;
  /** Most bytes of a packet before protection. */
  room: number;
  /** Whether messages that come can be given out; while not, they are not taken, and come again. */
  hasRoom(): boolean;
  /** A message came. Its memory is its own. */
  message(peer: string, data: Uint8Array): void;
  event(event: EndpointEvent): void;
  /** A packet came that can be of nobody else. */
  heard(peer: string, now: Micros): void;
}

/**
 * The place of the control stream: small messages among participants, reliable and in order, that ride on
 * the media socket as RTP packets and are protected like the media. The endpoint offers it every packet
 * that came out of protection before it looks for a stream, and sends what it has to say.
 */
export interface ControlStream {
  /** Our source. Random, and drawn when it is first asked for. */
  readonly ssrc: number;
  /** Called once, by the endpoint that it is made for. */
  attach(surroundings: ControlSurroundings): void;
  /** Who is talked to. One of the same id and source is kept. */
  setPeer(id: string, peer: ControlPeerOptions, roundTrip: RoundTrip): void;
  /** An unknown id is none. */
  removePeer(id: string): void;
  /** Whether a source is ours, or that of another peer than this one. */
  takes(ssrc: number, id: string): boolean;
  /** @returns false when too much waits, or there is no such peer */
  send(peer: string, data: Uint8Array, now: Micros): boolean;
  /** @returns false when the packet is none of the control stream's and goes on to the streams; or why it is dropped */
  receive(packet: Uint8Array, header: RtpHeader, now: Micros): boolean | DropReason;
  /** The next packet to send. */
  poll(now: Micros): ControlPacket | undefined;
  nextDeadline(): Micros | undefined;
  tick(now: Micros): void;
  statistics(): ControlStatistics[];
}

/** No control stream: no packet is one of it, and it sends none. */
export const noControl: ControlStream = {
  ssrc: 0,
  attach: () => undefined,
  setPeer: () => undefined,
  removePeer: () => undefined,
  takes: () => false,
  send: () => false,
  receive: () => false,
  poll: () => undefined,
  nextDeadline: () => undefined,
  tick: () => undefined,
  statistics: () => [],
};
