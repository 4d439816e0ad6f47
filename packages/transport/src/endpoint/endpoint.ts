import type { Micros } from '@hellohaybye/core';
import { checkControlMessage } from '../control/limits.js';
import { demultiplex } from '../packet/demultiplex.js';
import { checkFormats } from '../payload/formats.js';
import { Destination } from './destination.js';
import { IncomingRtcp } from './incoming-rtcp.js';
import { IncomingRtp } from './incoming-rtp.js';
import { IncomingStream } from './incoming-stream.js';
import { packetRoom, resolveOptions, type EndpointOptions } from './options.js';
import { OutgoingStream } from './outgoing-stream.js';
import { Reports } from './reports.js';
import { EndpointState } from './state.js';
import { endpointTimers, Schedule } from './timers.js';
import type {
  Address,
  Destination as DestinationOptions,
  IncomingStreamOptions,
  OutgoingFrame,
  OutgoingStreamOptions,
  Output,
  TransportStatistics,
} from './types.js';

/**
 * One participant's transport: frames, datagrams and the time go in; datagrams, whole frames, events and
 * the next deadline come out. It does no I/O, reads no clock, starts no timer and draws no randomness by
 * itself, so a call can be simulated, and repeated from a seed.
 *
 * The drain contract. After every call that takes `now`:
 *
 * 1. call `poll()` until it returns undefined, sending the datagrams in order as they come;
 * 2. ask `nextDeadline()`, and call `tick()` then, unless another input comes first.
 *
 * `now` is in microseconds of one clock, that of `OutgoingFrame.capturedAt`. An instant before the latest
 * one counts as the latest one. Nothing that a peer sends makes it throw, and nothing makes its memory grow
 * beyond the bounds that README.md lists.
 */
export class Endpoint {
  readonly #state: EndpointState;
  readonly #reports: Reports;
  readonly #rtcp: IncomingRtcp;
  readonly #rtp: IncomingRtp;
  readonly #schedule: Schedule;
  readonly #room: number;
  #closed = false;

  /** @throws HhbError `bad-option` */
  constructor(options: EndpointOptions) {
    this.#state = new EndpointState(resolveOptions(options));
    this.#room = packetRoom(this.#state.options);
    this.#reports = new Reports(this.#state);
    this.#rtcp = new IncomingRtcp(this.#state);
    this.#rtp = new IncomingRtp(this.#state, this.#rtcp);
    this.#schedule = new Schedule(this.#state, endpointTimers(this.#state, this.#reports));
    this.#state.attachControl();
  }

  /** The source of our control packets, which peers have to be told. */
  get controlSsrc(): number {
    return this.#state.options.control.ssrc;
  }

  /**
   * Adds a stream to send. One of the same id ends first, with a BYE.
   * @throws HhbError `bad-option`
   */
  addOutgoing(options: OutgoingStreamOptions, now: Micros): void {
    const state = this.#state;
    const at = state.reschedule(now);
    const stream = new OutgoingStream(options, state.options.random, state.options.repair);
    this.removeOutgoing(options.id, at);
    state.goodbyes.cancel({ ssrc: stream.ssrc });
    state.outgoing.set(stream.id, stream);
    state.outgoingBySsrc.set(stream.ssrc, stream);
  }

  /** Ends a stream, with a BYE to every destination. An unknown id is none. */
  removeOutgoing(id: string, now: Micros): void {
    const state = this.#state;
    const at = state.reschedule(now);
    const stream = state.outgoing.get(id);
    if (!stream) return;
    for (const destination of state.destinations.values()) {
      this.#reports.goodbye([stream], destination, at);
      destination.forgetStream(id);
    }
    state.outgoing.delete(id);
    state.outgoingBySsrc.delete(stream.ssrc);
  }

  /**
   * Adds a listener of all streams. One of the same id is kept, with the new addresses; so is its control stream, when
   * that has the same source. One whose source a stream or another peer has is passed over: a drop `ssrc-collision`.
   */
  addDestination(options: DestinationOptions, now: Micros): void {
    const state = this.#state;
    const at = state.reschedule(now);
    state.goodbyes.cancel({ destination: options.id });
    const known = state.destinations.get(options.id);
    if (known) known.move(options);
    else {
      const destination = new Destination(options, at, state.roundTrip(options.id));
      state.destinations.set(options.id, destination);
      this.#reports.schedule(destination, at, true);
      state.options.pacer.setBudget(options.id, state.options.congestion.budget(options.id));
    }
    state.setControlPeer(options.id, options.control);
    state.setPaths(options);
  }

