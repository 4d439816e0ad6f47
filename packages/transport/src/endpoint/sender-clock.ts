import { durationOf, micros, unwrapNear, wrap, type Micros } from '@hellohaybye/core';
import { compactNtp, compactSpan, microsFromNtp } from '../packet/ntp.js';
import type { SenderReport } from '../packet/reports.js';

/** Maps RTP timestamps of a source to its sender's clock, by its latest report (RFC 3550, section 6.4.1). */
export class SenderClock {
  #report: { rtp: number; instant: Micros; compact: number; arrivedAt: Micros } | undefined;

  constructor(private readonly clockRate: number) {}

  /** @returns whether it is the first one */
  update({ ntp, rtpTimestamp }: SenderReport, now: Micros): boolean {
    // Section 6.4.1: a sender without a clock says zero.
    if (ntp.seconds === 0 && ntp.fraction === 0) return false;
    const first = this.#report === undefined;
    this.#report = {
      rtp: rtpTimestamp,
      instant: microsFromNtp(ntp),
      compact: compactNtp(ntp),
      arrivedAt: now,
    };
    return first;
  }

  reset(): void {
    this.#report = undefined;
  }

  /** The sender's clock at an RTP timestamp; undefined before the first report. */
  instantOf(timestamp: number): Micros | undefined {
    if (!this.#report) return undefined;
    const { rtp, instant } = this.#report;
    return micros(instant + durationOf(unwrapNear(wrap(timestamp, 32), rtp, 32) - rtp, this.clockRate));
  }

  /** What a report block says of the last sender report. */
  lastReport(now: Micros): { lastSenderReport: number; delaySinceLastSenderReport: number } {
    if (!this.#report) return { lastSenderReport: 0, delaySinceLastSenderReport: 0 };
    return {
      lastSenderReport: this.#report.compact,
      delaySinceLastSenderReport: compactSpan(micros(now - this.#report.arrivedAt)),
    };
  }
}
