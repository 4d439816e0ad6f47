import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { putUint32 } from '../bytes.js';
import { writeNonce } from './nonce.js';
import type { IndexedPacket, PacketCipher } from './packet-cipher.js';
import { MKI_LENGTH, profiles, RTCP_CLEAR_LENGTH, RTCP_INDEX_LENGTH } from './profile.js';
import type { SessionKeys } from './session-keys.js';

/**
 * AEAD_AES_128_GCM (RFC 7714, sections 8 and 9).
 *
 * ```
 * SRTP:  header | encrypted payload | tag | MKI
 * SRTCP: header, SSRC | encrypted rest | tag | E, index | MKI
 * ```
 */
export class AesGcmCipher implements PacketCipher {
  readonly #rtpKey: KeyObject;
  readonly #rtcpKey: KeyObject;
  readonly #rtpSalt: Uint8Array;
  readonly #rtcpSalt: Uint8Array;
  readonly #nonce = new Uint8Array(profiles.AEAD_AES_128_GCM.salt);
  /** What of an RTCP packet is authenticated only: its first 8 bytes, then E flag and index. */
  readonly #rtcpClear = new Uint8Array(RTCP_CLEAR_LENGTH + RTCP_INDEX_LENGTH);

  constructor(
    rtp: SessionKeys,
    rtcp: SessionKeys,
    private readonly mki: number,
  ) {
    this.#rtpSalt = rtp.salt;
    this.#rtcpSalt = rtcp.salt;
    this.#rtpKey = createSecretKey(rtp.encryption);
    this.#rtcpKey = createSecretKey(rtcp.encryption);
  }

  sealRtp(packets: readonly IndexedPacket[]): Uint8Array[] {
    return packets.map(({ packet, clear, ssrc, index }) => {
      const sealed = new Uint8Array(packet.length + TAG + MKI_LENGTH);
      const header = packet.subarray(0, clear);
      sealed.set(header);
      writeNonce(this.#rtpSalt, ssrc, index, this.#nonce);
      this.#seal(this.#rtpKey, header, packet.subarray(clear), sealed, clear);
      putUint32(sealed, packet.length + TAG, this.mki);
      return sealed;
    });
  }

  openRtp({ packet, clear, ssrc, index }: IndexedPacket): Uint8Array | undefined {
    const header = packet.subarray(0, clear);
    writeNonce(this.#rtpSalt, ssrc, index, this.#nonce);
    return this.#open(this.#rtpKey, header, header, packet.subarray(clear, packet.length - MKI_LENGTH));
  }

  sealRtcp(packet: Uint8Array, ssrc: number, index: number): Uint8Array {
    const end = packet.length + TAG;
    const sealed = new Uint8Array(end + RTCP_INDEX_LENGTH + MKI_LENGTH);
    sealed.set(packet.subarray(0, RTCP_CLEAR_LENGTH));
    putUint32(sealed, end, index + E_FLAG);
    putUint32(sealed, end + RTCP_INDEX_LENGTH, this.mki);
    writeNonce(this.#rtcpSalt, ssrc, index, this.#nonce);
    const clear = this.#authenticatedOf(sealed, end);
    this.#seal(this.#rtcpKey, clear, packet.subarray(RTCP_CLEAR_LENGTH), sealed, RTCP_CLEAR_LENGTH);
    return sealed;
  }

  openRtcp(datagram: Uint8Array, ssrc: number, index: number): Uint8Array | undefined {
    const end = datagram.length - MKI_LENGTH - RTCP_INDEX_LENGTH;
    writeNonce(this.#rtcpSalt, ssrc, index, this.#nonce);
    return this.#open(
      this.#rtcpKey,
      this.#authenticatedOf(datagram, end),
      datagram.subarray(0, RTCP_CLEAR_LENGTH),
      datagram.subarray(RTCP_CLEAR_LENGTH, end),
    );
  }

  #seal(key: KeyObject, clear: Uint8Array, plain: Uint8Array, into: Uint8Array, at: number): void {
    const cipher = createCipheriv('aes-128-gcm', key, this.#nonce, OPTIONS).setAAD(clear);
    into.set(cipher.update(plain), at);
    cipher.final();
    into.set(cipher.getAuthTag(), at + plain.length);
  }

  /** @param head what the packet begins with @param sealed encrypted bytes and their tag */
  #open(key: KeyObject, clear: Uint8Array, head: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const length = sealed.length - TAG;
    const decipher = createDecipheriv('aes-128-gcm', key, this.#nonce, OPTIONS)
      .setAAD(clear)
      .setAuthTag(sealed.subarray(length));
    const plain = decipher.update(sealed.subarray(0, length));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    const opened = new Uint8Array(head.length + length);
    opened.set(head);
    opened.set(plain, head.length);
    return opened;
  }

  #authenticatedOf(packet: Uint8Array, indexAt: number): Uint8Array {
    this.#rtcpClear.set(packet.subarray(0, RTCP_CLEAR_LENGTH));
    this.#rtcpClear.set(packet.subarray(indexAt, indexAt + RTCP_INDEX_LENGTH), RTCP_CLEAR_LENGTH);
    return this.#rtcpClear;
  }
}

const TAG = profiles.AEAD_AES_128_GCM.tag;
const OPTIONS = { authTagLength: TAG };
/** Says that an SRTCP packet is encrypted. */
const E_FLAG = 2 ** 31;
