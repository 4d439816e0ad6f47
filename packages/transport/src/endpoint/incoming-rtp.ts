import type { Micros } from '@hellohaybye/core';
import { emptyRtpHeader, parseRtp } from '../packet/rtp.js';
import type { IncomingRtcp } from './incoming-rtcp.js';
import type { IncomingStream } from './incoming-stream.js';
import type { EndpointState } from './state.js';
import type { Address } from './types.js';

/** Stages 8 to 10: a datagram out of protection, past repair and the control stream, to its stream. */
export class IncomingRtp {
  readonly #header = emptyRtpHeader();

  constructor(
    private readonly state: EndpointState,
    private readonly rtcp: IncomingRtcp,
  ) {}

  /** @param socket the name of the socket that the datagram came in on */
  receive(datagram: Uint8Array, socket: string, from: Address, now: Micros): void {
    const { options } = this.state;
    const packet = options.protector.unprotectRtp(datagram);
    if (typeof packet === 'string') return this.state.drop(packet);
    const header = parseRtp(packet, this.#header);
    if (!header) return this.state.drop('malformed-rtp');
    const { sender } = options.protector;
    if (sender !== undefined && options.control.takes(header.ssrc, sender))
      return this.state.drop('wrong-sender');
    const control = options.control.receive(packet, header, now);
    if (control === true) return;
    if (control) return this.state.drop(control);
    const repaired = options.repair.sourceOf(packet, header);
    if (repaired === undefined) this.#deliver(packet, socket, from, now);
    else this.#repair(packet, repaired, socket, from, now);
  }

  /** Gives a source packet, whose header was just read, to its stream. */
  #deliver(packet: Uint8Array, socket: string, from: Address, now: Micros): void {
    const { state } = this;
    const { ssrc } = this.#header;
    let stream = state.incomingBySsrc.get(ssrc);
    if (stream?.socket !== socket) {
      if (this.#isOwn(ssrc)) return state.drop('own-ssrc');
      stream = this.#latch(ssrc, socket, now);
      if (!stream) return;
    }
    if (!state.isFrom(stream)) return state.drop('wrong-sender');
    state.heard(stream.sender, now);
    stream.receive(packet, this.#header, from, now);
    state.streamDue(stream);
  }

  /** Gives a repair packet to the stream that it repairs. */
  #repair(packet: Uint8Array, ssrc: number, socket: string, from: Address, now: Micros): void {
    const { state } = this;
    const stream = state.incomingBySsrc.get(ssrc);
    // Of no stream that is known: then it is no repair packet, but a stream's own of that payload type.
    if (stream?.socket !== socket) return this.#deliver(packet, socket, from, now);
    if (!state.isFrom(stream)) return state.drop('wrong-sender');
    state.heard(stream.sender, now);
    stream.receiveRepair(packet, this.#header, now);
    state.streamDue(stream);
  }

  /** Finds a stream without a given source that this one can be. */
  #latch(ssrc: number, socket: string, now: Micros): IncomingStream | undefined {
    const { state } = this;
    let channelKnown = false;
    let found: IncomingStream | undefined;
    for (const stream of state.incoming) {
      if (stream.socket !== socket) continue;
      channelKnown = true;
      if (!state.isFrom(stream) || !stream.takesSource(this.#header.payloadType, now)) continue;
      // One that never had a source goes before one whose source may come back.
      if (!found || (found.ssrc !== undefined && stream.ssrc === undefined)) found = stream;
    }
    if (!found || state.incomingBySsrc.has(ssrc)) {
      state.drop(channelKnown ? 'unknown-ssrc' : 'unknown-channel');
      return undefined;
    }
    if (found.ssrc !== undefined) state.incomingBySsrc.delete(found.ssrc);
    state.incomingBySsrc.set(ssrc, found);
    found.takeSource(ssrc);
    const report = this.rtcp.claim(ssrc);
    if (report) found.senderReport(report, now);
    return found;
  }

  #isOwn(ssrc: number): boolean {
    const own = this.state.outgoingBySsrc.get(ssrc);
    if (own && !own.collided) {
      own.collided = true;
      this.state.event({ type: 'collision', stream: own.id, ssrc });
    }
    return own !== undefined;
  }
}
