import { isHhbError, messageOf } from '@hellohaybye/core';
import { nameKey } from '@hellohaybye/signaling';
import { fingerprint } from './fingerprint.js';
import { ownIdentity, type Identity } from './identity-file.js';
import { KnownPeople, type Verdict } from './known-people.js';
import { peopleFolder } from './people-folder.js';

/** What a call needs to know of oneself and of those one knows. */
export interface CallSecurity {
  /** One's own key pair. */
  readonly identity: Identity;
  /** One's own fingerprint, in words. */
  readonly words: string;
  /** The secret of the room, 32 bytes; undefined in an open one. It is to go into keys only, never into any output. */
  readonly secret: Uint8Array | undefined;
  /** The pin of the server's certificate, where an invitation tells one. */
  readonly pin: string | undefined;
  /**
   * Whether somebody may be in a call with us, asked before they get any key and before any of theirs is taken.
   * Never throws: what can't be decided is not admitted.
   */
  judge(name: string, identity: string): Judgement;
  /**
   * Somebody has proved to hold the identity that they came with, by a key message that could be opened: a new name
   * is kept with it. As `judge` else; the answer may differ from that, when another process was faster.
   */
  met(name: string, identity: string): Judgement;
}

/** What is known of somebody who comes. */
export interface Judgement {
  verdict: Verdict;
  admitted: boolean;
  /** Their fingerprint, in words. */
  words: string;
  /** Why they are not admitted and what to do about it, one line. It holds their name as it came: to be made printable. */
  reason?: string;
  /** Whom they may be taken for and are not, though they are admitted; one line, as `reason`. */
  warning?: string;
}

export interface CallSecurityOptions {
  /** The name that we ask for. */
  name: string;
  secret?: Uint8Array | undefined;
  pin?: string | undefined;
  /** Admits nobody who is not known. */
  onlyKnown: boolean;
  folder?: string;
}

/**
 * Reads, and at first use makes, one's own identity, and looks whether the known people can be read.
 * @throws HhbError `identity-exposed`, `identity-broken`, `identity-failed`, `known-people-broken`
 */
export function openCallSecurity({
  name: ownName,
  secret,
  pin,
  onlyKnown,
  folder = peopleFolder(),
}: CallSecurityOptions): CallSecurity {
  const identity = ownIdentity(folder);
  const people = new KnownPeople(folder);
  people.list();
  let refusals = 0;
  const decide = (name: string, theirs: string, verdictOf: () => Verdict): Judgement => {
    const words = fingerprint(theirs).words;
    try {
      if (theirs === identity.publicKey && people.find(name) === undefined) {
        // Another process of one's own is no news. Under another name it may be anybody, who only says our key.
        if (isSamePerson(name, ownName)) return { verdict: 'known', words, admitted: true };
        return { verdict: 'new', words, admitted: false, reason: ownKeyReason(name, theirs) };
      }
      const verdict = verdictOf();
      if (verdict === 'changed' && refusals++ < mostRefusals) people.refuse(name, theirs);
      const namesake = people.namesake(name, theirs);
      const admitted = admission(verdict, { name, words, onlyKnown });
      if (!namesake || !admitted.admitted) return { verdict, words, ...admitted };
      const warning = `${name} is not the ${namesake.name} that you know, but somebody else: the number is the server's. Their words are "${words}"`;
      return { verdict, words, ...admitted, warning };
    } catch (error) {
      const hint = isHhbError(error) && error.hint ? `. ${error.hint}` : '';
      return { verdict: 'changed', words, admitted: false, reason: `${messageOf(error)}${hint}` };
    }
  };
  return {
    ...{ identity, words: fingerprint(identity.publicKey).words, secret, pin },
    judge: (name, theirs) => decide(name, theirs, () => people.verdict(name, theirs)),
    met: (name, theirs) =>
      decide(name, theirs, () => (onlyKnown ? people.verdict(name, theirs) : people.meet(name, theirs))),
  };
}

function admission(
  verdict: Verdict,
  { name, words, onlyKnown }: { name: string; words: string; onlyKnown: boolean },
): Pick<Judgement, 'admitted' | 'reason'> {
  if (verdict === 'changed') {
    return {
      admitted: false,
      reason: `${name} was refused: this is not the key that ${name} had before. Ask them, not over this call, for their words; are they "${words}", accept them with: hellohaybye trust ${quoted(name)} ${words.replaceAll(' ', '-')}`,
    };
  }
  if (verdict === 'new' && onlyKnown) {
    return {
      admitted: false,
      reason: `${name} was refused: not known, and only known people are let in (--only-known)`,
    };
  }
  return { admitted: true };
}

const ownKeyReason = (name: string, identity: string): string =>
  `${name} was refused: this is your own key, under another name than yours. If it is you, take the same name, or accept this one with: hellohaybye trust ${quoted(name)} ${identity}`;

/** Whether two names are one but for what is put behind it: a number when it is taken, or whom somebody watches. */
const isSamePerson = (one: string, other: string): boolean => baseOf(one) === baseOf(other);
const baseOf = (name: string): string =>
  nameKey(
    name
      .normalize('NFC')
      .replace(/ \(.*\)$/u, '')
      .trim(),
  );

/** A name as one types it into a shell. */
const quoted = (name: string): string => (/^[\p{L}\p{N}_.-]+$/u.test(name) ? name : `"${name}"`);

/** Refusals that one call writes down: a server may invent as many as it likes. */
const mostRefusals = 100;
