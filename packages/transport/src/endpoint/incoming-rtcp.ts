import type { Micros } from '@hellohaybye/core';
import { uint32 } from '../bytes.js';
import type { ExtendedReport } from '../packet/extended-report.js';
import { compactNtp } from '../packet/ntp.js';
import type { ReportBlock } from '../packet/report-block.js';
import type { SenderReport } from '../packet/reports.js';
import { parseRtcp, type OtherRtcp, type RtcpPacket } from '../packet/rtcp.js';
import { isProbe } from '../path/probe-packet.js';
import { isSealed } from '../sealed/sealed-packet.js';
import { cnameOf } from '../packet/source-description.js';
import type { Destination } from './destination.js';
import type { IncomingStream } from './incoming-stream.js';
import type { EndpointState } from './state.js';
import type { Address } from './types.js';

/** Takes in what others report, say of themselves, and ask for. */
export class IncomingRtcp {
  /** Sender reports of sources that no stream has yet: a stream without an SSRC may latch onto one. */
  readonly #unclaimed = new Map<number, SenderReport>();
  /** Which destination a source that is no stream reports for. */
  readonly #reporters = new Map<number, string>();

  constructor(private readonly state: EndpointState) {}

  receive(datagram: Uint8Array, channel: string, from: Address, now: Micros): void {
    const { state } = this;
    if (isSealed(datagram)) return this.#sealed(datagram, now);
    const plain = state.options.protector.unprotectRtcp(datagram);
    if (typeof plain === 'string') return state.drop(plain);
    const packets = parseRtcp(plain);
    if (!packets) return state.drop('malformed-rtcp');
    const sender = packets[0]!;
    if (isProbe(sender)) return this.#probe(sender, channel, from, now);
    const ssrc = reporterOf(sender);
    if (ssrc !== undefined && (state.outgoingBySsrc.has(ssrc) || ssrc === state.reporterSsrc)) {
      // What we sent ourselves and came back, or somebody with our SSRC: nothing in it can be believed.
      return state.drop('own-ssrc');
    }
    const stream = ssrc === undefined ? undefined : state.incomingBySsrc.get(ssrc);
    if (stream && !state.isFrom(stream)) return state.drop('wrong-sender');
    const destination = this.#destinationOf(stream, ssrc, from);
    const peer = stream ? stream.sender : destination && state.peers.get(destination.id);
    if (peer) state.heard(peer, now);
    else if (!destination && sender.type !== 'sender-report') return state.drop('unknown-reporter');
    for (const packet of packets) this.#take(packet, destination, now);
    // Reports, round trips and goodbyes are what timers depend on.
    for (const each of state.incoming) each.reschedule();
    state.findStreamsDueBy();
    state.rescheduled = true;
  }

  /** The sender report that a source sent before a stream had it. */
  claim(ssrc: number): SenderReport | undefined {
    const report = this.#unclaimed.get(ssrc);
    this.#unclaimed.delete(ssrc);
    return report;
  }

