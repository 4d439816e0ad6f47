import { micros, type Micros } from '@hellohaybye/core';
import type { ExtendedReportBlock } from '../packet/extended-report.js';
import { compactSpan, ntpFromMicros } from '../packet/ntp.js';
import { REPORT_BLOCK_LENGTH, MAX_REPORT_BLOCKS, type ReportBlock } from '../packet/report-block.js';
import type { RtcpPacket } from '../packet/rtcp.js';
import { describeCname } from '../packet/source-description.js';
import type { Destination } from './destination.js';
import type { OutgoingStream } from './outgoing-stream.js';
import { reportInterval } from './report-interval.js';
import type { EndpointState } from './state.js';

/**
 * Reports to each destination (RFC 3550, section 6). Every channel is an RTP session of two: a destination
 * is told of our streams of that channel, and of its own that come in on it, not of third parties'.
 */
export class Reports {
  constructor(private readonly state: EndpointState) {}

  /** A destination is new: its first regular report comes after half an interval (RFC 3550, section 6.2). */
  schedule(destination: Destination, now: Micros, initial: boolean): void {
    const { state } = this;
    const { random, reportInterval: minimum, sessionBandwidth } = state.options;
    const weSend = [...state.outgoing.values()].some((stream) =>
      stream.sentSince(destination.lastReports[0]),
    );
    const interval = reportInterval(
      {
        members: 1 + state.destinations.size,
        senders: state.peers.size + (weSend ? 1 : 0),
        weSend,
        bandwidth: (sessionBandwidth * 0.05) / 8,
        averageBytes: destination.averageReportBytes,
        initial,
        // The first few come soon, since the round trip measured by the very first may be far off.
        minimum: destination.reports < EARLY_REPORTS ? micros(minimum / 5) : minimum,
      },
      random,
    );
    destination.nextReport = micros(now + interval);
  }

  nextDeadline(): Micros | undefined {
    let earliest: Micros | undefined;
    for (const { nextReport } of this.state.destinations.values()) {
      if (earliest === undefined || nextReport < earliest) earliest = nextReport;
    }
    return earliest;
  }

  /** Sends the regular reports that are due. */
  tick(now: Micros): void {
    for (const destination of this.state.destinations.values()) {
      if (destination.nextReport > now) continue;
      for (const channel of Object.keys(destination.addresses)) this.#report(destination, channel, now);
      destination.reports += 1;
      destination.lastReports = [destination.lastReports[1], now];
      this.schedule(destination, now, false);
    }
  }

  /**
   * Tells a destination how a stream's timestamps relate to our clock, ahead of the stream's first packet:
   * nobody has to wait for the regular report to know when a frame was captured.
   */
  introduce(stream: OutgoingStream, destination: Destination, now: Micros): void {
    const report = stream.senderReport(now);
    if (!report) return;
    const packets = [report, describeCname([stream.ssrc], this.state.options.cname)];
    destination.countReport(this.state.sendRtcp(packets, destination, stream.channel));
  }

  /** Says BYE for streams to one destination, several times. */
  goodbye(streams: readonly OutgoingStream[], destination: Destination, now: Micros, reason?: string): void {
    const { state } = this;
    for (const channel of Object.keys(destination.addresses)) {
      const leaving = streams.filter((stream) => stream.channel === channel);
      for (const stream of leaving) {
        const packets: RtcpPacket[] = [
          // Section 6.1: also a BYE travels in a compound packet that a report begins.
          stream.senderReport(now) ?? { type: 'receiver-report', ssrc: stream.ssrc, reports: [] },
          describeCname([stream.ssrc], state.options.cname),
          { type: 'goodbye', ssrcs: [stream.ssrc], ...(reason === undefined ? {} : { reason }) },
        ];
        // Behind what waits of the stream's last frame.
        const send = () => state.sendRtcp(packets, destination, channel, stream.priority);
        state.goodbyes.say(destination.id, stream.ssrc, send, now);
      }
    }
  }

  #report(destination: Destination, channel: string, now: Micros): void {
    const blocks = this.#blocksFor(destination, channel, now);
    const streams = [...this.state.outgoing.values()].filter((stream) => stream.channel === channel);
    const ssrcs = streams.length > 0 ? streams.map(({ ssrc }) => ssrc) : [this.state.reporterSsrc];
    const { mtu, protector } = this.state.options;
    // At most 31 fit the count, at least one has to fit the MTU.
    const fitting = Math.floor((mtu - protector.rtcpOverhead - ROOM_BESIDE_BLOCKS) / REPORT_BLOCK_LENGTH);
    // One compound packet a source keeps each within the MTU, however many there are; the first ones carry
    // the blocks.
    for (let index = 0; index < ssrcs.length || blocks.length > 0; index += 1) {
      const reports = blocks.splice(0, Math.max(1, Math.min(MAX_REPORT_BLOCKS, fitting)));
      const ssrc = ssrcs[index] ?? ssrcs[0]!;
      const stream = streams[index];
      const sender = stream?.sentSince(destination.lastReports[0]) ? stream.senderReport(now) : undefined;
      const extended =
        index === 0 ? this.#extendedReport(destination, ssrc, !sender && reports.length > 0, now) : [];
      const packets: RtcpPacket[] = [
        sender ? { ...sender, reports } : { type: 'receiver-report', ssrc, reports },
        describeCname([ssrc], this.state.options.cname),
        ...extended,
      ];
      destination.countReport(this.state.sendRtcp(packets, destination, channel));
    }
  }

  /** Our clock, from who only receives; and that of the destination, back to it (RFC 3611, 4.4 and 4.5). */
  #extendedReport(
    { referenceTime }: Destination,
    ssrc: number,
    onlyReceives: boolean,
    now: Micros,
  ): RtcpPacket[] {
    const blocks: ExtendedReportBlock[] = [];
    if (onlyReceives) blocks.push({ type: 'receiver-reference-time', ntp: ntpFromMicros(now) });
    if (referenceTime) {
      const delay = {
        ssrc: referenceTime.ssrc,
        lastReferenceTime: referenceTime.compact,
        delaySinceLastReferenceTime: compactSpan(micros(now - referenceTime.arrivedAt)),
      };
      blocks.push({ type: 'receiver-reference-delays', delays: [delay] });
    }
    return blocks.length > 0 ? [{ type: 'extended-report', ssrc, blocks }] : [];
  }

  #blocksFor(destination: Destination, channel: string, now: Micros): ReportBlock[] {
    const blocks: ReportBlock[] = [];
    for (const stream of this.state.incoming) {
      if (stream.peer !== destination.id || stream.channel !== channel) continue;
      const block = stream.report(now);
      if (block) blocks.push(block);
    }
    return blocks;
  }
}

const EARLY_REPORTS = 4;
/** Headers, sender information, the longest CNAME and both blocks of an extended report. */
const ROOM_BESIDE_BLOCKS = 28 + 4 + 4 + 2 + 255 + 4 + 8 + 12 + 16;
