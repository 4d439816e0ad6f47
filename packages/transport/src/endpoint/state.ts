import type { Micros } from '@hellohaybye/core';
import { WINDOW } from '../control/limits.js';
import { Drops, type DropReason } from '../drops.js';
import { Fifo } from '../fifo.js';
import { serializeRtcp, type OtherRtcp, type RtcpPacket } from '../packet/rtcp.js';
import { DatagramPool } from './datagram-pool.js';
import type { Destination } from './destination.js';
import { Goodbyes } from './goodbyes.js';
import type { IncomingStream } from './incoming-stream.js';
import { Paths } from '../path/paths.js';
import { RoundTrip } from '../repair/round-trip.js';
import { SealedMessages } from '../sealed/sealed-messages.js';
import { checkSealed } from '../sealed/sealed-packet.js';
import type { ResolvedOptions } from './options.js';
import type { OutgoingStream } from './outgoing-stream.js';
import { Peers, type Peer } from './peers.js';
import type {
  Address,
  ControlPeerOptions,
  Destination as DestinationOptions,
  EndpointEvent,
  Output,
  Priority,
} from './types.js';

/** What the parts of an endpoint share. */
export class EndpointState {
  readonly outgoing = new Map<string, OutgoingStream>();
  readonly outgoingBySsrc = new Map<number, OutgoingStream>();
  readonly incoming: IncomingStream[] = [];
  readonly incomingBySsrc = new Map<number, IncomingStream>();
  readonly destinations = new Map<string, Destination>();
  readonly peers: Peers;
  /** Which address of each destination works. */
  readonly paths: Paths;
  readonly sealed: SealedMessages;
  readonly #roundTrips = new Map<string, RoundTrip>();
  readonly goodbyes = new Goodbyes();
  readonly drops = new Drops();
  readonly datagrams = new DatagramPool();
  /** Frames and events that wait to be drained. */
  readonly outputs = new Fifo<Output>(MAX_WAITING_OUTPUTS);
  /** The source that reports when there is no stream of ours to report as. */
  readonly reporterSsrc: number;
  /** `now` of the latest input. It never goes back, whatever the caller's clock does. */
  now = 0 as Micros;

  /** Not later than a stream has something to do; `Infinity` when none has. */
  streamsDueBy = Infinity;
  /** Whether something happened that timers depend on, other than a packet of a stream. */
  rescheduled = false;

  constructor(readonly options: ResolvedOptions) {
    this.peers = new Peers(options.peerTimeout);
    this.paths = new Paths(options.random, () => options.control.ssrc);
    this.sealed = new SealedMessages(() => options.control.ssrc);
    this.reporterSsrc = options.random.uint32();
  }

  /** Takes note of the time of an input. */
  advance(now: Micros): Micros {
    if (!(now > this.now)) return this.now;
    this.now = now;
    return now;
  }

  /** Takes note of the time of an input that timers depend on. */
  reschedule(now: Micros): Micros {
    this.rescheduled = true;
    return this.advance(now);
  }

  /** A stream took something in: it may have something to do earlier than all others. */
  streamDue({ dueBy }: IncomingStream): void {
    if (dueBy < this.streamsDueBy) this.streamsDueBy = dueBy;
  }

  /** Finds `streamsDueBy` anew. */
  findStreamsDueBy(): void {
    this.streamsDueBy = Infinity;
    for (const stream of this.incoming) this.streamDue(stream);
  }

  socketOf(channel: string): string {
    return this.options.sockets[channel] ?? channel;
  }

  /** Who we report as on a channel: its first stream of ours, or else a source that sends nothing. */
  reporterOn(channel: string): number {
    for (const stream of this.outgoing.values()) if (stream.channel === channel) return stream.ssrc;
    return this.reporterSsrc;
  }

  /** Whether what was unprotected last may be of a stream: of its peer, as far as protection tells who sent it. */
  isFrom({ peer }: IncomingStream): boolean {
    const { sender } = this.options.protector;
    return sender === undefined || sender === peer;
  }

  /** The round trip to a peer, who may be a destination, send to us, or both. */
  roundTrip(peer: string): RoundTrip {
    let roundTrip = this.#roundTrips.get(peer);
    if (!roundTrip) this.#roundTrips.set(peer, (roundTrip = new RoundTrip()));
    return roundTrip;
  }

  /** Forgets the round trip to a peer who is neither any more. */
  forgetRoundTrip(peer: string): void {
    if (this.destinations.has(peer) || this.incoming.some((stream) => stream.peer === peer)) return;
    this.#roundTrips.delete(peer);
  }

  /** Somebody who sends to us was heard. */
  heard(peer: Peer, now: Micros): void {
    peer.heard = now;
    if (!peer.silent) return;
    peer.silent = false;
    this.rescheduled = true;
    this.event({ type: 'resumed', peer: peer.id });
  }

  /** Joins the control stream to the rest. */
  attachControl(): void {
    const { control, controlRoom, random, mtu, protector } = this.options;
    control.attach({
      random,
      room: mtu - protector.rtpOverhead,
      // A packet that comes may complete a whole window of messages.
      hasRoom: () => this.outputs.length < MAX_WAITING_OUTPUTS - 2 * WINDOW && controlRoom(),
      message: (peer, data) => this.output({ type: 'control', peer, data }),
      event: (event) => this.event(event),
      heard: (id, now) => {
        const peer = this.peers.get(id);
        if (peer) this.heard(peer, now);
      },
    });
  }

