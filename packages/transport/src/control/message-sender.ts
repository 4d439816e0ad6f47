import { micros, unwrapNear, wrap, type Micros } from '@hellohaybye/core';
import { copyOf } from '../bytes.js';
import { Bucket } from '../pace/bucket.js';
import type { RoundTrip } from '../repair/round-trip.js';
import { DATA_HEADER_LENGTH, type Acknowledged, type ControlData } from './control-packet.js';
import {
  CONTROL_BURST,
  CONTROL_RATE,
  MAX_WAITING_BYTES,
  MESSAGE_COST,
  PEER_TIMEOUT,
  WINDOW,
} from './limits.js';
import { RetransmissionTimer } from './retransmission-timer.js';

/** Messages, and their bytes. */
export interface MessageCount {
  messages: number;
  bytes: number;
}

/** A packet's worth of a message, sent and not acknowledged. */
interface Part {
  sequenceNumber: number;
  fragment: Uint8Array;
  last: boolean;
  /** When it was sent last, and as which transmission of all. */
  sentAt: Micros;
  order: number;
  transmissions: number;
  /** It came, although something before it did not. */
  received: boolean;
  /** It is to be sent again. */
  lost: boolean;
}

/**
 * One session's messages to one peer: a queue with a bound, cut into packets, sent again until they are
 * acknowledged. What was sent before something that came counts as lost after a round trip and a little
 * (RFC 8985); what nothing came after, by the timer of RFC 6298.
 */
export class MessageSender {
  /** Those that are not wholly acknowledged. */
  #messages: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Messages that were cut already, and bytes cut of the next one. */
  #cut = 0;
  #offset = 0;
  #parts: Part[] = [];
  /** The first sequence number that the other side lacks, and the next new one, unwrapped. */
  #base = 0;
  #next = 0;
  #transmissions = 0;
  /** The latest transmission that is known to have come. */
  #newest = -1;
  /** When something that seems lost is sent again; `Infinity` when nothing seems so. */
  #lossAt = Infinity;
  /** Something is to be sent again to hear what came. */
  #probe = false;
  /** Whether the other side is known. */
  #begun = false;
  /** Since when nothing was taken that waits. */
  #since = 0 as Micros;
  readonly #timer: RetransmissionTimer;
  readonly #bucket = new Bucket(CONTROL_RATE, CONTROL_BURST);

  constructor(
    private readonly roundTrip: RoundTrip,
    private readonly counts: { messages: number; packets: number; retransmissions: number },
  ) {
    this.#timer = new RetransmissionTimer(roundTrip);
  }

