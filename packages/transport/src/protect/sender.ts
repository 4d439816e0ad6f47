import { uint16, uint32 } from '../bytes.js';
import type { DropReason } from '../drops.js';
import { addIndexReport, hasSenderReport, MAX_REPORTED_INDICES } from './index-report.js';
import { NonceGuard } from './nonce-guard.js';
import { packetCipher, type IndexedPacket, type PacketCipher } from './packet-cipher.js';
import { estimateIndex, RTCP_INDICES, RTP_INDICES } from './packet-index.js';
import { MKI_LENGTH, profiles, type ProfileSizes } from './profile.js';
import { rtpClearLength } from './rtp-clear.js';
import { checkSrtpKey, mkiOf, UsedKeys, type PacketIndex, type SrtpKey } from './srtp-key.js';

/** One of our sources. Its rollover counter outlives keys (RFC 3711, section 3.3.1). */
interface Source {
  /** The highest index used; -1 before the first. */
  highest: number;
  /** Whether it was used under the present key. */
  used: boolean;
  /** Made when it is first used under a key. */
  guard: NonceGuard | undefined;
}

/** Protects what we send, under one key at a time, and never uses a nonce twice. */
export class SrtpSender {
  /** The source that was used last comes last. */
  readonly #sources = new Map<number, Source>();
  readonly #usedKeys = new UsedKeys();
  #cipher!: PacketCipher;
  #sizes!: ProfileSizes;
  /** One for all sources and destinations. */
  #rtcpIndex = 0;
  #lastSource: number | undefined;
  /** How many sources were told of, for those that are told of next. */
  #told = 0;

  /** @throws HhbError `bad-option` */
  constructor(key: SrtpKey) {
    this.setKey(key);
  }

  /** @throws HhbError `bad-option`, `key-reused` */
  setKey(key: SrtpKey): void {
    checkSrtpKey(key);
    this.#usedKeys.add(key);
    this.#cipher = packetCipher(key, uint32(mkiOf(key), 0));
    this.#sizes = profiles[key.profile];
    this.#rtcpIndex = 0;
    for (const source of this.#sources.values()) {
      source.guard = undefined;
      source.used = false;
    }
  }

  indices(): PacketIndex[] {
    const all = [...this.#sources].reverse().slice(0, MAX_INDICES);
    return all.map(([ssrc, { highest }]) => ({ ssrc, index: highest }));
  }

  /** @returns for each packet the protected one, or why it is not let out */
  protectRtp(packets: readonly Uint8Array[]): (Uint8Array | DropReason)[] {
    const results: (Uint8Array | DropReason)[] = [];
    const claimed: Claimed[] = [];
    for (const packet of packets) {
      const claim = this.#claim(packet);
      results.push(typeof claim === 'string' ? claim : packet);
      if (typeof claim !== 'string') claimed.push(claim);
    }
    const sealed = this.#cipher.sealRtp(claimed);
    let next = 0;
    for (let at = 0; at < results.length; at += 1) {
      if (typeof results[at] === 'string') continue;
      results[at] = this.#release(claimed[next]!, sealed[next]!);
      next += 1;
    }
    return results;
  }

  protectRtcp(packet: Uint8Array): Uint8Array | DropReason {
    if (packet.length < 8) return 'malformed-rtcp';
    if (this.#rtcpIndex >= RTCP_INDICES) return 'key-exhausted';
    const ssrc = uint32(packet, 4);
    const told = hasSenderReport(packet) ? this.#indicesToTell(ssrc) : [];
    const plain = told.length > 0 ? addIndexReport(packet, told) : packet;
    const index = this.#rtcpIndex;
    this.#rtcpIndex += 1;
    return this.#cipher.sealRtcp(plain, ssrc, index);
  }

  /** Finds a packet's index, and takes it. @returns why it can't be had */
  #claim(packet: Uint8Array): Claimed | DropReason {
    const clear = rtpClearLength(packet);
    if (clear === undefined) return 'malformed-rtp';
    const ssrc = uint32(packet, 8);
    const source = this.#source(ssrc);
    if (!source) return 'key-exhausted';
    const index = estimateIndex(uint16(packet, 2), source.highest < 0 ? undefined : source.highest);
    if (index >= RTP_INDICES) return 'key-exhausted';
    source.guard ??= this.#makeGuard(source);
    source.used = true;
    const use = source.guard.claim(index);
    if (use === 'refused') return 'nonce-reused';
    if (index > source.highest) source.highest = index;
    return { packet, clear, ssrc, index, guard: source.guard, first: use === 'first' };
  }

  #release({ index, guard, first }: Claimed, sealed: Uint8Array): Uint8Array | DropReason {
    const { tag, afterMki } = this.#sizes;
    const at = sealed.length - tag - (afterMki === 0 ? MKI_LENGTH : 0);
    if (first) guard.note(index, sealed, at);
    else if (!guard.isSame(index, sealed, at)) return 'nonce-reused';
    return sealed;
  }

  /** @returns undefined when there are too many under one key */
  #source(ssrc: number): Source | undefined {
    let source = this.#sources.get(ssrc);
    if (source && ssrc === this.#lastSource) return source;
    if (!source && this.#sources.size >= MAX_SOURCES && !this.#forgetOldest()) return undefined;
    source ??= { highest: -1, used: false, guard: undefined };
    this.#sources.delete(ssrc);
    this.#sources.set(ssrc, source);
    this.#lastSource = ssrc;
    return source;
  }

  /** Forgets the source that was not used for longest, unless it was used under this key. */
  #forgetOldest(): boolean {
    const [ssrc, { used }] = this.#sources.entries().next().value!;
    return !used && this.#sources.delete(ssrc);
  }

  /** The guard that was not used for longest makes way: of its source it is only known how far it came. */
  #makeGuard({ used, highest }: Source): NonceGuard {
    const guarded = [...this.#sources.values()].filter(({ guard }) => guard);
    if (guarded.length >= MAX_GUARDS) guarded[0]!.guard = undefined;
    return new NonceGuard(this.#sizes.tag, used ? highest : -1);
  }

  /** The sender report's own source, and others in turn. */
  #indicesToTell(reporter: number): PacketIndex[] {
    const all = this.indices();
    const own = all.filter(({ ssrc }) => ssrc === reporter);
    const others = all.filter(({ ssrc }) => ssrc !== reporter).sort((a, b) => a.ssrc - b.ssrc);
    const told = Math.min(others.length, MAX_REPORTED_INDICES - own.length);
    for (let count = 0; count < told; count += 1) own.push(others[(this.#told + count) % others.length]!);
    this.#told += told;
    return own;
  }
}

/** A packet whose index it may have. */
interface Claimed extends IndexedPacket {
  guard: NonceGuard;
  /** Whether the index was not used before. */
  first: boolean;
}

/** Sources of ours whose last packets are known, tag by tag. */
const MAX_GUARDS = 64;
/** Sources of ours whose rollover counter is known. */
const MAX_SOURCES = 16_384;
/** Sources that others are told of. */
const MAX_INDICES = 64;
