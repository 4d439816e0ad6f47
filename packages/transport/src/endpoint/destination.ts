import { micros, type Micros } from '@hellohaybye/core';
import { compactNtp, microsFromCompactSpan, ntpFromMicros } from '../packet/ntp.js';
import type { ReportBlock } from '../packet/report-block.js';
import type { Address, Destination as DestinationOptions, ListenerStatistics } from './types.js';

/** How one stream goes to one destination. */
interface Listening {
  packets: number;
  bytes: number;
  report: { fractionLost: number; lost: number; jitter: number } | undefined;
}

/**
 * A listener: where its packets go, what went there and what it says of them. Each has its own round-trip
 * time; send history, budget and repair that later stages keep for a listener go by its id.
 */
export class Destination {
  readonly id: string;
  addresses: Record<string, Address>;
  #rtcpAddresses: Record<string, Address> | undefined;
  /** Of the last report that told (RFC 3550, section 6.4.1). */
  roundTrip: Micros | undefined;
  /** When the next regular report goes out. */
  nextReport: Micros;
  /** When the last two regular reports went out, for the choice between SR and RR. */
  lastReports: [Micros, Micros];
  /** Bytes of a compound packet as sent, with IP and UDP headers, averaged (RFC 3550, section 6.3.3). */
  averageReportBytes = 128;
  readonly #listening = new Map<string, Listening>();

  constructor(options: DestinationOptions, now: Micros) {
    this.id = options.id;
    this.addresses = options.addresses;
    this.#rtcpAddresses = options.rtcpAddresses;
    this.nextReport = now;
    this.lastReports = [now, now];
  }

  /** Takes other addresses, all of them anew. */
  move({ addresses, rtcpAddresses }: DestinationOptions): void {
    this.addresses = addresses;
    this.#rtcpAddresses = rtcpAddresses;
  }

  /** Where a channel's RTCP goes. */
  rtcpAddress(channel: string): Address | undefined {
    return this.#rtcpAddresses?.[channel] ?? this.addresses[channel];
  }

  /** Whether something that came from there came from this destination. */
  isAt({ address, port }: Address): boolean {
    return [this.addresses, this.#rtcpAddresses ?? {}].some((addresses) =>
      Object.values(addresses).some((own) => own.port === port && own.address === address),
    );
  }

  /** Whether a stream was introduced by a sender report; notes that it is now. */
  introduce(stream: string): boolean {
    const known = this.#listening.has(stream);
    if (!known) this.#listening.set(stream, { packets: 0, bytes: 0, report: undefined });
    return known;
  }

  sent(stream: string, packets: number, bytes: number): void {
    const listening = this.#listening.get(stream);
    if (!listening) return;
    listening.packets += packets;
    listening.bytes += bytes;
  }

  forgetStream(stream: string): void {
    this.#listening.delete(stream);
  }

  /** What the destination reports of one of our streams. */
  reported(stream: string, block: ReportBlock, now: Micros): void {
    const listening = this.#listening.get(stream);
    if (!listening) return;
    const { fractionLost, cumulativeLost, jitter, lastSenderReport, delaySinceLastSenderReport } = block;
    listening.report = { fractionLost: fractionLost / 256, lost: cumulativeLost, jitter };
    if (lastSenderReport === 0) return;
    // Modulo 2^32, so a span across the wrap comes out right; one that is negative is rounding or a lie.
    const span = (compactNtp(ntpFromMicros(now)) - lastSenderReport - delaySinceLastSenderReport) | 0;
    this.roundTrip = microsFromCompactSpan(Math.max(0, span));
  }

  /** Notes the size of a report that went out. */
  countReport(bytes: number): void {
    this.averageReportBytes += (bytes + IP_UDP_HEADERS - this.averageReportBytes) / 16;
  }

  /** How a stream goes here; undefined when it does not. */
  statistics(stream: string, clockRate: number): ListenerStatistics | undefined {
    const listening = this.#listening.get(stream);
    if (!listening) return undefined;
    const { packets, bytes, report } = listening;
    return {
      destination: this.id,
      packets,
      bytes,
      ...(report && {
        fractionLost: report.fractionLost,
        lost: report.lost,
        jitter: micros((report.jitter * 1e6) / clockRate),
      }),
      ...(this.roundTrip === undefined ? {} : { roundTrip: this.roundTrip }),
    };
  }
}

const IP_UDP_HEADERS = 28;
