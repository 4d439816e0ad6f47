import { KEY_LENGTH, profiles } from './profile.js';
import { AesCmCipher } from './aes-cm-cipher.js';
import { AesGcmCipher } from './aes-gcm-cipher.js';
import { deriveSessionKey, label } from './session-keys.js';
import type { SrtpKey } from './srtp-key.js';

/** An RTP packet and what its nonce is made of. */
export interface IndexedPacket {
  packet: Uint8Array;
  /** Bytes that stay in the clear: the header with its extension. A multiple of 4. */
  clear: number;
  ssrc: number;
  /** 48 bits: rollover counter and sequence number. */
  index: number;
}

/**
 * Encrypts and authenticates under one master key. It keeps no account of what was used: no index may be used for two
 * different packets of one source. Packets that come in are as long at least as header, tag and key identifier.
 */
export interface PacketCipher {
  sealRtp(packets: readonly IndexedPacket[]): Uint8Array[];
  /** @returns undefined when it is not authentic */
  openRtp(packet: IndexedPacket): Uint8Array | undefined;
  /** @param index 31 bits */
  sealRtcp(packet: Uint8Array, ssrc: number, index: number): Uint8Array;
  /** Whatever its E flag says: it has to be set. @returns undefined when it is not authentic */
  openRtcp(datagram: Uint8Array, ssrc: number, index: number): Uint8Array | undefined;
}

/** @param mki 32 bits, written into every packet */
export function packetCipher({ profile, key, salt }: SrtpKey, mki: number): PacketCipher {
  const derive = (which: number, length: number) => deriveSessionKey(key, salt, which, length);
  const sessionKeys = (encryption: number, authentication: number, salting: number) => ({
    encryption: derive(encryption, KEY_LENGTH),
    authentication: derive(authentication, 20),
    salt: derive(salting, profiles[profile].salt),
  });
  const rtp = sessionKeys(label.rtpEncryption, label.rtpAuthentication, label.rtpSalt);
  const rtcp = sessionKeys(label.rtcpEncryption, label.rtcpAuthentication, label.rtcpSalt);
  return profile === 'AEAD_AES_128_GCM' ? new AesGcmCipher(rtp, rtcp, mki) : new AesCmCipher(rtp, rtcp, mki);
}
