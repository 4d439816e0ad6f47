import { copyOf } from '../bytes.js';
import type { RtpHeader } from '../packet/rtp.js';
import type { DropReason } from '../drops.js';
import {
  writeShare,
  type Depacketizer,
  type Fragment,
  type FramePlan,
  type FrameParts,
  type Packetizer,
} from './payload-format.js';

/**
 * 16-bit PCM (RFC 3551, section 4.5.11): big-endian samples, those of one instant next to each other. The
 * bytes pass through as they are. Each packet is a frame of its own and the timestamp counts samples; what
 * is too long for one packet goes as several, cut between samples.
 * @param channels 1 or more
 */
export function l16Packetizer(channels: number): Packetizer {
  const sampleBytes = 2 * channels;
  return {
    format: 'l16',
    plan(frame, room) {
      const step = Math.floor(room / sampleBytes) * sampleBytes;
      if (frame.length === 0 || frame.length % sampleBytes !== 0 || step === 0) return undefined;
      return new L16Plan(frame, step, sampleBytes);
    },
  };
}

class L16Plan implements FramePlan {
  readonly count: number;
  readonly duration: number;

  constructor(
    readonly carried: Uint8Array,
    private readonly step: number,
    private readonly sampleBytes: number,
  ) {
    this.count = Math.ceil(carried.length / step);
    this.duration = carried.length / sampleBytes;
  }

  payloadLength(index: number): number {
    return Math.min(this.step, this.carried.length - index * this.step);
  }

  timestampOffset(index: number): number {
    return (index * this.step) / this.sampleBytes;
  }

  marker(): boolean {
    // RFC 3551, section 4.1: set only after silence, which is never suppressed here.
    return false;
  }

  write(index: number, into: Uint8Array, at: number, carriedAt?: number): void {
    const offset = index * this.step;
    const end = Math.min(offset + this.step, this.carried.length);
    writeShare(this.carried, offset, end, into, at, carriedAt);
  }
}

/**
 * Reads 16-bit PCM packets.
 * @param channels 1 or more
 */
export function l16Depacketizer(channels: number): Depacketizer {
  const sampleBytes = 2 * channels;
  return {
    format: 'l16',
    single: true,

    parse(
      _packet: Uint8Array,
      { payloadStart, payloadEnd }: RtpHeader,
      into: Fragment,
    ): DropReason | undefined {
      const length = payloadEnd - payloadStart;
      if (length === 0 || length % sampleBytes !== 0) return 'malformed-l16';
      into.start = payloadStart;
      into.end = payloadEnd;
      into.offset = 0;
      into.total = length;
      into.kind = 0;
      into.variant = 0;
      return undefined;
    },

    join: ({ packets, starts, ends }: FrameParts): Uint8Array => copyOf(packets[0]!, starts[0], ends[0]),
  };
}
