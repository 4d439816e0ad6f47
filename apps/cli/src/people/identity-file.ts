import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { join } from 'node:path';
import { HhbError } from '@hellohaybye/core';
import { makeOwnerFile, readOwnerFile, type OwnerFile } from '@hellohaybye/core/node';
import { z } from 'zod';
import { cannot, makePeopleFolder, peopleFolder } from './people-folder.js';

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
  let kept: OwnerFile | undefined;
  try {
    kept = readOwnerFile(file);
  } catch (error) {
    throw cannot('read', file, error);
  }
  if (!kept) return undefined;
  if (kept.exposed) {
    throw new HhbError('identity-exposed', `Others than you may read or write ${file}, your private key`, {
      hint: `If nobody has: chmod 600 ${file}. If in doubt, remove it: a new one is made, which those who know you have to trust anew`,
    });
  }
  return parseIdentity(kept.text, file);
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
  try {
    makeOwnerFile(file, `${JSON.stringify({ version: 1, publicKey: x, privateKey: d })}\n`);
  } catch (error) {
    throw cannot('written', file, error);
  }
}