  /** Sets, or removes, a destination's end of the control stream. */
  setControlPeer(id: string, peer: ControlPeerOptions | undefined): void {
    const { control } = this.options;
    if (!peer) return this.removeControlPeer(id);
    const { ssrc } = peer;
    if (this.incomingBySsrc.has(ssrc) || this.outgoingBySsrc.has(ssrc) || control.takes(ssrc, id)) {
      this.removeControlPeer(id);
      return this.drop('ssrc-collision');
    }
    control.setPeer(id, peer, this.roundTrip(id));
    this.sealed.setPeer(id, peer);
  }

  removeControlPeer(id: string): void {
    this.options.control.removePeer(id);
    this.sealed.removePeer(id);
  }

  /** Sets, or removes, the addresses of a destination that are to be tried. */
  setPaths({ id, candidates, control }: DestinationOptions): void {
    const destination = this.destinations.get(id);
    // Without a source of its own nobody could tell whom a probe is of.
    if (!destination || !candidates || !control) return this.paths.removePeer(id);
    const address = this.paths.setPeer(id, control.ssrc, candidates, this.now);
    if (address !== undefined) destination.use(address);
    this.collectPaths();
  }

  /** The system has no way to an address. @returns whether it was only tried, so that nobody has to be told */
  unreachable(address: string, now: Micros): boolean {
    const tried = this.paths.unreachable(address, this.advance(now));
    this.collectPaths();
    return tried;
  }

  /** Sends what probing has to send, and carries out what it found. */
  collectPaths(): void {
    for (let output = this.paths.poll(); output; output = this.paths.poll()) {
      const destination = this.destinations.get(output.peer);
      if (!destination) continue;
      if (output.type === 'use') {
        const { type: _, ...path } = output;
        destination.use(path.address);
        this.event({ type: 'path', ...path });
      } else if (output.type === 'response') {
        this.#sendProbe(output.packet, destination, output.channel, output.to);
      } else {
        const { probed } = destination;
        if (!probed) continue;
        const to = { address: output.address, port: probed.port };
        this.#sendProbe(output.packet, destination, probed.channel, to);
      }
    }
  }

  /** Takes up what probing and the control stream have to send after an input. */
  collect(): void {
    this.collectPaths();
    const { control } = this.options;
    for (let message = control.poll(this.now); message; message = control.poll(this.now)) {
      const destination = this.destinations.get(message.destination);
      if (destination) this.sendRtp(message.packet, destination, message.channel, 'report');
    }
  }

  output(output: Output): void {
    if (!this.outputs.push(output)) this.drops.count('queue-full');
  }

  event(event: EndpointEvent): void {
    this.output({ type: 'event', event });
  }

  drop(reason: DropReason): void {
    this.drops.count(reason);
  }

  /** Gives a protected datagram to the pacer. */
  push(
    data: Uint8Array,
    destination: string,
    channel: string,
    to: Address,
    priority: Priority,
    now = this.now,
  ): void {
    const datagram = this.datagrams.fill(data, destination, channel, to, priority);
    if (this.options.pacer.push(datagram, now)) return;
    this.drop('queue-full');
    this.datagrams.release(datagram);
  }

  /** Protects a packet for one destination alone, such as repair, and sends it. */
  sendRtp(packet: Uint8Array, destination: Destination, channel: string, priority: Priority): void {
    const to = destination.addresses[channel];
    if (!to) return;
    const [datagram] = this.options.protector.protectRtp([packet]);
    if (typeof datagram === 'object') this.push(datagram, destination.id, channel, to, priority);
    else if (datagram) this.drop(datagram);
  }

  /** Sends a compound packet. @returns its bytes as sent */
  sendRtcp(
    packets: readonly RtcpPacket[],
    destination: Destination,
    channel: string,
    priority: Priority = 'report',
  ): number {
    const datagram = this.options.protector.protectRtcp(serializeRtcp(packets));
    if (typeof datagram === 'string') {
      this.drop(datagram);
      return 0;
    }
    const to = destination.rtcpAddress(channel);
    if (to) this.push(datagram, destination.id, channel, to, priority);
    return datagram.length;
  }

  /** @throws HhbError `message-too-large`, `bad-option` */
  sendSealed(peer: string, data: Uint8Array): void {
    checkSealed(data);
    const written = this.sealed.write(peer, data);
    const to = written && this.destinations.get(peer)?.addresses[written.channel];
    if (to) this.push(written.datagram, peer, written.channel, to, 'report');
  }

  #sendProbe(packet: OtherRtcp, { id }: Destination, channel: string, to: Address): void {
    const datagram = this.options.protector.protectRtcp(serializeRtcp([packet]));
    if (typeof datagram === 'string') this.drop(datagram);
    else this.push(datagram, id, channel, to, 'report');
  }
}

/** Frames and events that a caller who does not drain may leave waiting; more are dropped. */
const MAX_WAITING_OUTPUTS = 4096;
