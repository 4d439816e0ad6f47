import { createHash, createPublicKey, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { HhbError, messageOf } from '@hellohaybye/core';
import type { Authorize } from '@hellohaybye/signaling/server';
import { errors, jwtVerify } from 'jose';
import type { Settings } from './settings.js';

/**
 * Who may connect, by the settings; undefined when everybody may.
 * @throws HhbError `bad-key`
 */
export function accessBy(
  settings: Pick<Settings, 'token' | 'jwtKeyFile' | 'jwtAudience'>,
): Authorize | undefined {
  const { token, jwtKeyFile, jwtAudience } = settings;
  if (jwtKeyFile !== undefined) return webToken(readKey(jwtKeyFile), jwtAudience);
  return token === undefined ? undefined : sharedToken(token);
}

/** One token that all share. */
export function sharedToken(secret: string): Authorize {
  const isSecret = equals(secret);
  return (token) => {
    if (token === undefined) return { code: 'token-required', message: 'This server needs an access token' };
    return isSecret(token) ? undefined : { code: 'bad-token', message: 'The access token is wrong' };
  };
}

/** A comparison that takes as long wherever the texts differ, and whatever their lengths. */
export function equals(secret: string): (text: string) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(secret);
  return (text) => timingSafeEqual(digest(text), expected);
}

/**
 * JSON Web Tokens (RFC 7519), with `exp` and the audience.
 * @param key a secret for HS256, or an Ed25519 public key for EdDSA; the token has no say in which
 */
export function webToken(key: KeyObject, audience: string): Authorize {
  const algorithms = key.type === 'secret' ? ['HS256'] : ['EdDSA', 'Ed25519'];
  return async (token) => {
    if (token === undefined) return { code: 'token-required', message: 'This server needs an access token' };
    try {
      await jwtVerify(token, key, { algorithms, audience, requiredClaims: ['exp'], clockTolerance: 5 });
      return undefined;
    } catch (error) {
      const expired = error instanceof errors.JWTExpired;
      return {
        code: 'bad-token',
        message: `The access token ${expired ? 'has expired' : 'is not valid here'}`,
      };
    }
  };
}

/**
 * A key from a file: an Ed25519 public key in PEM, or else all its bytes, without space around them, as a secret.
 * @throws HhbError `bad-key`
 */
export function readKey(path: string): KeyObject {
  const fail = (why: string, cause?: unknown) =>
    new HhbError('bad-key', `The key in ${path} can't be used: ${why}`, {
      hint: 'It has to be an Ed25519 public key in PEM, or a secret of at least 32 characters.',
      cause,
    });
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw fail(messageOf(error), error);
  }
  if (!text.startsWith('-----BEGIN')) {
    if (Buffer.byteLength(text) < 32) throw fail('the secret is too short');
    return createSecretKey(text, 'utf8');
  }
  // A private key would do as well, but has no business here.
  if (text.includes('PRIVATE KEY')) throw fail('it is a private key');
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch (error) {
    throw fail(messageOf(error), error);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw fail(`it is of the kind ${key.asymmetricKeyType}`);
  return key;
}
