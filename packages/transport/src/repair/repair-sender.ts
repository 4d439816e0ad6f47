import { micros, wrap, type Micros, type Random } from '@hellohaybye/core';
import { feedbackType, GENERIC_NACK, readNack } from '../packet/feedback.js';
import type { OtherRtcp } from '../packet/rtcp.js';
import { RTP_HEADER_LENGTH, writeRtpHeader } from '../packet/rtp.js';
import { readFeedback, type RepairFeedback } from './feedback.js';
import { ListenerRepair, type ParityPolicy } from './listener-repair.js';
import type { RepairListener, RepairSender, SentFrame, SentRepairStatistics } from './repair.js';
import { REPAIR_HEADER_LENGTH, REPAIR_PAYLOAD_TYPE, writeRepairHeader } from './repair-packet.js';
import { SentFrames, type KeptFrame } from './sent-frames.js';

/** What went to one listener of one block: when each repair symbol was sent, by its number. */
type SymbolTimes = Micros[];

/**
 * The sending half of repair: keeps frames for a while, sends parity along where there will be no time to ask
 * for it, and answers requests with fresh parity, less what is on its way already.
 */
export class ParitySender implements RepairSender {
  readonly #frames = new SentFrames();
  readonly #listeners = new Map<string, ListenerRepair>();
  /** By frame and listener. */
  readonly #sent = new WeakMap<KeptFrame, Map<string, SymbolTimes[]>>();
  /** When packets were sent again as they were, by listener. */
  readonly #resentAt = new WeakMap<Uint8Array, Map<string, Micros>>();
  /** Of the repair stream, which is one for all listeners. */
  readonly #ssrc: number;
  #sequenceNumber: number;

  constructor(
    private readonly sourceSsrc: number,
    random: Random,
    private readonly policy: ParityPolicy,
  ) {
    this.#ssrc = random.uint32();
    this.#sequenceNumber = random.uint32() & 0xffff;
  }

  sent(frame: SentFrame, { id, roundTrip, takesRepair }: RepairListener, now: Micros): readonly Uint8Array[] {
    const kept = this.#frames.add(frame, now);
    const listener = this.#listener(id, roundTrip);
    listener.sent(kept.bytes + IP_UDP_HEADERS * frame.packets.length, now);
    if (!takesRepair) return none;
    const wanted: number[] = [];
    let total = 0;
    for (const { count } of kept.blocks) {
      const parity = listener.initialParity(count, now);
      wanted.push(parity);
      total += parity;
    }
    if (total === 0) return none;
    const packets = this.#make(kept, id, listener, wanted, 0, now);
    listener.counts.parity += packets.length;
    return packets;
  }

  feedback(
    packet: OtherRtcp,
    { id, roundTrip, takesRepair }: RepairListener,
    now: Micros,
  ): readonly Uint8Array[] {
    const listener = this.#listener(id, roundTrip);
    if (packet.packetType === feedbackType.transportLayer) {
      const nack = packet.count === GENERIC_NACK ? readNack(packet.body) : undefined;
      return nack ? this.#resend(nack.lost, id, listener, now) : none;
    }
    const feedback = takesRepair ? readFeedback(packet) : undefined;
    if (!feedback) return none;
    listener.heard(feedback);
    if (feedback.deadline * 2 > this.#frames.keep) this.#frames.keep = (feedback.deadline * 2) as Micros;
    if (!feedback.asks) return none;
    listener.counts.requests += 1;
    const kept = this.#frames.find(feedback.sequenceNumber, feedback.ahead);
    if (!kept) return none;
    // The first request tells how long packets travel, before any report does.
    if (roundTrip.smoothed === undefined && !feedback.absent)
      roundTrip.update(micros(now - kept.sentAt - (feedback.deadline - feedback.timeLeft)), now);
    const packets = this.#make(
      kept,
      id,
      listener,
      this.#missing(kept, id, listener, feedback, now),
      feedback.request,
      now,
    );
    listener.counts.answers += packets.length;
    return packets;
  }

  forget(listener: string): void {
    this.#listeners.delete(listener);
  }

  statistics(listener: string): SentRepairStatistics | undefined {
    const known = this.#listeners.get(listener);
    return known && { ...known.counts };
  }

  /** The packets that a standard NACK (RFC 4585, section 6.2.1) names, as they were. */
  #resend(lost: readonly number[], id: string, listener: ListenerRepair, now: Micros): Uint8Array[] {
    listener.counts.requests += 1;
    const packets: Uint8Array[] = [];
    for (const sequenceNumber of lost) {
      const packet = this.#frames.packet(sequenceNumber);
      if (packet && this.#isUnderWay(packet, id, listener, now)) continue;
      if (packet && listener.take(1, packet.length + IP_UDP_HEADERS) === 1) {
        packets.push(packet);
        listener.counts.bytes += packet.length;
      }
    }
    listener.counts.answers += packets.length;
    return packets;
  }