  #take(packet: RtcpPacket, destination: Destination | undefined, now: Micros): void {
    switch (packet.type) {
      case 'sender-report': {
        const stream = this.#streamOf(packet.ssrc);
        if (!stream) this.#keep(packet);
        // Answered at once, so that both sides know the round trip from the start.
        else if (stream.senderReport(packet, now)) destination?.reportSoon(now);
        return this.#reported(packet.reports, destination, now);
      }
      case 'receiver-report':
        return this.#reported(packet.reports, destination, now);
      case 'source-description':
        for (const { ssrc, items } of packet.chunks) {
          const stream = this.#streamOf(ssrc);
          const cname = cnameOf(items);
          if (stream && cname !== undefined) stream.cname = cname;
        }
        return;
      case 'goodbye':
        for (const ssrc of packet.ssrcs) {
          const stream = this.#streamOf(ssrc);
          if (!stream?.goodbye()) continue;
          const { peer, id } = stream;
          const { reason } = packet;
          this.state.event({ type: 'bye', peer, stream: id, ...(reason === undefined ? {} : { reason }) });
        }
        return;
      case 'extended-report':
        return this.#extended(packet, destination, now);
      case 'other':
        return this.#feedback(packet, destination, now);
    }
  }

  /** Round trips by the clock of who only receives (RFC 3611, sections 4.4 and 4.5). */
  #extended({ ssrc, blocks }: ExtendedReport, destination: Destination | undefined, now: Micros): void {
    if (!destination) return;
    for (const block of blocks) {
      if (block.type === 'receiver-reference-time') {
        if (!destination.referenceTime) destination.reportSoon(now);
        destination.referenceTime = { ssrc, compact: compactNtp(block.ntp), arrivedAt: now };
        continue;
      }
      for (const { ssrc: receiver, lastReferenceTime, delaySinceLastReferenceTime } of block.delays) {
        if (receiver !== this.state.reporterSsrc && !this.state.outgoingBySsrc.has(receiver)) continue;
        destination.measure(lastReferenceTime, delaySinceLastReferenceTime, now);
      }
    }
  }

  #reported(blocks: readonly ReportBlock[], destination: Destination | undefined, now: Micros): void {
    if (!destination) return;
    const { outgoingBySsrc, options } = this.state;
    for (const block of blocks) {
      const stream = outgoingBySsrc.get(block.ssrc);
      if (!stream) continue;
      destination.reported(stream.id, block, now);
      const report = { fractionLost: block.fractionLost / 256, roundTrip: destination.roundTrip.smoothed };
      options.congestion.reported(destination.id, report, now);
      options.pacer.setBudget(destination.id, options.congestion.budget(destination.id));
    }
  }

  #feedback(packet: OtherRtcp, destination: Destination | undefined, now: Micros): void {
    // RFC 4585, section 6.1: transport layer and payload-specific feedback name the media source second.
    if (!destination || (packet.packetType !== 205 && packet.packetType !== 206)) return;
    if (packet.body.length < 8) return;
    const stream = this.state.outgoingBySsrc.get(uint32(packet.body, 4));
    if (!stream) return;
    for (const answer of stream.repair.feedback(packet, destination, now))
      this.state.sendRtp(answer, destination, stream.channel, 'repair');
  }

  #keep(report: SenderReport): void {
    keepNewest(this.#unclaimed, report.ssrc, report, MAX_UNCLAIMED);
  }

  /** The stream of a source, unless somebody else speaks for it. */
  #streamOf(ssrc: number): IncomingStream | undefined {
    const stream = this.state.incomingBySsrc.get(ssrc);
    return stream && this.state.isFrom(stream) ? stream : undefined;
  }

  /** Who a packet is from among the destinations: as protection tells, else by its source, else by its address. */
  #destinationOf(
    stream: IncomingStream | undefined,
    ssrc: number | undefined,
    from: Address,
  ): Destination | undefined {
    const { destinations, options } = this.state;
    const { sender } = options.protector;
    if (sender !== undefined) return destinations.get(sender);
    return (stream && destinations.get(stream.peer)) ?? this.#destinationAt(ssrc, from);
  }

  /**
   * Whose report it is, who sends no stream: told by its address. One that may be at several addresses is known by its
   * source from then on, wherever it moves.
   */
  #destinationAt(ssrc: number | undefined, from: Address): Destination | undefined {
    const { destinations } = this.state;
    for (const destination of destinations.values()) {
      if (!destination.isAt(from)) continue;
      if (ssrc !== undefined && destination.probed)
        keepNewest(this.#reporters, ssrc, destination.id, MAX_REPORTERS);
      return destination;
    }
    const known = ssrc === undefined ? undefined : destinations.get(this.#reporters.get(ssrc) ?? '');
    return known?.probed && known;
  }

  #sealed(datagram: Uint8Array, now: Micros): void {
    const { state } = this;
    const taken = state.sealed.receive(datagram, now);
    if (typeof taken === 'string') state.drop(taken);
    else state.event({ type: 'sealed', ...taken });
  }

  #probe(packet: OtherRtcp, channel: string, from: Address, now: Micros): void {
    const { state } = this;
    const { sender } = state.options.protector;
    const taken = state.paths.receive(packet, { from, channel, sender }, now);
    if (typeof taken === 'string') return state.drop(taken);
    const peer = state.peers.get(taken.peer);
    if (peer) state.heard(peer, now);
  }
}

function keepNewest<Value>(map: Map<number, Value>, key: number, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}

function reporterOf(packet: RtcpPacket): number | undefined {
  switch (packet.type) {
    case 'sender-report':
    case 'receiver-report':
    case 'extended-report':
      return packet.ssrc;
    case 'source-description':
      return packet.chunks[0]?.ssrc;
    case 'goodbye':
      return packet.ssrcs[0];
    case 'other':
      return packet.body.length >= 4 ? uint32(packet.body, 0) : undefined;
  }
}

/** Sources whose sender reports are kept for a stream that may come. */
const MAX_UNCLAIMED = 16;
/** Sources of reports whose destination is remembered. */
const MAX_REPORTERS = 256;