  /** Removes a listener, with a BYE for every stream. An unknown id is none. */
  removeDestination(id: string, now: Micros): void {
    const state = this.#state;
    const at = state.reschedule(now);
    const destination = state.destinations.get(id);
    if (!destination) return;
    this.#reports.goodbye([...state.outgoing.values()], destination, at);
    state.removeControlPeer(id);
    state.paths.removePeer(id);
    state.destinations.delete(id);
    state.options.pacer.forget(id);
    state.options.congestion.forget(id);
    for (const stream of state.outgoing.values()) stream.repair.forget(id);
    state.forgetRoundTrip(id);
  }

  /**
   * Expects a stream of a peer. One of the same peer and id is replaced. A stream whose SSRC another one has
   * is not added: a drop `ssrc-collision` is counted.
   * @throws HhbError `bad-option`
   */
  addIncoming(options: IncomingStreamOptions, now: Micros): void {
    const state = this.#state;
    const at = state.reschedule(now);
    checkFormats(options.id, options.formats);
    this.#removeStreams((stream) => stream.peer === options.peer && stream.id === options.id);
    const { ssrc } = options;
    if (ssrc !== undefined && (state.incomingBySsrc.has(ssrc) || state.outgoingBySsrc.has(ssrc))) {
      return state.drop('ssrc-collision');
    }
    const stream = new IncomingStream(options, {
      drops: state.drops,
      repair: state.options.repair,
      roundTrip: state.roundTrip(options.peer),
      sender: state.peers.add(options.peer, at),
      socket: state.socketOf(options.channel),
      reporter: () => state.reporterOn(options.channel),
      frame: (frame) => state.output({ type: 'frame', frame }),
      feedback: ({ peer, channel }, packet) => {
        const destination = state.destinations.get(peer);
        if (destination) state.sendRtcp([packet], destination, channel);
      },
      restarted: ({ peer, id, ssrc: source }) => {
        state.event({ type: 'source', peer, stream: id, ssrc: source! });
        // The first report is what tells the round trip.
        state.destinations.get(peer)?.reportSoon(state.now);
        state.rescheduled = true;
      },
    });
    state.incoming.push(stream);
    if (ssrc !== undefined) state.incomingBySsrc.set(ssrc, stream);
  }

  /** Expects nothing more of a peer. What was incomplete is not counted. */
  removeIncoming(peer: string, now: Micros): void {
    this.#state.reschedule(now);
    this.#removeStreams((stream) => stream.peer === peer);
    this.#state.peers.remove(peer);
    this.#state.forgetRoundTrip(peer);
  }