  /** Whether a packet was sent again just now, for a request like this one; notes that it is now. */
  #isUnderWay(packet: Uint8Array, id: string, listener: ListenerRepair, now: Micros): boolean {
    let times = this.#resentAt.get(packet);
    if (!times) this.#resentAt.set(packet, (times = new Map<string, Micros>()));
    // Half a round trip: requests that were held back together come together.
    const underWay = now - (times.get(id) ?? -Infinity) < (now - listener.arrivedBefore(now)) / 2;
    if (!underWay) times.set(id, now);
    return underWay;
  }

  /** How many repair packets of each block answer a request. */
  #missing(
    kept: KeptFrame,
    id: string,
    listener: ListenerRepair,
    feedback: RepairFeedback,
    now: Micros,
  ): number[] {
    const arrived = listener.arrivedBefore(now);
    // What left within the last round trip may be on its way: whoever asked can't know.
    const late = kept.sentAt > arrived;
    const first = wrap(feedback.sequenceNumber - kept.sequenceNumber, 16);
    const times = this.#sent.get(kept)?.get(id);
    return kept.blocks.map(({ start, count }, block) => {
      const wrapped = wrap(kept.sequenceNumber + start, 16);
      const state = feedback.blocks.find(({ firstSequenceNumber }) => firstSequenceNumber === wrapped);
      // Repair packets leave after what they repair: who has some waits for no source packet any more.
      const tailLost = feedback.tailMissing && (state !== undefined || !late);
      let missing = 0;
      for (let index = start; index < start + count; index += 1) {
        const bit = index - first;
        if (feedback.absent) missing += late ? 0 : 1;
        else if (bit < 0) missing += feedback.headMissing ? 1 : 0;
        else if (bit >= feedback.received.length) missing += tailLost ? 1 : 0;
        else if (!feedback.received[bit]) missing += 1;
      }
      if (missing === 0) return 0;
      missing -= state?.received ?? 0;
      const sent = times?.[block] ?? [];
      let lostAnswers = 0;
      for (let symbol = state ? state.highest + 1 : 0; symbol < sent.length; symbol += 1) {
        if (sent[symbol]! > arrived) missing -= 1;
        else lostAnswers += 1;
      }
      const last = kept.frame.packets.length - 1 - first;
      const lastLost =
        sent.length > 0 ? lostAnswers > 0 : !(feedback.received[last] ?? !feedback.tailMissing);
      if (missing <= 0) return 0;
      if (!feedback.inFull) return Math.min(missing, feedback.absent ? 1 : 2);
      return listener.answer(missing, lostAnswers, lastLost, feedback.timeLeft, 254 - count);
    });
  }

  #make(
    kept: KeptFrame,
    id: string,
    listener: ListenerRepair,
    wanted: readonly number[],
    request: number,
    now: Micros,
  ): Uint8Array[] {
    const packets: Uint8Array[] = [];
    const total = wanted.reduce((sum, count) => sum + count, 0);
    if (total === 0) return packets;
    let allowed = listener.take(total, kept.longestSymbol + HEADERS);
    let following = allowed;
    const times = this.#timesOf(kept, id);
    wanted.forEach((count, block) => {
      const sent = times[block]!;
      const { start, count: sources } = kept.blocks[block]!;
      const taken = Math.min(count, allowed);
      allowed -= taken;
      // All at once: the sources are looked at once.
      kept.symbols(block, sent.length, Math.min(taken, 255 - sources - sent.length));
      for (let made = 0; made < taken; made += 1) {
        // All symbols there are were sent: from the first one again.
        const symbol = sent.length <= 254 - sources ? sent.length : oldest(sent);
        sent[symbol] = now;
        following -= 1;
        const payload = kept.symbols(block, symbol, 1)[0]!;
        const packet = new Uint8Array(RTP_HEADER_LENGTH + REPAIR_HEADER_LENGTH + payload.length);
        const sequenceNumber = wrap(this.#sequenceNumber, 16);
        this.#sequenceNumber += 1;
        const { timestamp } = kept.frame;
        writeRtpHeader(packet, 0, false, REPAIR_PAYLOAD_TYPE, sequenceNumber, timestamp, this.#ssrc);
        const firstSequenceNumber = wrap(kept.sequenceNumber + start, 16);
        const header = { sourceSsrc: this.sourceSsrc, firstSequenceNumber, count: sources, symbol };
        writeRepairHeader({ ...header, request, following }, packet, RTP_HEADER_LENGTH);
        packet.set(payload, RTP_HEADER_LENGTH + REPAIR_HEADER_LENGTH);
        listener.counts.bytes += packet.length;
        packets.push(packet);
      }
    });
    return packets;
  }

  #timesOf(kept: KeptFrame, id: string): SymbolTimes[] {
    let byListener = this.#sent.get(kept);
    if (!byListener) this.#sent.set(kept, (byListener = new Map<string, SymbolTimes[]>()));
    let times = byListener.get(id);
    if (!times) byListener.set(id, (times = kept.blocks.map(() => [])));
    return times;
  }

  #listener(id: string, roundTrip: RepairListener['roundTrip']): ListenerRepair {
    let listener = this.#listeners.get(id);
    if (!listener) this.#listeners.set(id, (listener = new ListenerRepair(roundTrip, this.policy)));
    return listener;
  }
}

/** The symbol that was sent longest ago. */
const oldest = (sent: readonly Micros[]): number => sent.indexOf(Math.min(...sent) as Micros);

const none: readonly Uint8Array[] = [];
/** What the budget counts besides. */
const IP_UDP_HEADERS = 28;
/** Of a repair packet, before its symbol. */
const HEADERS = IP_UDP_HEADERS + RTP_HEADER_LENGTH + REPAIR_HEADER_LENGTH;
