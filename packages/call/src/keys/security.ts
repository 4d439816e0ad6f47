import { HhbError } from '@hellohaybye/core';
import type { Participant } from '@hellohaybye/signaling';
import { srtpProfiles, type Identity, type SrtpProfile } from '@hellohaybye/signaling/keys';

/** What is thought of somebody who comes, by name and key. */
export interface Judgement {
  /** The key that this name had before, a name without one, or a name that had another key. */
  verdict: 'known' | 'new' | 'changed';
  /** Who is not admitted gets no key of ours, and none of theirs is taken. */
  admitted: boolean;
  /** Their fingerprint for people, shown beside ours. */
  words?: string;
  /** Why they are not admitted, for people. */
  reason?: string;
  /** What people are to know of somebody who is admitted: that they are not who their name may suggest. */
  warning?: string;
}

/**
 * How a participant is known to the others, and whom it lets in. Whatever is given, or nothing: media is encrypted end to
 * end.
 */
export interface Security {
  /** Our key pair; one for this call alone when left out: then nobody can tell that it is us again. */
  identity?: Identity;
  /** Our own fingerprint for people. */
  words?: string;
  /** The secret of the rooms that we join, 32 to 64 random bytes as base64url; without one, whoever can join is let in. */
  secret?: string;
  /** Asked of everybody who comes, with their public key (32 bytes, base64url), before any key is exchanged. */
  judge?: (name: string, identity: string) => Judgement;
  /**
   * How media may be protected, in order of preference: `AES_CM_128_HMAC_SHA1_80` before `AEAD_AES_128_GCM` when left
   * out. Each sends with the first of its own that all others have; with whom none is left is neither seen nor heard.
   */
  profiles?: readonly SrtpProfile[];
  /** Told when somebody has proved to have the key that they came with. Who is not admitted is let go again. */
  met?: (name: string, identity: string) => Judgement;
}

/** Whether somebody may be in a call with us. */
export function judgementOf(
  { name, media: { protection } }: Participant,
  { judge = () => ({ verdict: 'new', admitted: true }), profiles = srtpProfiles }: Security,
): Judgement {
  if (profiles.some((profile) => protection?.profiles.includes(profile)))
    return judge(name, protection!.identity);
  const reason = protection
    ? `${name} encrypts in another way (${protection.profiles.join(', ')}) and is neither seen nor heard`
    : `${name} does not encrypt and is neither seen nor heard: an older version, or another program`;
  return { verdict: 'new', admitted: false, reason };
}

/**
 * How we can protect media, the way that we prefer first.
 * @throws HhbError `bad-option`
 */
export function profilesOf({ profiles = srtpProfiles }: Security): readonly [SrtpProfile, ...SrtpProfile[]] {
  const [first, ...others] = profiles;
  const unknown = profiles.find((profile) => !srtpProfiles.includes(profile));
  if (first === undefined || unknown !== undefined || new Set(profiles).size < profiles.length)
    throw new HhbError('bad-option', `The profiles are "${profiles.join(', ')}"`, {
      hint: `Give one of ${srtpProfiles.join(', ')}, or both.`,
    });
  return [first, ...others];
}