  /**
   * Sends a frame to all destinations. It is cut and protected once; `frame.data` is not kept.
   * @returns false when there is no such stream or none of its formats can carry the frame; a drop is counted
   */
  send(frame: OutgoingFrame, now: Micros): boolean {
    const state = this.#state;
    const at = state.advance(now);
    const stream = state.outgoing.get(frame.stream);
    if (!stream || this.#closed) {
      state.drop('unknown-stream');
      return false;
    }
    const sent = stream.cut(frame, this.#room, at);
    if (!sent) {
      state.drop('frame-too-large');
      return false;
    }
    const listeners: Destination[] = [];
    const addresses: Address[] = [];
    for (const destination of state.destinations.values()) {
      const to = destination.addresses[stream.channel];
      if (!to) continue;
      if (!destination.introduce(stream.id)) this.#reports.introduce(stream, destination, at);
      listeners.push(destination);
      addresses.push(to);
    }
    const bytes = this.#fanOut(sent.packets, stream, listeners, addresses, at);
    for (const destination of listeners) {
      destination.sent(stream.id, sent.packets.length, bytes);
      for (const packet of stream.repair.sent(sent, destination, at))
        state.sendRtp(packet, destination, stream.channel, 'repair');
    }
    return true;
  }

  /**
   * Sends a message of 0 to 16,384 bytes to a peer, who is a destination with `control`: reliably, and in order. The data
   * is not kept. Events tell how it goes: `control-taken`, or `control-failed`.
   * @returns false when it is not sent: there is no such peer, or 256 KiB wait for it already, each message counted
   *   with 64 bytes besides
   * @throws HhbError `message-too-large`
   */
  sendControl(peer: string, data: Uint8Array, now: Micros): boolean {
    const state = this.#state;
    const at = state.advance(now);
    checkControlMessage(data);
    const sent = !this.#closed && state.options.control.send(peer, data, at);
    this.#state.collect();
    return sent;
  }

  /** Sends a peer 1 to 1024 bytes that are sealed, outside of SRTP. @throws HhbError `message-too-large`, `bad-option` */
  sendSealed(peer: string, data: Uint8Array, now: Micros): void {
    this.#state.advance(now);
    if (!this.#closed) this.#state.sendSealed(peer, data);
  }

  /**
   * Takes in a datagram, and may keep its memory until its frame is whole. Which address it came from is not
   * checked against the peer's: packets are known by their SSRC, and by protection where there is some.
   */
  receive({ channel, data, from }: { channel: string; data: Uint8Array; from: Address }, now: Micros): void {
    const state = this.#state;
    const at = state.advance(now);
    const kind = demultiplex(data);
    if (kind === 'rtp') this.#rtp.receive(data, state.socketOf(channel), from, at);
    else if (kind === 'rtcp') this.#rtcp.receive(data, channel, from, at);
    else state.drop(kind);
    this.#state.collect();
  }

  /** The system has no way to an address, as a socket said. @returns whether nothing but probes goes there */
  unreachable(address: string, now: Micros): boolean {
    return this.#state.unreachable(address, now);
  }

  /** Does what is due. */
  tick(now: Micros): void {
    this.#schedule.tick(this.#state.advance(now));
    this.#state.collect();
  }

  /**
   * The next thing that came out; undefined when nothing more does for now. A datagram, its `data` aside, is
   * valid until the next call of `poll`, which fills the same object with another one.
   */
  poll(): Output | undefined {
    const state = this.#state;
    const output = state.outputs.shift();
    if (output) return output;
    const { pacer, congestion } = state.options;
    const datagram = pacer.pop(state.now);
    if (datagram) congestion.sent(datagram.destination, datagram.data.length, state.now);
    return state.datagrams.lend(datagram);
  }

  /**
   * When `tick` is to be called, microseconds; undefined when only an input can bring something about. It may be
   * earlier than needed, when what was to be done has settled itself meanwhile: `tick` then finds nothing due.
   */
  nextDeadline(): Micros | undefined {
    return this.#schedule.nextDeadline();
  }

  /** Counts since the start. */
  statistics(now: Micros): TransportStatistics {
    const state = this.#state;
    const at = state.advance(now);
    return {
      outgoing: [...state.outgoing.values()].map((stream) => ({
        stream: stream.id,
        ssrc: stream.ssrc,
        frames: stream.frames,
        packets: stream.packets,
        bytes: stream.bytes,
        destinations: [...state.destinations.values()].flatMap(
          (destination) => destination.statistics(stream) ?? [],
        ),
      })),
      incoming: state.incoming.map((stream) => stream.statistics(at)),
      control: state.options.control.statistics(),
      paths: state.paths.statistics(),
      drops: state.drops.toRecord(),
    };
  }

  /**
   * Ends: a BYE for every stream to every destination, repeated. Nothing else is sent or given out any more;
   * drain and tick until `nextDeadline` is undefined.
   */
  close(now: Micros): void {
    const state = this.#state;
    const at = state.reschedule(now);
    for (const id of [...state.destinations.keys()]) this.removeDestination(id, at);
    this.#removeStreams(() => true);
    state.peers.clear();
    this.#closed = true;
  }

  /**
   * Protects a frame's packets and gives them to the pacer: packet by packet to all, rather than all packets to
   * one, so that no listener gets a longer burst than needed.
   * @returns bytes of the packets, protected
   */
  #fanOut(
    packets: readonly Uint8Array[],
    { channel, priority }: OutgoingStream,
    listeners: readonly Destination[],
    addresses: readonly Address[],
    now: Micros,
  ): number {
    const state = this.#state;
    const { protector } = state.options;
    let bytes = 0;
    for (const datagram of protector.protectRtp(packets)) {
      if (typeof datagram === 'string') {
        state.drop(datagram);
        continue;
      }
      bytes += datagram.length;
      for (let index = 0; index < listeners.length; index += 1)
        state.push(datagram, listeners[index]!.id, channel, addresses[index]!, priority, now);
    }
    return bytes;
  }

  #removeStreams(which: (stream: IncomingStream) => boolean): void {
    const { incoming, incomingBySsrc } = this.#state;
    for (let index = incoming.length - 1; index >= 0; index -= 1) {
      const stream = incoming[index]!;
      if (!which(stream)) continue;
      incoming.splice(index, 1);
      if (stream.ssrc !== undefined) incomingBySsrc.delete(stream.ssrc);
    }
    this.#state.findStreamsDueBy();
  }
}
