import { createPrivateKey, createPublicKey } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityFile, ownIdentity } from './identity-file.js';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hellohaybye-identity-'));
  folder = join(root, 'config', 'hellohaybye');
});
afterEach(() => rmSync(root, { recursive: true }));

const onPosix = it.skipIf(process.platform === 'win32');
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const spoil = (change: (identity: Record<string, unknown>) => unknown) => {
  const identity = JSON.parse(readFileSync(identityFile(folder), 'utf8')) as Record<string, unknown>;
  writeFileSync(identityFile(folder), JSON.stringify(change(identity)));
};

describe('one’s own identity', () => {
  it('is made once, and is a pair of X25519 keys', () => {
    const identity = ownIdentity(folder);
    expect(ownIdentity(folder)).toEqual(identity);
    expect(readdirSync(folder)).toEqual(['identity.json']);
    const { publicKey: x, privateKey: d } = identity;
    const jwk = createPublicKey(
      createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', x, d }, format: 'jwk' }),
    ).export({ format: 'jwk' });
    expect(jwk).toEqual({ kty: 'OKP', crv: 'X25519', x });
  });

  it('is another for everybody', () =>
    expect(ownIdentity(folder).publicKey).not.toBe(ownIdentity(join(root, 'other')).publicKey));

  onPosix('is for its owner alone', () => {
    ownIdentity(folder);
    expect([modeOf(folder), modeOf(identityFile(folder))]).toEqual(['700', '600']);
  });

  onPosix.each([0o640, 0o604, 0o620, 0o602, 0o644])('is refused when it has the rights %o', (mode) => {
    ownIdentity(folder);
    chmodSync(identityFile(folder), mode);
    const refused = { code: 'identity-exposed', hint: expect.stringContaining('chmod 600') as string };
    expect(() => ownIdentity(folder)).toThrow(expect.objectContaining(refused));
  });

  onPosix('is not made where others could put another in its place', () => {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o770);
    expect(() => ownIdentity(folder)).toThrow(expect.objectContaining({ code: 'identity-exposed' }));
    expect(existsSync(identityFile(folder))).toBe(false);
  });

  it.each([
    ['nothing', () => ''],
    ['no object', () => null],
    ['another version', (it: object) => ({ ...it, version: 2 })],
    ['no private key', (it: object) => ({ ...it, privateKey: undefined })],
    ['a short key', (it: object) => ({ ...it, privateKey: 'AAAA' })],
    ['keys that are no pair', (it: object) => ({ ...it, publicKey: 'A'.repeat(43) })],
  ])('is refused, and not replaced, when the file holds %s', (_, change) => {
    const { privateKey } = ownIdentity(folder);
    spoil(change);
    const content = readFileSync(identityFile(folder), 'utf8');
    const refused = { code: 'identity-broken', message: expect.not.stringContaining(privateKey) as string };
    expect(() => ownIdentity(folder)).toThrow(expect.objectContaining(refused));
    expect(readFileSync(identityFile(folder), 'utf8')).toBe(content);
  });

  it('tells why when it can’t be kept', () => {
    writeFileSync(join(root, 'config'), '');
    expect(() => ownIdentity(folder)).toThrow(expect.objectContaining({ code: 'identity-failed' }));
  });
});
