import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  generateIdentity,
  identityToJson,
  type Identity,
  type IdentityJson,
} from '@hellohaybye/signaling/keys';
import { ownIdentity } from '../../../apps/cli/src/people/identity-file.js';
import { names } from './actions.js';
import { marksOf, type Marks } from './marked-media.js';

/** Those who take part, and the attacker: the same in all sieges, for to make them takes a while. */
export interface Cast {
  marks: Marks[];
  /** Where the identities are, by name. */
  folders: Map<string, string>;
  identities: Map<string, string>;
  /** The attacker's. */
  mallory: Identity;
}

export async function makeCast(): Promise<Cast> {
  const folders = new Map(names.map((name) => [name, mkdtempSync(join(tmpdir(), `hhb-${name}-`))]));
  const identities = new Map([...folders].map(([name, folder]) => [name, ownIdentity(folder).publicKey]));
  const marks = await Promise.all([...names, 'mallory'].map(marksOf));
  return { marks, folders, identities, mallory: generateIdentity() };
}

/** Whose it is. */
export function ownerOf(identity: string, { identities, mallory }: Cast): string | undefined {
  if (identity === mallory.publicKey) return 'mallory';
  return [...identities].find(([, one]) => one === identity)?.[0];
}

/** Somebody's public key with the attacker's private one: all that one can do who does not have theirs. */
export function falseIdentity(x: string, attacker: Identity): Identity {
  const make = attacker.constructor as new (json: IdentityJson) => Identity;
  return new make({ ...identityToJson(attacker), x });
}
