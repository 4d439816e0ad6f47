import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { HhbError } from '@hellohaybye/core';
import { fromBase64url } from '../protocol/base64url.js';

/** An identity as it is kept in a file: a JSON Web Key (RFC 8037, section 2). `d` is the secret. */
export interface IdentityJson {
  kty: 'OKP';
  crv: 'X25519';
  /** The public key, 32 bytes as base64url. */
  x: string;
  /** The private key, 32 bytes as base64url. */
  d: string;
}

/** A participant's key pair, X25519 (RFC 7748). It prints and serialises as its public key alone. */
export class Identity {
  /** 32 bytes as base64url: what others know, and what `KeyMember.identity` holds. */
  readonly publicKey: string;
  readonly #privateKey: string;

  /** @param json of a pair that belongs together: use `identityFromJson` */
  constructor({ x, d }: IdentityJson) {
    this.publicKey = x;
    this.#privateKey = d;
  }

  /** The private key of an identity. Only `identityToJson` and the sealing ask for it. */
  static privateKey(identity: Identity): string {
    return identity.#privateKey;
  }
}

/** A new identity, drawn by node:crypto. */
export function generateIdentity(): Identity {
  const jwk = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return identityFromJson(jwk);
}

/** What `identityFromJson` reads again. It holds the private key. */
export const identityToJson = (identity: Identity): IdentityJson => ({
  kty: 'OKP',
  crv: 'X25519',
  x: identity.publicKey,
  d: Identity.privateKey(identity),
});

/**
 * The identity that a JSON value describes. Fields that are not known are passed over.
 * @throws HhbError `bad-identity` unless it is an X25519 pair whose halves belong together
 */
export function identityFromJson(json: unknown): Identity {
  const { kty, crv, x, d } = Object(json) as Record<keyof IdentityJson, unknown>;
  if (kty !== 'OKP' || crv !== 'X25519') throw badIdentity('it is no X25519 key');
  if (!fromBase64url(x, 32) || !fromBase64url(d, 32)) throw badIdentity('"x" and "d" must be 32 bytes');
  const jwk: IdentityJson = { kty, crv, x: x as string, d: d as string };
  if (publicKeyOf(jwk) !== jwk.x) throw badIdentity('its public key belongs to another private key');
  return new Identity(jwk);
}

/** Whether a value can be somebody's public key: 32 bytes as base64url. */
export const isIdentity = (value: unknown): value is string => fromBase64url(value, 32) !== undefined;

/** Made from the private key alone: Node believes an `x` that stands beside it. */
function publicKeyOf({ d }: IdentityJson): string | undefined {
  const pkcs8 = Buffer.concat([pkcs8Head, fromBase64url(d)!]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  pkcs8.fill(0);
  return createPublicKey(privateKey).export({ format: 'jwk' }).x;
}

const badIdentity = (why: string) =>
  new HhbError('bad-identity', `This is not an identity: ${why}`, {
    hint: 'Put the file back from a copy, or remove it to get a new identity, which others have to accept anew',
  });

/** PrivateKeyInfo of an X25519 key, up to its 32 bytes (RFC 8410, section 7). */
const pkcs8Head = Buffer.from('302e020100300506032b656e04220420', 'hex');
