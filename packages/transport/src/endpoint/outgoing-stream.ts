import { HhbError, ticksIn, wrap, type Micros, type Random } from '@hellohaybye/core';
import { ntpFromMicros } from '../packet/ntp.js';
import type { SenderReport } from '../packet/reports.js';
import { RTP_HEADER_LENGTH, writeRtpHeader } from '../packet/rtp.js';
import { checkFormats, packetizerFor } from '../payload/formats.js';
import type { FramePlan, Packetizer } from '../payload/payload-format.js';
import type { Repair, RepairSender, SentFrame } from '../repair/repair.js';
import type { OutgoingFrame, OutgoingStreamOptions, Priority } from './types.js';

/** A stream that goes out: frames are cut into RTP packets, once for all destinations. */
export class OutgoingStream {
  readonly id: string;
  readonly channel: string;
  readonly ssrc: number;
  readonly priority: Priority;
  readonly repair: RepairSender;
  /** Timestamp ticks a second. */
  readonly clockRate: number;
  frames = 0;
  packets = 0;
  bytes = 0;
  /** Whether somebody else was heard with our SSRC. */
  collided = false;
  readonly #packetizers: { payloadType: number; packetizer: Packetizer }[];
  /** Unwrapped, of the next packet; the first is random (RFC 3550, section 5.1). */
  #sequenceNumber: number;
  readonly #firstTimestamp: number;
  #firstCapturedAt: Micros | undefined;
  /** The last frame: what its timestamp stands for, and the timestamp of what follows it without a gap. */
  #last: { timestamp: number; capturedAt: Micros; duration: number; sentAt: Micros } | undefined;
  #octets = 0;

  constructor(options: OutgoingStreamOptions, random: Random, repair: Repair) {
    checkFormats(options.id, options.formats);
    if (!Number.isInteger(options.ssrc) || options.ssrc < 0 || options.ssrc >= 2 ** 32) {
      throw new HhbError('bad-option', `Stream ${options.id}: ssrc ${options.ssrc} is not a 32-bit number`);
    }
    this.id = options.id;
    this.channel = options.channel;
    this.ssrc = options.ssrc;
    const single = options.formats[0]!.format === 'l16';
    this.priority = single ? 'audio' : 'frame';
    this.repair = repair.sender({ ssrc: options.ssrc, single }, random);
    this.clockRate = options.formats[0]!.clockRate;
    this.#packetizers = options.formats.map((format) => ({
      payloadType: format.payloadType,
      packetizer: packetizerFor(format),
    }));
    this.#sequenceNumber = random.uint32() & 0xffff;
    this.#firstTimestamp = random.uint32();
  }

  /**
   * Cuts a frame into RTP packets.
   * @param room most bytes of an RTP packet
   * @returns undefined when none of the stream's formats can carry the frame
   */
  cut(frame: OutgoingFrame, room: number, now: Micros): SentFrame | undefined {
    for (const { payloadType, packetizer } of this.#packetizers) {
      const plan = packetizer.plan(frame.data, room - RTP_HEADER_LENGTH);
      if (plan)
        return this.#write(plan, payloadType, this.#timestampFor(frame.capturedAt, plan.duration, now));
    }
    return undefined;
  }

  /** Whether anything was sent since an instant (RFC 3550, section 6.4: who has not sends RR, not SR). */
  sentSince(instant: Micros): boolean {
    return this.#last !== undefined && this.#last.sentAt >= instant;
  }

  /** The sender report of this stream, without report blocks; undefined before the first frame. */
  senderReport(now: Micros): SenderReport | undefined {
    if (!this.#last) return undefined;
    const { timestamp, capturedAt } = this.#last;
    return {
      type: 'sender-report',
      ssrc: this.ssrc,
      ntp: ntpFromMicros(now),
      rtpTimestamp: wrap(timestamp + ticksIn((now - capturedAt) as Micros, this.clockRate), 32),
      packetCount: wrap(this.packets, 32),
      octetCount: wrap(this.#octets, 32),
      reports: [],
    };
  }

  #write(plan: FramePlan, payloadType: number, timestamp: number): SentFrame {
    const { count } = plan;
    let size = 0;
    for (let index = 0; index < count; index += 1) size += RTP_HEADER_LENGTH + plan.payloadLength(index);
    // One piece of memory for all packets of a frame: cheaper to make, and to collect, than one for each. The
    // frame's bytes are put at its end first, so that all but the last packet move towards the front.
    const memory = new Uint8Array(size);
    const carriedAt = count > 1 ? size - plan.carried.length : undefined;
    if (carriedAt !== undefined) memory.set(plan.carried, carriedAt);
    const packets = new Array<Uint8Array>(count);
    let at = 0;
    for (let index = 0; index < count; index += 1) {
      const payloadAt = at + RTP_HEADER_LENGTH;
      const end = payloadAt + plan.payloadLength(index);
      // Of which 32 bits are written. A larger number would take memory for each packet.
      const packetTimestamp = (timestamp + plan.timestampOffset(index)) | 0;
      const sequenceNumber = this.#sequenceNumber + index;
      plan.write(index, memory, payloadAt, carriedAt);
      writeRtpHeader(memory, at, plan.marker(index), payloadType, sequenceNumber, packetTimestamp, this.ssrc);
      packets[index] = memory.subarray(at, end);
      at = end;
    }
    const frame = { packets, sequenceNumber: this.#sequenceNumber, timestamp: wrap(timestamp, 32) };
    this.#sequenceNumber += count;
    this.frames += 1;
    this.packets += count;
    this.bytes += size;
    this.#octets += size - count * RTP_HEADER_LENGTH;
    return frame;
  }

  /** The unwrapped timestamp of a frame; remembers it. */
  #timestampFor(capturedAt: Micros, duration: number, sentAt: Micros): number {
    const last = this.#last;
    let timestamp: number;
    if (!last) timestamp = this.#firstTimestamp;
    else if (duration > 0) timestamp = last.timestamp + last.duration + this.#gapBefore(capturedAt, last);
    else {
      // Frames of one instant, or a clock that was set back, must not look like one frame.
      const ticks = ticksIn((capturedAt - this.#firstCapturedAt!) as Micros, this.clockRate);
      timestamp = Math.max(last.timestamp + 1, this.#firstTimestamp + ticks);
    }
    this.#firstCapturedAt ??= capturedAt;
    this.#last = { timestamp, capturedAt, duration, sentAt };
    return timestamp;
  }

  /**
   * Samples count the timestamp on without gaps, whatever the capture clock's jitter and drift, which the
   * sender reports tell. Only a jump ahead of over 100 ms, as when a source was restarted, leaves a gap. A
   * jump back leaves none: timestamps never go back.
   */
  #gapBefore(capturedAt: Micros, last: { capturedAt: Micros; duration: number }): number {
    const ahead = ticksIn((capturedAt - last.capturedAt) as Micros, this.clockRate) - last.duration;
    return ahead > ticksIn(MAX_CAPTURE_JITTER, this.clockRate) ? ahead : 0;
  }
}

const MAX_CAPTURE_JITTER = 100_000 as Micros;
