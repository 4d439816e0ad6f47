import type { DropReason } from '../drops.js';
import { MAX_INDEX_REPORT } from './index-report.js';
import { LARGEST_TAG, MKI_LENGTH, RTCP_INDEX_LENGTH } from './profile.js';
import type { Protector } from './protector.js';
import { SrtpReceiver } from './receiver.js';
import { SrtpSender } from './sender.js';
import type { PacketIndex, SrtpKey } from './srtp-key.js';

/** What `Srtp` is made with. */
export interface SrtpOptions {
  /** What our packets are protected with at first. */
  key: SrtpKey;
  /** Told, in the midst of a packet, the first time that one is authentic under a key of a peer. */
  keyUsed?: (peer: string, id: string) => void;
}

/**
 * SRTP and SRTCP (RFC 3711, RFC 7714): each sender has one key for all its sources and listeners, told by an MKI in
 * every packet, and with the key goes the profile. Normative in docs/wire-format.md. It draws no randomness: keys come in from outside.
 */
export class Srtp implements Protector {
  /** That of the profile that adds most: what was sent under one may have to be sent again under another. */
  readonly rtpOverhead = MKI_LENGTH + LARGEST_TAG;
  readonly rtcpOverhead = RTCP_INDEX_LENGTH + MKI_LENGTH + LARGEST_TAG + MAX_INDEX_REPORT;
  readonly #sender: SrtpSender;
  readonly #receiver: SrtpReceiver;

  /** @throws HhbError `bad-option` */
  constructor({ key, keyUsed = () => undefined }: SrtpOptions) {
    this.#sender = new SrtpSender(key);
    this.#receiver = new SrtpReceiver(keyUsed);
  }

  /** Whose key the packet was protected with that was let through last. */
  get sender(): string | undefined {
    return this.#receiver.sender;
  }

  /**
   * Protects with another key from now on, which may be for another profile.
   * @throws HhbError `key-reused` when it was used before, `bad-option`
   */
  setSendKey(key: SrtpKey): void {
    this.#sender.setKey(key);
  }

  /**
   * Sets the keys that a peer's packets may have now, at most 64, instead of those that it had; what is known of keys
   * that stay is kept. None forgets the peer.
   * @param indices how far the peer's sources have come, for their rollover counters; what is known already and
   *   further stays. As fresh as can be: packets further away than 2^15 are not understood
   * @throws HhbError `bad-option`
   */
  setPeerKeys(peer: string, keys: readonly SrtpKey[], indices: readonly PacketIndex[]): void {
    this.#receiver.setPeerKeys(peer, keys, indices);
  }

  /** How far our sources have come, for who comes later: the 64 that were used last, the latest first. */
  indices(): PacketIndex[] {
    return this.#sender.indices();
  }

  protectRtp(packets: readonly Uint8Array[]): readonly (Uint8Array | DropReason)[] {
    return this.#sender.protectRtp(packets);
  }

  protectRtcp(packet: Uint8Array): Uint8Array | DropReason {
    return this.#sender.protectRtcp(packet);
  }

  unprotectRtp(datagram: Uint8Array): Uint8Array | DropReason {
    return this.#receiver.unprotectRtp(datagram);
  }

  unprotectRtcp(datagram: Uint8Array): Uint8Array | DropReason {
    return this.#receiver.unprotectRtcp(datagram);
  }
}
