import { describe, expect, it } from 'vitest';
import { commonProfile, saltBytes, srtpProfiles } from './profiles.js';

const [cm, gcm] = srtpProfiles as ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'];

describe('the profile that a sender uses', () => {
  it.each([
    ['its first, when nobody else is there', [cm, gcm], [], cm],
    ['its first that everybody has', [gcm, cm], [[cm, gcm], [gcm]], gcm],
    ['the next, when somebody lacks the first', [cm, gcm], [[cm, gcm], [gcm]], gcm],
    ['none, when nobody has its only one', [cm], [[gcm]], undefined],
    ['none, when two have nothing in common', [cm, gcm], [[cm], [gcm]], undefined],
    ['none of others’, however many they have', [cm], [['NULL_HMAC_SHA1_80', cm]], cm],
  ])('is %s', (_, own, others, expected) => {
    expect(commonProfile(own, others)).toBe(expected);
  });
});

it('every profile has a salt of its own length', () => {
  expect(srtpProfiles).toEqual(Object.keys(saltBytes));
  expect(new Set(srtpProfiles.map((profile) => saltBytes[profile])).size).toBe(srtpProfiles.length);
});
