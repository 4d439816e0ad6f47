import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { HhbError } from '@hellohaybye/core';
import { othersMay } from '@hellohaybye/core/node';
import { givenName, nameKey } from '@hellohaybye/signaling';
import { z } from 'zod';
import { cannot, makePeopleFolder, peopleFolder, writeBits } from './people-folder.js';

/** Whether a name is known with this identity, not known, or known with another. */
export type Verdict = 'known' | 'new' | 'changed';

/** Somebody whose identity is kept by name. */
export interface KnownPerson {
  name: string;
  /** The public key, 32 bytes in base64url. */
  identity: string;
  /** When it was first met or trusted, ISO 8601. */
  since: string;
  /** The last other identity that came under this name and was refused. */
  refused?: { identity: string; at: string };
}

/**
 * The people one knows, each name with the identity that it was first met with. Names count as the same as the server
 * has it: in normalisation form C, without regard to case. The number that a server puts behind a name that is taken says
 * nothing but who came first, so nobody is kept or refused by it.
 *
 * The file is a log, a JSON object a line, that is only ever appended to, each line by one write: processes that
 * write at once lose nothing of each other, and of two that meet somebody of one name at once, the first one counts
 * for both. Every question reads it anew. A line that a process did not get to the end of is passed over.
 */
export class KnownPeople {
  readonly file: string;
  readonly #folder: string;
  readonly #now: () => Date;

  constructor(folder = peopleFolder(), now = () => new Date()) {
    this.#folder = folder;
    this.file = join(folder, 'known.jsonl');
    this.#now = now;
  }

  /**
   * Everybody, in the order in which they were met.
   * @throws HhbError `known-people-broken`, `identity-exposed`, `identity-failed`; so does everything else here
   */
  list(): KnownPerson[] {
    return [...this.#read().values()];
  }

  /** What is known of a name. */
  find(name: string): KnownPerson | undefined {
    return this.#read().get(keyOf(name));
  }

  /**
   * What is known of a name, in view of an identity that bears it. Nothing is kept of it. Of `anna (2)` it is known whether
   * it is anna; else it is somebody new, who has come where anna was or was said to be.
   */
  verdict(name: string, identity: string): Verdict {
    const people = this.#read();
    const known = people.get(keyOf(name));
    if (known?.identity === identity) return 'known';
    if (!isNumbered(name)) return known ? 'changed' : 'new';
    return people.get(keyOf(givenName(name.trim())))?.identity === identity ? 'known' : 'new';
  }

  /** Who is known that somebody of this name, who is somebody else, may be taken for. */
  namesake(name: string, identity: string): KnownPerson | undefined {
    const people = this.#read();
    const named = [name, givenName(name.trim())].map((one) => people.get(keyOf(one)));
    if (!isNumbered(name) || named.some((one) => one?.identity === identity)) return undefined;
    return named.find((one) => one !== undefined);
  }

  /**
   * Keeps the identity for the name, where the name is new and has no number.
   * @returns what was known before; `changed` when another process was faster, with another identity
   */
  meet(name: string, identity: string): Verdict {
    const before = this.verdict(name, identity);
    if (before !== 'new' || isNumbered(name)) return before;
    this.#append({ did: 'met', name, identity });
    return this.verdict(name, identity) === 'changed' ? 'changed' : 'new';
  }

  /** Keeps in mind who was refused because the name is known with another identity, for `trust`. */
  refuse(name: string, identity: string): void {
    if (this.find(name)?.refused?.identity !== identity) this.#append({ did: 'refused', name, identity });
  }

  /** From now on this identity is that of the name. */
  trust(name: string, identity: string): void {
    this.#append({ did: 'trusted', name, identity });
  }

  /** From now on the name is not known. */
  forget(name: string): void {
    this.#append({ did: 'forgotten', name });
  }

  #read(): Map<string, KnownPerson> {
    const people = new Map<string, KnownPerson>();
    const lines = this.#text().split('\n');
    lines.forEach((line, index) => {
      // Each is written with a line end before and behind it: a torn one has no empty line after it.
      const isTorn = lines[index + 1] !== '' && isBeginning(line);
      if (line !== '' && !isTorn) replay(people, this.#event(line, index + 1));
    });
    return people;
  }

  #event(line: string, number: number): Event {
    const parsed = eventSchema.safeParse(jsonOf(line));
    if (parsed.success) return parsed.data;
    throw new HhbError('known-people-broken', `${this.file}, line ${number}, can't be read`, {
      hint: 'Remove that line, or the file to know nobody any more',
    });
  }

  #text(): string {
    try {
      const descriptor = openSync(this.file, 'r');
      try {
        this.#check(fstatSync(descriptor).mode);
        return readFileSync(descriptor, 'utf8');
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      if (error instanceof HhbError) throw error;
      throw cannot('read', this.file, error);
    }
  }

  #append(event: Omit<Event, 'at'>): void {
    makePeopleFolder(this.#folder);
    // A line that somebody did not get to the end of stays alone: ours begins on a new one.
    const line = Buffer.from(`\n${JSON.stringify({ ...event, at: this.#now().toISOString() })}\n`);
    try {
      const descriptor = openSync(this.file, 'a', 0o600);
      try {
        this.#check(fstatSync(descriptor).mode);
        if (writeSync(descriptor, line) !== line.length) throw new Error('the disk is full');
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      if (error instanceof HhbError) throw error;
      throw cannot('written', this.file, error);
    }
  }

  #check(mode: number): void {
    if (!othersMay(mode, writeBits)) return;
    throw new HhbError('identity-exposed', `Others may write ${this.file}, the people you know`, {
      hint: `Take that right away: chmod go-w ${this.file}`,
    });
  }
}

/** Whether a text is the public key of an identity: 32 bytes in base64url. */
export const isIdentity = (text: string): boolean =>
  /^[\w-]{43}$/.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text;

function replay(people: Map<string, KnownPerson>, { did, name, identity = '', at }: Event): void {
  const key = keyOf(name);
  const known = people.get(key);
  if (did === 'forgotten') people.delete(key);
  else if (did === 'trusted' || (did === 'met' && !known)) people.set(key, { name, identity, since: at });
  else if (did === 'refused' && known) people.set(key, { ...known, refused: { identity, at } });
}

/** Whether a line is the beginning of what is written here, and no more than that. */
const isBeginning = (line: string): boolean =>
  (line.startsWith(lineStart) || lineStart.startsWith(line)) && jsonOf(line) === undefined;

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const lineStart = '{"did":"';
/** Whether a name has a number behind it: the server may have put it there, as another one of that name was there. */
const isNumbered = (name: string): boolean => givenName(name.trim()) !== name.trim();

const keyOf = (name: string): string => nameKey(name.normalize('NFC').trim());

const eventSchema = z
  .object({
    did: z.enum(['met', 'refused', 'trusted', 'forgotten']),
    name: z.string().min(1).max(1000),
    identity: z.string().refine(isIdentity).optional(),
    at: z.iso.datetime(),
  })
  .refine(({ did, identity }) => did === 'forgotten' || identity !== undefined);
type Event = z.infer<typeof eventSchema>;
