import { HhbError } from '@hellohaybye/core';
import { uint16, uint32 } from '../bytes.js';
import type { DropReason } from '../drops.js';
import { RTP_HEADER_LENGTH } from '../packet/rtp.js';
import { readIndexReports } from './index-report.js';
import { estimateIndex, RTP_INDICES } from './packet-index.js';
import { ReceivingKey, ReceivingPeer } from './receiving-key.js';
import { MKI_LENGTH, profiles, RTCP_CLEAR_LENGTH, RTCP_INDEX_LENGTH, type ProfileSizes } from './profile.js';
import { rtpClearLength } from './rtp-clear.js';
import { checkSrtpKey, type PacketIndex, type SrtpKey } from './srtp-key.js';

/** Takes protection off what peers send, each under the keys that it may have now. */
export class SrtpReceiver {
  /** Whose key the last packet was protected with that was let through. */
  sender: string | undefined;
  readonly #peers = new Map<string, ReceivingPeer>();
  readonly #tables = Object.values(profiles).map((sizes): KeyTable => ({ sizes, byMki: new Map() }));

  /** @param keyUsed told the first time that a packet is authentic under a key */
  constructor(private readonly keyUsed: (peer: string, id: string) => void) {}

  /** @throws HhbError `bad-option` */
  setPeerKeys(id: string, keys: readonly SrtpKey[], indices: readonly PacketIndex[]): void {
    checkPeer(id, keys, indices);
    const known = this.#peers.get(id);
    const peer = known ?? new ReceivingPeer(id);
    const before = peer.keys;
    peer.keys = keys.map((key) => before.find((old) => old.is(key)) ?? new ReceivingKey(peer, key));
    for (const key of before) if (!peer.keys.includes(key)) this.#remove(key);
    for (const key of peer.keys) if (!before.includes(key)) this.#add(key);
    if (keys.length === 0) this.#peers.delete(id);
    else this.#peers.set(id, peer);
    for (const { ssrc, index } of indices) peer.advance(ssrc, index);
  }

  /** Never throws. @returns the packet before protection, or why it is refused */
  unprotectRtp(datagram: Uint8Array): Uint8Array | DropReason {
    const keys = this.#keysOf(datagram, RTP_HEADER_LENGTH);
    if (typeof keys === 'string') return keys;
    const ssrc = uint32(datagram, 8);
    let problem: DropReason = 'unauthenticated';
    for (const key of keys) {
      const clear = rtpClearLength(datagram, datagram.length - key.sizes.tag - MKI_LENGTH);
      if (clear === undefined) {
        problem = 'malformed-rtp';
        continue;
      }
      const reference = key.peer.reference(ssrc);
      const index = estimateIndex(uint16(datagram, 2), reference);
      if (index >= RTP_INDICES) continue;
      if (key.rtp.isReplay(ssrc, index, reference)) {
        problem = 'replayed';
        continue;
      }
      const packet = key.cipher.openRtp({ packet: datagram, clear, ssrc, index });
      if (!packet) continue;
      // Nothing was changed by the packet up to here.
      if (!key.rtp.add(ssrc, index, reference)) return 'too-many-sources';
      key.peer.advance(ssrc, index);
      this.#accepted(key);
      return packet;
    }
    return problem;
  }

  /** Never throws. @returns the compound packet before protection, or why it is refused */
  unprotectRtcp(datagram: Uint8Array): Uint8Array | DropReason {
    const keys = this.#keysOf(datagram, RTCP_CLEAR_LENGTH + RTCP_INDEX_LENGTH);
    if (typeof keys === 'string') return keys;
    const ssrc = uint32(datagram, 4);
    let problem: DropReason = 'unauthenticated';
    for (const key of keys) {
      const word = uint32(datagram, mkiAt(datagram, key.sizes) - RTCP_INDEX_LENGTH);
      if (word < E_FLAG) {
        problem = 'unencrypted';
        continue;
      }
      const index = word - E_FLAG;
      if (key.rtcp.isReplay(ssrc, index)) {
        problem = 'replayed';
        continue;
      }
      const packet = key.cipher.openRtcp(datagram, ssrc, index);
      if (!packet) continue;
      if (!key.rtcp.add(ssrc, index)) return 'too-many-sources';
      for (const told of readIndexReports(packet)) key.peer.advance(told.ssrc, told.index);
      this.#accepted(key);
      return packet;
    }
    return problem;
  }

  /**
   * The keys that a packet may be protected with: where it names one depends on the profile.
   * @param least how many bytes it has at least without what protection adds
   */
  #keysOf(datagram: Uint8Array, least: number): readonly ReceivingKey[] | DropReason {
    let found: readonly ReceivingKey[] | undefined;
    let longEnough = false;
    for (const { sizes, byMki } of this.#tables) {
      if (datagram.length < least + MKI_LENGTH + sizes.tag) continue;
      longEnough = true;
      const keys = byMki.size > 0 ? byMki.get(uint32(datagram, mkiAt(datagram, sizes)) | 0) : undefined;
      // What one profile has for an identifier is a part of the other's tag: by chance it may be one as well.
      if (keys) found = found ? [...found, ...keys] : keys;
    }
    return found ?? (longEnough ? 'unknown-key' : 'too-short');
  }

  #accepted(key: ReceivingKey): void {
    this.sender = key.peer.id;
    if (key.used) return;
    key.used = true;
    this.keyUsed(key.peer.id, key.id);
  }

  #add(key: ReceivingKey): void {
    const { byMki } = this.#tableOf(key);
    const sharing = byMki.get(key.mki);
    if (!sharing) byMki.set(key.mki, [key]);
    // Who makes its key look like another's can't push that one out, nor make every packet cost ever more.
    else if (sharing.length < MAX_KEYS_OF_ONE_MKI) sharing.push(key);
  }

  #remove(key: ReceivingKey): void {
    const { byMki } = this.#tableOf(key);
    const left = byMki.get(key.mki)?.filter((other) => other !== key) ?? [];
    if (left.length > 0) byMki.set(key.mki, left);
    else byMki.delete(key.mki);
  }

  #tableOf(key: ReceivingKey): KeyTable {
    return this.#tables.find(({ sizes }) => sizes === key.sizes)!;
  }
}

/** The keys of one profile, by their identifiers. */
interface KeyTable {
  sizes: ProfileSizes;
  byMki: Map<number, ReceivingKey[]>;
}

const mkiAt = (datagram: Uint8Array, { afterMki }: ProfileSizes): number =>
  datagram.length - afterMki - MKI_LENGTH;

/** @throws HhbError `bad-option` */
export function checkPeer(peer: string, keys: readonly SrtpKey[], indices: readonly PacketIndex[]): void {
  if (keys.length > MAX_KEYS)
    throw new HhbError('bad-option', `Peer ${peer}: ${keys.length} keys are more than ${MAX_KEYS}`);
  for (const key of keys) checkSrtpKey(key);
  for (const { ssrc, index } of indices) {
    if (!Number.isInteger(ssrc) || ssrc < 0 || ssrc >= 2 ** 32)
      throw new HhbError('bad-option', `Peer ${peer}: ssrc ${ssrc} is not a 32-bit number`);
    if (!Number.isInteger(index) || index < 0 || index >= RTP_INDICES)
      throw new HhbError('bad-option', `Peer ${peer}: packet index ${index} is not a 48-bit number`);
  }
}

/** Says that an SRTCP packet is encrypted. */
const E_FLAG = 2 ** 31;
/** That a peer may have at once. */
const MAX_KEYS = 64;
/** That are tried for one packet. */
const MAX_KEYS_OF_ONE_MKI = 4;
