import type { MediaDescription, MediaProtection, Participant } from '@hellohaybye/signaling';
import { generateSession } from '@hellohaybye/signaling/keys';
import type { Lie } from './actions.js';

/** What a lie may be made of. */
export interface Truth {
  /** Who is told. */
  self: Participant | undefined;
  /** Somebody else. */
  next: Participant;
  /** As they were announced first. */
  first: MediaDescription | undefined;
  /** What an impostor announces who takes their place, if there is one. */
  impostor: MediaDescription | undefined;
  /** The ports before theirs, if there are such. */
  ports: Record<string, number> | undefined;
}

/** How somebody is told of. @returns undefined: not at all */
export function lieAbout(one: Participant, lie: Lie, truth: Truth): Participant | undefined {
  const { self, next, first, impostor, ports } = truth;
  const { media } = one;
  const { protection, ...unprotected } = media;
  const withMedia = (other: MediaDescription | undefined): Participant =>
    other ? { ...one, media: other } : one;
  const withProtection = (change: Partial<MediaProtection> | undefined): Participant =>
    protection ? withMedia({ ...media, protection: { ...protection, ...change } }) : one;
  switch (lie) {
    case 'true':
      return one;
    case 'absent':
      return undefined;
    case 'stranger':
      return impostor && { ...one, name: 'zoe', media: impostor };
    case 'impostor':
    case 'false identity':
      return withMedia(impostor);
    case 'key of impostor':
      return withProtection(impostor?.protection);
    case 'other session':
      return withProtection({ session: generateSession() });
    case 'first session':
      return withProtection(first?.protection);
    case 'swapped':
      return withMedia(next.media);
    case 'reflected':
      return withMedia(self?.media);
    case 'redirected':
      return ports ? withMedia({ ...media, ports }) : one;
    case 'unprotected':
      return withMedia(unprotected);
    case 'other profile':
      return withProtection({ profiles: ['NULL_HMAC_SHA1_80'] });
    case 'renamed':
      return { ...one, name: next.name };
  }
}
