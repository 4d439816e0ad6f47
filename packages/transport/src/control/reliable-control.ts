import type { Micros } from '@hellohaybye/core';
import type { DropReason } from '../drops.js';
import type { ControlPeerOptions, ControlStatistics } from '../endpoint/types.js';
import { RTP_HEADER_LENGTH, type RtpHeader } from '../packet/rtp.js';
import type { RoundTrip } from '../repair/round-trip.js';
import { CONTROL_PAYLOAD_TYPE, DATA_HEADER_LENGTH, readControl, writeControl } from './control-packet.js';
import { ControlPeer } from './control-peer.js';
import type { ControlPacket, ControlStream, ControlSurroundings } from './control-stream.js';

/** How a control stream is made. */
export interface ReliableControlOptions {
  /** Our source: random, and drawn when it is first asked for, unless given. */
  ssrc?: number;
  /** The sequence number of the first RTP packet: random unless given. */
  firstSequenceNumber?: number;
}

/** The control stream of an endpoint: the default. Made for one endpoint alone. */
export const reliableControl = (options: ReliableControlOptions = {}): ControlStream =>
  new ReliableControl(options);

/** Joins the peers: which of them has something to say, which is due next, and one count of RTP packets. */
class ReliableControl implements ControlStream {
  readonly #peers = new Map<string, ControlPeer>();
  readonly #bySsrc = new Map<number, ControlPeer>();
  /** Those that may have something to send. */
  readonly #ready: ControlPeer[] = [];
  /** When the first peer has something to do; undefined when that has to be found anew. */
  #dueBy: number | undefined = Infinity;
  #surroundings!: ControlSurroundings;
  #ssrc: number | undefined;
  /**
   * Of RTP packets, to whomever they go, and one anew for each retransmission: they are protected with one key, and
   * no two may have the same number (RFC 3711, section 9.1).
   */
  #sequenceNumber = 0;
  #timestampOffset: number | undefined;

  constructor(private readonly options: ReliableControlOptions) {
    this.#ssrc = options.ssrc;
  }

  attach(surroundings: ControlSurroundings): void {
    this.#surroundings = surroundings;
  }

  get ssrc(): number {
    return (this.#ssrc ??= this.#surroundings.random.uint32());
  }

  setPeer(id: string, options: ControlPeerOptions, roundTrip: RoundTrip): void {
    const known = this.#peers.get(id);
    if (known?.options.ssrc === options.ssrc) {
      known.options.channel = options.channel;
      return;
    }
    if (known) this.#remove(known, 'restarted');
    const { random } = this.#surroundings;
    if (this.#timestampOffset === undefined) {
      this.#timestampOffset = random.uint32();
      this.#sequenceNumber = this.options.firstSequenceNumber ?? random.uint32() & 0xffff;
    }
    const peer = new ControlPeer(id, { ...options }, roundTrip, random, this.#surroundings);
    this.#peers.set(id, peer);
    this.#bySsrc.set(options.ssrc, peer);
  }

  removePeer(id: string): void {
    const peer = this.#peers.get(id);
    if (peer) this.#remove(peer, 'removed');
  }

  takes(ssrc: number, id: string): boolean {
    const peer = this.#bySsrc.get(ssrc);
    return ssrc === this.#ssrc || (peer !== undefined && peer.id !== id);
  }

  send(id: string, data: Uint8Array, now: Micros): boolean {
    const peer = this.#peers.get(id);
    if (!peer?.send(data, now)) return false;
    this.#touch(peer);
    return true;
  }

  receive(packet: Uint8Array, header: RtpHeader, now: Micros): boolean | DropReason {
    if (header.payloadType !== CONTROL_PAYLOAD_TYPE) return false;
    const peer = this.#bySsrc.get(header.ssrc);
    if (!peer) return header.ssrc === this.#ssrc ? 'own-ssrc' : false;
    const payload = readControl(packet, header);
    if (!payload) return 'malformed-control';
    if (payload.receiver !== this.ssrc) return 'misdirected-control';
    this.#touch(peer);
    return peer.receive(payload, now);
  }

  poll(now: Micros): ControlPacket | undefined {
    while (this.#ready.length > 0) {
      const peer = this.#ready[0]!;
      const payload = peer.poll(this.#surroundings.room - RTP_HEADER_LENGTH - DATA_HEADER_LENGTH, now);
      if (!payload) {
        this.#ready.shift();
        continue;
      }
      const packet = writeControl(payload, {
        sequenceNumber: this.#sequenceNumber,
        timestamp: Math.round((now * 9) / 100) + this.#timestampOffset!,
        ssrc: this.ssrc,
      });
      this.#sequenceNumber += 1;
      return { destination: peer.id, channel: peer.options.channel, packet };
    }
    return undefined;
  }

  nextDeadline(): Micros | undefined {
    if (this.#dueBy === undefined) {
      this.#dueBy = Infinity;
      for (const peer of this.#peers.values())
        this.#dueBy = Math.min(this.#dueBy, peer.nextDeadline() ?? Infinity);
    }
    return this.#dueBy === Infinity ? undefined : (this.#dueBy as Micros);
  }

  tick(now: Micros): void {
    for (const peer of this.#peers.values()) {
      const due = peer.nextDeadline();
      if (due === undefined || due > now) continue;
      peer.tick(now);
      this.#touch(peer);
    }
  }

  statistics(): ControlStatistics[] {
    return [...this.#peers.values()].map((peer) => peer.statistics());
  }

  /** Something happened to a peer. */
  #touch(peer: ControlPeer): void {
    this.#dueBy = undefined;
    if (!this.#ready.includes(peer)) this.#ready.push(peer);
  }

  #remove(peer: ControlPeer, reason: 'restarted' | 'removed'): void {
    this.#peers.delete(peer.id);
    this.#bySsrc.delete(peer.options.ssrc);
    const index = this.#ready.indexOf(peer);
    if (index >= 0) this.#ready.splice(index, 1);
    this.#dueBy = undefined;
    peer.fail(reason);
  }
}
