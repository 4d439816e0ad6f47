/** A protection profile of SRTP, by its name in the IANA registry (RFC 5764, section 4.1.2; RFC 7714, section 14.2). */
export type SrtpProfile = 'AES_CM_128_HMAC_SHA1_80' | 'AEAD_AES_128_GCM';

/** A master key of SRTP, as the transport takes it. It prints without its secrets when it comes from here. */
export interface SrtpKey {
  /** The generation, `epoch.step`. */
  id: string;
  profile: SrtpProfile;
  /** 16 bytes. */
  key: Uint8Array;
  /** 14 bytes with `AES_CM_128_HMAC_SHA1_80`, 12 with `AEAD_AES_128_GCM`. */
  salt: Uint8Array;
}

/** How far the packets of a source have come. */
export interface PacketIndex {
  /** The synchronisation source, 0 to 2^32 - 1. */
  ssrc: number;
  /** The SRTP index of the newest packet, ROC * 2^16 + SEQ (RFC 3711, section 3.3.1): 0 to 2^48 - 1. */
  index: number;
}

/** Which of its keys a sender means. Generations only grow: first by epoch, within an epoch by step. */
export interface Generation {
  /** 1 to 2^32 - 1; another epoch has another random key. */
  epoch: number;
  /** 0 to 2^32 - 1; each step's key is made from the one before (`nextKey`). */
  step: number;
}

/** Who takes part: what is announced in `media.protection`, and under which instance. */
export interface KeyMember {
  /** What the server calls them; at most 64 letters, digits, underscores and dashes. */
  instance: string;
  /** Their public key, X25519, 32 bytes as base64url. */
  identity: string;
  /** 16 random bytes of their process or stay, as base64url. */
  session: string;
  /** The SRTP profiles that they have, in order of preference; 1 to 8, not necessarily known to us. */
  profiles: readonly string[];
}

/** What one participant tells another about its key. */
export interface KeyMessage extends Generation {
  profile: SrtpProfile;
  /** The master key of this generation, 16 bytes. */
  key: Uint8Array;
  /** The master salt of this generation: 14 or 12 bytes, as the profile has it. */
  salt: Uint8Array;
  /** The newest generation of the receiver's key that the sender holds; absent when it holds none. */
  heard?: Generation | undefined;
  /** Whether the sender waits to be told that this generation is held. */
  asks: boolean;
  /** How far the sender's packets have come, at most 64 sources. */
  indices: readonly PacketIndex[];
}

/** All that a key message is bound to, besides its bytes. Both ends must mean the same. */
export interface KeyContext {
  /** The name of the room, 1 to 256 bytes of UTF-8. */
  room: string;
  sender: KeyMember;
  receiver: KeyMember;
}

/** A key message that was opened, and what it had to be bound to in order to open. */
export interface OpenedKeyMessage extends KeyMessage {
  context: KeyContext & {
    /** Whether it was sealed with the secret of the room. */
    withSecret: boolean;
  };
}
