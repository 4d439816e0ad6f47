/** A protection profile, by its name in SDP and DTLS-SRTP: RFC 3711 (counter mode, HMAC-SHA1) or RFC 7714 (AES-GCM). */
export type SrtpProfile = 'AES_CM_128_HMAC_SHA1_80' | 'AEAD_AES_128_GCM';

/** What a profile fixes, in bytes. */
export interface ProfileSizes {
  /** Of the master salt and of the session salts. */
  salt: number;
  tag: number;
  /** Of what stands after the key identifier: the tag, or nothing where the tag is part of what is encrypted. */
  afterMki: number;
}

export const profiles: Record<SrtpProfile, ProfileSizes> = {
  AES_CM_128_HMAC_SHA1_80: { salt: 14, tag: 10, afterMki: 10 },
  AEAD_AES_128_GCM: { salt: 12, tag: 16, afterMki: 0 },
};

/** Of whichever profile. */
export const LARGEST_TAG = 16;
/** Of master keys and session encryption keys. */
export const KEY_LENGTH = 16;
/** Of the key identifier (RFC 3711, section 3.1). */
export const MKI_LENGTH = 4;
/** Of the word with the E flag and the SRTCP index (RFC 3711, section 3.4). */
export const RTCP_INDEX_LENGTH = 4;
/** Every RTCP packet begins with as much in the clear: its header and the SSRC of its sender. */
export const RTCP_CLEAR_LENGTH = 8;