  get waiting(): MessageCount {
    const messages = this.#messages.length;
    return { messages, bytes: this.#waitingBytes - messages * MESSAGE_COST };
  }

  /** @returns false when there is no room */
  push(data: Uint8Array, now: Micros): boolean {
    const cost = data.length + MESSAGE_COST;
    if (this.#waitingBytes + cost > MAX_WAITING_BYTES) return false;
    if (this.#messages.length === 0) this.#since = now;
    this.#messages.push(copyOf(data));
    this.#waitingBytes += cost;
    this.counts.messages += 1;
    return true;
  }

  /** The other side is known: what waits may go, from this sequence number on. */
  begin(first: number, now: Micros): void {
    this.#base = first;
    this.#next = first;
    this.#begun = true;
    this.#probe = false;
    if (this.#messages.length > 0) this.#since = now;
    this.#timer.progress(false, now);
  }

  /** Whether to ask for the other side's session now; notes that it is. */
  hello(now: Micros): boolean {
    if (this.#messages.length === 0 || (this.#timer.at !== undefined && !this.#probe)) return false;
    this.#probe = false;
    this.#timer.start(now);
    return true;
  }

  /**
   * The next packet to send, if one may go.
   * @param room most bytes of a fragment
   */
  next(
    room: number,
    now: Micros,
  ): Pick<ControlData, 'sequenceNumber' | 'fragment' | 'last' | 'urgent'> | undefined {
    if (!this.#begun || this.#bucket.reaches(1) > now) return undefined;
    const part = this.#choose() ?? this.#cutNext(room);
    if (!part) return undefined;
    this.#probe = false;
    part.lost = false;
    part.sentAt = now;
    part.order = this.#transmissions;
    this.#transmissions += 1;
    part.transmissions += 1;
    const again = part.transmissions > 1;
    this.counts.packets += 1;
    if (again) this.counts.retransmissions += 1;
    this.#bucket.take(part.fragment.length + HEADERS, now);
    this.#timer.start(now);
    const { sequenceNumber, fragment, last } = part;
    return { sequenceNumber: wrap(sequenceNumber, 32), fragment, last, urgent: again };
  }

  /** @returns the messages that are wholly acknowledged now; undefined when it can't be true */
  acknowledge({ next, received, delay }: Acknowledged, now: Micros): MessageCount | undefined {
    const lacks = unwrapNear(next, this.#base, 32);
    if (lacks > this.#next) return undefined;
    let newest: Part | undefined;
    for (const part of this.#parts) {
      if (part.received || !isReceived(part.sequenceNumber - lacks, received)) continue;
      part.received = true;
      part.lost = false;
      if (!newest || part.order > newest.order) newest = part;
    }
    const done = { messages: 0, bytes: 0 };
    if (!newest) return done;
    this.#newest = Math.max(this.#newest, newest.order);
    // Karn's rule (RFC 6298, section 3): of one that was sent twice nobody knows which came.
    if (newest.transmissions === 1) {
      this.roundTrip.update(micros(now - newest.sentAt - (delay * 1e6) / 65_536), now);
    }
    this.#base = Math.max(this.#base, lacks);
    while (this.#parts.length > 0 && this.#parts[0]!.sequenceNumber < this.#base) {
      if (!this.#parts.shift()!.last) continue;
      const { length } = this.#messages.shift()!;
      this.#cut -= 1;
      this.#waitingBytes -= length + MESSAGE_COST;
      done.messages += 1;
      done.bytes += length;
    }
    this.#since = now;
    this.#probe = false;
    this.#timer.progress(this.#parts.length > 0, now);
    this.#findLosses(now);
    return done;
  }

  /** Forgets all that waits. @returns what that was */
  clear(): MessageCount {
    const { waiting } = this;
    this.#messages = [];
    this.#parts = [];
    this.#begun = false;
    this.#waitingBytes = 0;
    this.#cut = 0;
    this.#offset = 0;
    this.#newest = -1;
    this.#lossAt = Infinity;
    this.#probe = false;
    this.#timer.progress(false, this.#since);
    return waiting;
  }

  /** Whether the peer has taken nothing for so long that it won't. */
  hasFailed(now: Micros): boolean {
    return this.#messages.length > 0 && now >= this.#since + PEER_TIMEOUT;
  }

  /** Does what is due, but for failing. */
  tick(now: Micros): void {
    if (this.#lossAt <= now) this.#findLosses(now);
    if (this.#timer.expire(now)) this.#probe = true;
  }

  nextDeadline(): Micros | undefined {
    if (this.#messages.length === 0) return undefined;
    let at = Math.min(this.#since + PEER_TIMEOUT, this.#timer.at ?? Infinity, this.#lossAt);
    if (this.#hasMore()) at = Math.min(at, this.#bucket.reaches(1));
    return at as Micros;
  }

  /** Whether something waits for nothing but the rate. */
  #hasMore(): boolean {
    if (!this.#begun) return false;
    const again = this.#parts.length > 0 && (this.#probe || this.#parts.some(({ lost }) => lost));
    return again || (this.#cut < this.#messages.length && this.#next < this.#base + WINDOW);
  }

  /** What is to be sent again, the oldest first. */
  #choose(): Part | undefined {
    return (
      this.#parts.find(({ lost }) => lost) ??
      (this.#probe ? this.#parts.find(({ received }) => !received) : undefined)
    );
  }

  #cutNext(room: number): Part | undefined {
    const message = this.#messages[this.#cut];
    if (!message || this.#next >= this.#base + WINDOW) return undefined;
    const end = Math.min(message.length, this.#offset + room);
    const part: Part = {
      sequenceNumber: this.#next,
      fragment: message.subarray(this.#offset, end),
      last: end === message.length,
      sentAt: 0 as Micros,
      order: 0,
      transmissions: 0,
      received: false,
      lost: false,
    };
    this.#next += 1;
    this.#offset = part.last ? 0 : end;
    if (part.last) this.#cut += 1;
    this.#parts.push(part);
    return part;
  }

  /** Marks what was sent before something that came, and should have come by now. */
  #findLosses(now: Micros): void {
    const { smoothed } = this.roundTrip;
    const patience = smoothed === undefined ? UNKNOWN_PATIENCE : smoothed * 1.25 + REORDERING;
    this.#lossAt = Infinity;
    for (const part of this.#parts) {
      if (part.received || part.lost || part.order > this.#newest) continue;
      if (part.sentAt + patience <= now) part.lost = true;
      else this.#lossAt = Math.min(this.#lossAt, Math.ceil(part.sentAt + patience));
    }
  }
}

/** @param offset from the first sequence number that did not come */
const isReceived = (offset: number, received: Acknowledged['received']): boolean =>
  offset < 0 ||
  (offset > 0 &&
    offset <= WINDOW &&
    (received[(offset - 1) >> 5]! & (0x8000_0000 >>> ((offset - 1) & 31))) !== 0);

/** RTP, IP and UDP as well. */
const HEADERS = 40 + DATA_HEADER_LENGTH;
/** How much later than its followers a packet may come, beside a quarter of the round trip, without being lost. */
const REORDERING = 2000;
const UNKNOWN_PATIENCE = 20_000;
