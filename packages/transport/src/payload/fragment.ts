import { HhbError, type RtpTicks } from '@hellohaybye/core';
import { Drops } from '../drops.js';
import { demultiplex } from '../packet/demultiplex.js';
import { emptyRtpHeader, parseRtp, RTP_HEADER_LENGTH, writeRtpHeader } from '../packet/rtp.js';
import { FrameAssembly } from './frame-assembly.js';
import { GENERIC_HEADER_LENGTH, genericDepacketizer, genericPacketizer } from './generic.js';
import { emptyFragment, MAX_FRAME_BYTES } from './payload-format.js';

/** How `fragment` makes its datagrams. */
export interface FragmentOptions {
  /** Most bytes in a datagram: 21 to 65507, 1200 unless given. */
  mtu?: number;
  /** RTP payload type, 96 unless given. */
  payloadType?: number;
  /** Who sends; 0 unless given. Senders that share one `Reassembler` need different ones. */
  ssrc?: number;
  /** Of the first datagram; the low 16 bits count. Goes on from the last call in this process unless given. */
  sequenceNumber?: number;
  /** Tells the messages of one sender apart; the low 32 bits count. One more than in the last call unless given. */
  timestamp?: RtpTicks | number;
}

/**
 * Cuts a message into datagrams: RTP packets with the generic payload of docs/wire-format.md, each with its
 * place and the message's length, so that a `Reassembler` joins them in whatever order they come.
 * @param message at most 16 MiB; may be empty
 * @throws HhbError `message-too-large`, `bad-option`
 */
export function fragment(message: Uint8Array, options: FragmentOptions = {}): Uint8Array[] {
  const { mtu = 1200, payloadType = 96, ssrc = 0 } = options;
  if (!(mtu > RTP_HEADER_LENGTH + GENERIC_HEADER_LENGTH && mtu <= 65_507)) {
    throw new HhbError('bad-option', `mtu is ${mtu}, and has to be from 21 to 65507`);
  }
  const plan = genericPacketizer.plan(message, Math.floor(mtu) - RTP_HEADER_LENGTH);
  if (!plan) {
    throw new HhbError(
      'message-too-large',
      `The message has ${message.length} bytes; ${MAX_FRAME_BYTES} are the most`,
    );
  }
  const { sequenceNumber = nextSequenceNumber, timestamp = nextTimestamp } = options;
  nextSequenceNumber = (sequenceNumber + plan.count) % 2 ** 16;
  nextTimestamp = (timestamp + 1) % 2 ** 32;
  return Array.from({ length: plan.count }, (_, index) => {
    const datagram = new Uint8Array(RTP_HEADER_LENGTH + plan.payloadLength(index));
    writeRtpHeader(datagram, 0, plan.marker(index), payloadType, sequenceNumber + index, timestamp, ssrc);
    plan.write(index, datagram, RTP_HEADER_LENGTH);
    return datagram;
  });
}

/**
 * Joins the datagrams of `fragment`, in any order and with duplicates, of any number of messages at a time.
 * It holds at most 64 unfinished messages or 64 MiB; beyond that the oldest is given up. It has no clock: a
 * message that lost a datagram stays until then. For deadlines use an `Endpoint`.
 */
export class Reassembler {
  readonly #pending = new Map<string, FrameAssembly>();
  readonly #finished = new Set<string>();
  readonly #drops = new Drops();
  readonly #header = emptyRtpHeader();
  readonly #fragment = emptyFragment();
  #cost = 0;

  /**
   * Takes a datagram, and keeps it without a copy until its message is whole.
   * @returns the message, when this datagram was the last that it lacked
   */
  push(datagram: Uint8Array): Uint8Array | undefined {
    const kind = demultiplex(datagram);
    if (kind !== 'rtp') return this.#drop(kind === 'rtcp' ? 'malformed-rtp' : kind);
    const header = parseRtp(datagram, this.#header);
    if (!header) return this.#drop('malformed-rtp');
    const problem = genericDepacketizer.parse(datagram, header, this.#fragment);
    if (problem) return this.#drop(problem);
    const key = `${header.ssrc}/${header.timestamp}`;
    if (this.#finished.has(key)) return undefined;
    const assembly = this.#pending.get(key) ?? this.#begin(key);
    const before = assembly.cost;
    const result = assembly.add(datagram, header.payloadStart, this.#fragment);
    this.#cost += assembly.cost - before;
    if (result && result !== 'duplicate') this.#drop(result);
    if (assembly.complete) {
      this.#finish(key, assembly);
      return genericDepacketizer.join(assembly);
    }
    while (this.#pending.size > MAX_PENDING || this.#cost > MAX_COST) this.#giveUpOldest();
    return undefined;
  }

  /** What was not used, by reason. */
  get drops(): Record<string, number> {
    return this.#drops.toRecord();
  }

  /** Messages of which some datagrams, but not all, have come. */
  get pending(): number {
    return this.#pending.size;
  }

  #begin(key: string): FrameAssembly {
    const assembly = new FrameAssembly();
    this.#pending.set(key, assembly);
    return assembly;
  }

  #finish(key: string, assembly: FrameAssembly): void {
    this.#pending.delete(key);
    this.#cost -= assembly.cost;
    this.#finished.add(key);
    if (this.#finished.size > MAX_FINISHED) this.#finished.delete(this.#finished.values().next().value!);
  }

  #giveUpOldest(): void {
    const [key, assembly] = this.#pending.entries().next().value!;
    this.#finish(key, assembly);
    this.#drops.count('too-much-pending');
  }

  #drop(reason: Parameters<Drops['count']>[0]): undefined {
    this.#drops.count(reason);
    return undefined;
  }
}

// Kept so that callers need not count: two messages of one process never look like one.
let nextSequenceNumber = 0;
let nextTimestamp = 0;

const MAX_PENDING = 64;
const MAX_COST = 64 * 1024 * 1024;
/** Messages whose late duplicates are still known as such. */
const MAX_FINISHED = 1024;
