import { micros, type Micros } from '@hellohaybye/core';
import { compactNtp, microsFromCompactSpan, ntpFromMicros } from '../packet/ntp.js';
import type { ReportBlock } from '../packet/report-block.js';
import { plainAddress } from '../path/plain-address.js';
import type { RoundTrip } from '../repair/round-trip.js';
import type { OutgoingStream } from './outgoing-stream.js';
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
  /** Where each channel's packets go now. */
  addresses: Record<string, Address> = {};
  #candidates: readonly string[] = [];
  #ports: Readonly<Record<string, number>> = {};
  /** Which channel probes go out on, and to which port. */
  probed: { channel: string; port: number } | undefined;
  #rtcpAddresses: Record<string, Address> | undefined;
  /** Whether it knows what to do with repair packets. */
  takesRepair: boolean;
  /** The clock that it told us, to be given back (RFC 3611, section 4.4). */
  referenceTime: { ssrc: number; compact: number; arrivedAt: Micros } | undefined;
  /** Regular reports so far. */
  reports = 0;
  /** When the next regular report goes out. */
  nextReport: Micros;
  /** When the last two regular reports went out, for the choice between SR and RR. */
  lastReports: [Micros, Micros];
  /** Bytes of a compound packet as sent, with IP and UDP headers, averaged (RFC 3550, section 6.3.3). */
  averageReportBytes = 128;
  readonly #listening = new Map<string, Listening>();

  constructor(
    options: DestinationOptions,
    now: Micros,
    readonly roundTrip: RoundTrip,
  ) {
    this.id = options.id;
    this.takesRepair = options.repair ?? true;
    this.move(options);
    this.nextReport = now;
    this.lastReports = [now, now];
  }

  /** Takes other addresses, all of them anew. */
  move({
    addresses = {},
    candidates = [],
    ports = {},
    rtcpAddresses,
    repair = true,
    control,
  }: DestinationOptions): void {
    this.takesRepair = repair;
    this.#candidates = candidates.map(plainAddress);
    this.#ports = ports;
    const channel = [control?.channel, ...Object.keys(ports)].find(
      (one) => one !== undefined && one in ports,
    );
    this.probed = channel === undefined ? undefined : { channel, port: ports[channel]! };
    this.#rtcpAddresses = rtcpAddresses;
    this.addresses = addresses;
    if (this.#candidates[0] !== undefined) this.use(this.#candidates[0]);
  }

  /** Sends all channels to one address from now on. */
  use(address: string): void {
    const channels = Object.entries(this.#ports);
    this.addresses = Object.fromEntries(channels.map(([channel, port]) => [channel, { address, port }]));
  }

  /** Has the next regular report go out at once, or soon when the last one has only just gone. */
  reportSoon(now: Micros): void {
    const at = micros(Math.max(now, this.lastReports[1] + LEAST_REPORT_GAP));
    if (at < this.nextReport) this.nextReport = at;
  }

  /** Where a channel's RTCP goes. */
  rtcpAddress(channel: string): Address | undefined {
    return this.#rtcpAddresses?.[channel] ?? this.addresses[channel];
  }

  /** Whether something that came from there came from this destination. */
  isAt({ address, port }: Address): boolean {
    if (this.#candidates.includes(address) && Object.values(this.#ports).includes(port)) return true;
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
    this.measure(lastSenderReport, delaySinceLastSenderReport, now);
  }

  /**
   * Measures the round trip by an instant of our clock that came back.
   * @param last its middle 32 bits as NTP timestamp; 0 for none
   * @param delay for how long it was kept there: units of 2^-16 s
   */
  measure(last: number, delay: number, now: Micros): void {
    if (last === 0) return;
    // Modulo 2^32, so a span across the wrap comes out right; one that is negative is rounding or a lie.
    const span = (compactNtp(ntpFromMicros(now)) - last - delay) | 0;
    this.roundTrip.update(microsFromCompactSpan(Math.max(0, span)), now);
  }

  /** Notes the size of a report that went out. */
  countReport(bytes: number): void {
    this.averageReportBytes += (bytes + IP_UDP_HEADERS - this.averageReportBytes) / 16;
  }

  /** How a stream goes here; undefined when it does not. */
  statistics({ id, clockRate, repair }: OutgoingStream): ListenerStatistics | undefined {
    const listening = this.#listening.get(id);
    if (!listening) return undefined;
    const { packets, bytes, report } = listening;
    const roundTrip = this.roundTrip.smoothed;
    const repaired = repair.statistics(this.id);
    return {
      destination: this.id,
      packets,
      bytes,
      ...(report && {
        fractionLost: report.fractionLost,
        lost: report.lost,
        jitter: micros((report.jitter * 1e6) / clockRate),
      }),
      ...(roundTrip === undefined ? {} : { roundTrip }),
      ...(repaired && { repair: repaired }),
    };
  }
}

/** So much is between reports at least, whatever somebody sends who wants them. */
const LEAST_REPORT_GAP = 20_000;
const IP_UDP_HEADERS = 28;
