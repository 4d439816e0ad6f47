import { inspect } from 'node:util';
import { isHhbError } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { generateIdentity, identityFromJson, identityToJson, isIdentity } from './identity.js';

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return isHhbError(error) ? error.code : String(error);
  }
};

describe('an identity', () => {
  it('is another one each time, and 32 bytes as base64url', () => {
    const [one, other] = [generateIdentity(), generateIdentity()];
    expect(one.publicKey).not.toBe(other.publicKey);
    expect([isIdentity(one.publicKey), one.publicKey.length]).toEqual([true, 43]);
  });

  it('comes back from its JSON, whatever else stands there', () => {
    const identity = generateIdentity();
    const json = { ...identityToJson(identity), note: 'mine' };
    expect(identityToJson(identityFromJson(JSON.parse(JSON.stringify(json))))).toEqual(
      identityToJson(identity),
    );
  });

  const { x, d } = identityToJson(generateIdentity());
  const whole = { kty: 'OKP', crv: 'X25519', x, d };
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', x],
    ['another kind of key', { ...whole, crv: 'Ed25519' }],
    ['a public key alone', { ...whole, d: undefined }],
    ['the public key of another', { ...whole, x: generateIdentity().publicKey }],
    ['a private key that is too short', { ...whole, d: d.slice(0, 40) }],
    ['padding', { ...whole, d: `${d}=` }],
  ])('is not %s', (_, json) => {
    expect(codeOf(() => identityFromJson(json))).toBe('bad-identity');
  });

  it('prints, serialises and fails without its private key', () => {
    const identity = identityFromJson(whole);
    const failure = (() => {
      try {
        return identityFromJson({ ...whole, x: generateIdentity().publicKey });
      } catch (error) {
        return error;
      }
    })();
    const shown = inspect([identity, failure], { showHidden: true, depth: 9 });
    expect(shown + JSON.stringify(identity) + String(identity)).not.toContain(d);
    expect(JSON.stringify(identity)).toContain(x);
  });

  it.each([
    ['one character too few', x.slice(1)],
    ['bits left over', `${x.slice(0, 42)}B`],
    ['other letters', `+${x.slice(1)}`],
    ['no text', 7],
  ])('is not told by %s', (_, text) => expect(isIdentity(text)).toBe(false));
});
