import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKey, sharedToken, webToken } from './access.js';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const secret = createSecretKey('a secret of at least thirty-two characters', 'utf8');
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;
const jwt = (alg: string, key: KeyObject, claims: object = {}) =>
  new SignJWT({ exp: inAnHour(), aud: 'hellohaybye', ...claims }).setProtectedHeader({ alg }).sign(key);

describe('a token that all share', () => {
  const authorize = sharedToken('sesame-open-sesame');
  it.each([
    [undefined, 'token-required'],
    ['sesame-open-sesame', undefined],
    ['sesame-open-sesamf', 'bad-token'],
    ['sesame', 'bad-token'],
  ])('%s', async (token, code) => expect((await authorize(token))?.code).toBe(code));
});

describe('a JSON Web Token', () => {
  const byPublicKey = webToken(publicKey, 'hellohaybye');
  const bySecret = webToken(secret, 'hellohaybye');

  it('lets in with the right key', async () => {
    expect(await byPublicKey(await jwt('EdDSA', privateKey))).toBeUndefined();
    expect(await bySecret(await jwt('HS256', secret))).toBeUndefined();
  });

  it.each([
    ['that has expired', () => jwt('EdDSA', privateKey, { exp: 1_000_000 }), /has expired/],
    ['that never expires', () => jwt('EdDSA', privateKey, { exp: undefined }), /not valid/],
    ['for somebody else', () => jwt('EdDSA', privateKey, { aud: 'elsewhere' }), /not valid/],
    ['for nobody', () => jwt('EdDSA', privateKey, { aud: undefined }), /not valid/],
    ['that is not valid yet', () => jwt('EdDSA', privateKey, { nbf: inAnHour() }), /not valid/],
    ['of another key', () => jwt('EdDSA', generateKeyPairSync('ed25519').privateKey), /not valid/],
    ['with the public key as its secret', () => jwt('HS256', createSecretKey(pem, 'utf8')), /not valid/],
    [
      'that nobody signed',
      () => new UnsecuredJWT({ exp: inAnHour(), aud: 'hellohaybye' }).encode(),
      /not valid/,
    ],
    ['that is none', () => 'sesame', /not valid/],
  ])('%s is refused', async (_, make, message) => {
    const refusal = await byPublicKey(await make());
    expect(refusal).toMatchObject({ code: 'bad-token', message: expect.stringMatching(message) as string });
  });

  it('is required', async () => expect((await byPublicKey(undefined))?.code).toBe('token-required'));
});

describe('a key file', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'hellohaybye-keys-'))));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (text: string | Buffer) => {
    const path = join(folder, 'key');
    writeFileSync(path, text);
    return path;
  };

  it('is an Ed25519 public key or a secret', () => {
    expect(readKey(file(pem)).asymmetricKeyType).toBe('ed25519');
    expect(readKey(file('a secret of at least thirty-two characters\n')).equals(secret)).toBe(true);
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  it.each([
    ['short', 'sesame', /too short/],
    ['private', privateKey.export({ type: 'pkcs8', format: 'pem' }), /private key/],
    ['of another kind', rsa.export({ type: 'spki', format: 'pem' }), /rsa/],
    ['broken', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', /can't be used/],
  ])('that is %s is refused', (_, text, message) => {
    expect(() => readKey(file(text))).toThrow(message);
  });

  it('that is not there is told', () => {
    expect(() => readKey(join(folder, 'none'))).toThrow(/ENOENT/);
  });
});
