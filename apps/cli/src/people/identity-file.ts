import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type JsonWebKey,
} from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { HhbError } from '@hellohaybye/core';
import { z } from 'zod';
import { allBits, cannot, makePeopleFolder, othersMay, peopleFolder } from './people-folder.js';

/** Who somebody is: an X25519 key pair (RFC 7748), each key its raw 32 bytes in base64url. */
export interface Identity {
  version: 1;
  publicKey: string;
  privateKey: string;
}

/**
 * One's own identity, which is made at first use. Processes that make one at the same moment end with the same.
 * @throws HhbError `identity-exposed` when others may read it; `identity-broken`, `identity-failed`
 */
export function ownIdentity(folder = peopleFolder()): Identity {
  const file = identityFile(folder);
  makePeopleFolder(folder);
  const kept = readIdentity(file);
  if (kept) return kept;
  makeIdentity(file);
  const made = readIdentity(file);
  if (!made) throw cannot('read', file, new Error('it is gone again'));
  return made;
}

export const identityFile = (folder: string): string => join(folder, 'identity.json');

function readIdentity(file: string): Identity | undefined {
  let text: string;
  let mode: number;
  try {
    const descriptor = openSync(file, 'r');
    try {
      mode = fstatSync(descriptor).mode;
      text = readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cannot('read', file, error);
  }
  if (othersMay(mode, allBits)) {
    throw new HhbError('identity-exposed', `Others than you may read or write ${file}, your private key`, {
      hint: `If nobody has: chmod 600 ${file}. If in doubt, remove it: a new one is made, which those who know you have to trust anew`,
    });
  }
  return parseIdentity(text, file);
}

function parseIdentity(text: string, file: string): Identity {
  // What is wrong is not told in more detail: that would be a part of a private key on the screen.
  const broken = () =>
    new HhbError('identity-broken', `${file} holds no identity`, {
      hint: 'Put a copy of it back, or remove it: a new one is made, which those who know you have to trust anew',
    });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw broken();
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success || publicKeyOf(parsed.data) !== parsed.data.publicKey) throw broken();
  return parsed.data;
}

const key = z.string().regex(/^[\w-]{43}$/);
const schema = z.object({ version: z.literal(1), publicKey: key, privateKey: key });

/** The public key that belongs to the private one. */
function publicKeyOf({ publicKey, privateKey }: Identity): string | undefined {
  try {
    const jwk: JsonWebKey = { kty: 'OKP', crv: 'X25519', x: publicKey, d: privateKey };
    return createPublicKey(createPrivateKey({ key: jwk, format: 'jwk' })).export({ format: 'jwk' }).x;
  } catch {
    return undefined;
  }
}

/** Writes a new identity, unless there is one by then. */
function makeIdentity(file: string): void {
  const { x, d } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  // The name comes into being with all of its content, and only once: a link is never put in another's place.
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(descriptor, `${JSON.stringify({ version: 1, publicKey: x, privateKey: d })}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    try {
      linkSync(temporary, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      unlinkSync(temporary);
    }
  } catch (error) {
    throw cannot('written', file, error);
  }
}
