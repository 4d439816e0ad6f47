import { timingSafeEqual } from 'node:crypto';
import { putUint32 } from '../bytes.js';
import { HMAC_ROOM, HmacSha1 } from './hmac-sha1.js';
import { KeyStream, xorWords } from './key-stream.js';
import type { IndexedPacket, PacketCipher } from './packet-cipher.js';
import { MKI_LENGTH, profiles, RTCP_CLEAR_LENGTH, RTCP_INDEX_LENGTH } from './profile.js';
import type { SessionKeys } from './session-keys.js';
import { Slab } from './slab.js';

/**
 * AES_CM_128_HMAC_SHA1_80 (RFC 3711, sections 3.1, 3.4, 4.1.1 and 4.2.1): counter mode, and 80 bits of HMAC-SHA1
 * over what was encrypted and the rollover counter.
 *
 * ```
 * SRTP:  header | encrypted payload | MKI | tag
 * SRTCP: header, SSRC | encrypted rest | E, index | MKI | tag
 * ```
 */
export class AesCmCipher implements PacketCipher {
  readonly #rtpStream: KeyStream;
  readonly #rtcpStream: KeyStream;
  readonly #rtpHmac: HmacSha1;
  readonly #rtcpHmac: HmacSha1;
  readonly #slab = new Slab();
  /** What the tag of a packet that came is computed of. */
  #signed = new Uint8Array(2048);
  readonly #expectedTag = new Uint8Array(TAG);
  readonly #tag = new Uint8Array(TAG);

  constructor(
    rtp: SessionKeys,
    rtcp: SessionKeys,
    private readonly mki: number,
  ) {
    this.#rtpStream = new KeyStream(rtp.encryption, rtp.salt);
    this.#rtcpStream = new KeyStream(rtcp.encryption, rtcp.salt);
    this.#rtpHmac = new HmacSha1(rtp.authentication);
    this.#rtcpHmac = new HmacSha1(rtcp.authentication);
  }

  sealRtp(packets: readonly IndexedPacket[]): Uint8Array[] {
    const sealed: Uint8Array[] = [];
    let from = 0;
    for (let to = 1; to <= packets.length; to += 1) {
      const { packet, clear, ssrc, index } = packets[to - 1]!;
      this.#rtpStream.add(ssrc, index, packet.length - clear);
      if (to < packets.length && this.#rtpStream.waiting < MOST_KEY_STREAM) continue;
      const stream = this.#rtpStream.make();
      for (let word = 0; from < to; from += 1) word = this.#sealOne(packets[from]!, stream, word, sealed);
    }
    return sealed;
  }

  openRtp({ packet, clear, ssrc, index }: IndexedPacket): Uint8Array | undefined {
    const end = packet.length - MKI_LENGTH - TAG;
    this.#copyToSign(packet);
    // The rollover counter is signed, but was not sent: the key identifier is in its place.
    putUint32(this.#signed, HMAC_ROOM + end, Math.floor(index / 2 ** 16));
    if (!this.#isAuthentic(packet, this.#rtpHmac, HMAC_ROOM + end + 4)) return undefined;
    return this.#decrypt(packet, clear, end, this.#rtpStream, ssrc, index);
  }

  sealRtcp(packet: Uint8Array, ssrc: number, index: number): Uint8Array {
    const { length } = packet;
    const start = this.#slab.take(HMAC_ROOM + length + RTCP_INDEX_LENGTH + MKI_LENGTH + TAG) + HMAC_ROOM;
    const { memory } = this.#slab;
    memory.set(packet, start);
    this.#rtcpStream.add(ssrc, index, length - RTCP_CLEAR_LENGTH);
    this.#encrypt(start + RTCP_CLEAR_LENGTH, length - RTCP_CLEAR_LENGTH, this.#rtcpStream.make(), 0);
    const end = start + length;
    putUint32(memory, end, index + E_FLAG);
    const mkiAt = end + RTCP_INDEX_LENGTH;
    putUint32(memory, mkiAt, this.mki);
    this.#rtcpHmac.sign(memory, start, mkiAt, memory, mkiAt + MKI_LENGTH, TAG);
    return memory.subarray(start, mkiAt + MKI_LENGTH + TAG);
  }

  openRtcp(datagram: Uint8Array, ssrc: number, index: number): Uint8Array | undefined {
    const end = datagram.length - MKI_LENGTH - TAG;
    this.#copyToSign(datagram);
    if (!this.#isAuthentic(datagram, this.#rtcpHmac, HMAC_ROOM + end)) return undefined;
    return this.#decrypt(datagram, RTCP_CLEAR_LENGTH, end - RTCP_INDEX_LENGTH, this.#rtcpStream, ssrc, index);
  }

  /** @param word where the packet's key stream begins @returns where that of the next one does */
  #sealOne(
    { packet, clear, index }: IndexedPacket,
    stream: Int32Array,
    word: number,
    into: Uint8Array[],
  ): number {
    const { length } = packet;
    const start = this.#slab.take(HMAC_ROOM + length + MKI_LENGTH + TAG) + HMAC_ROOM;
    const { memory } = this.#slab;
    memory.set(packet, start);
    this.#encrypt(start + clear, length - clear, stream, word);
    const end = start + length;
    // The rollover counter is signed, but not sent: the key identifier takes its place.
    putUint32(memory, end, Math.floor(index / 2 ** 16));
    this.#rtpHmac.sign(memory, start, end + 4, memory, end + MKI_LENGTH, TAG);
    putUint32(memory, end, this.mki);
    into.push(memory.subarray(start, end + MKI_LENGTH + TAG));
    return word + Math.ceil((length - clear) / 16) * 4;
  }

  /** Whole words, beyond the end too: what follows there is written later. */
  #encrypt(at: number, length: number, stream: Int32Array, word: number): void {
    xorWords(this.#slab.words, at >> 2, (length + 3) >> 2, stream, word);
  }

  #decrypt(
    datagram: Uint8Array,
    clear: number,
    end: number,
    keys: KeyStream,
    ssrc: number,
    index: number,
  ): Uint8Array {
    // With what comes after the packet: to leave that away takes longer than to copy it.
    const start = this.#slab.take(datagram.length);
    const { memory } = this.#slab;
    memory.set(datagram, start);
    const word = keys.one(ssrc, index, end - clear);
    this.#encrypt(start + clear, end - clear, keys.ahead, word);
    return memory.subarray(start, start + end);
  }

  /** @param end of what was copied to be signed */
  #isAuthentic(datagram: Uint8Array, hmac: HmacSha1, end: number): boolean {
    hmac.sign(this.#signed, HMAC_ROOM, end, this.#expectedTag, 0, TAG);
    const at = datagram.length - TAG;
    for (let index = 0; index < TAG; index += 1) this.#tag[index] = datagram[at + index]!;
    return timingSafeEqual(this.#expectedTag, this.#tag);
  }

  #copyToSign(datagram: Uint8Array): void {
    const needed = HMAC_ROOM + datagram.length;
    if (this.#signed.length < needed) this.#signed = new Uint8Array(needed);
    this.#signed.set(datagram, HMAC_ROOM);
  }
}

const TAG = profiles.AES_CM_128_HMAC_SHA1_80.tag;
/** Says that an SRTCP packet is encrypted. */
const E_FLAG = 2 ** 31;
/** Bytes of key stream made in one go: a large frame's, not a huge one's. */
const MOST_KEY_STREAM = 64 * 1024;
