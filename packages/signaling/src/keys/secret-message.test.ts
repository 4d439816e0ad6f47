import { describe, expect, it } from 'vitest';
import type { KeyMember } from './agreement/types.js';
import { generateIdentity, Identity, identityToJson } from './identity.js';
import { RoomSecret } from './room-secret.js';
import { openKeyMessage } from './seal.js';
import { isRoomSecret, openRoomSecret, sealRoomSecret, type SecretOptions } from './secret-message.js';
import { generateSession } from './session.js';

const notAuthenticated = expect.objectContaining({ code: 'not-authenticated' });
const [anna, ben, eve] = [generateIdentity(), generateIdentity(), generateIdentity()];
const member = (identity: Identity, instance: string): KeyMember => ({
  ...{ identity: identity.publicKey, session: generateSession(), instance },
  profiles: ['AES_CM_128_HMAC_SHA1_80'],
});
const context = { room: 'call:1', sender: member(anna, 'anna'), receiver: member(ben, 'ben') };
const sending = { ...context, identity: anna };
const opening = { ...context, identity: ben };
const secret = RoomSecret.generate();

describe('the secret of a room that is handed on', () => {
  it.each([
    ['32 bytes', secret],
    ['64 bytes', new RoomSecret(new Uint8Array(64).fill(7))],
  ])('opens at the receiver: %s', async (_, one) => {
    const sealed = await sealRoomSecret(one, sending);
    expect(isRoomSecret(sealed)).toBe(true);
    expect((await openRoomSecret(sealed, opening))?.text()).toBe(one.text());
  });

  it('can be that there is none', async () => {
    expect(await openRoomSecret(await sealRoomSecret(undefined, sending), opening)).toBeUndefined();
  });

  it.each<[string, Partial<SecretOptions>]>([
    ['from another sender', { sender: member(eve, 'anna') }],
    ['from another session', { sender: { ...context.sender, session: generateSession() } }],
    ['from another instance', { sender: { ...context.sender, instance: 'anna2' } }],
    [
      'from who is said to have other profiles',
      { sender: { ...context.sender, profiles: ['AEAD_AES_128_GCM'] } },
    ],
    ['at another identity', { identity: eve, receiver: member(eve, 'ben') }],
    ['at another identity in the place of the receiver', { identity: eve }],
    ['in another session of the receiver', { receiver: { ...context.receiver, session: generateSession() } }],
    ['at another instance', { receiver: { ...context.receiver, instance: 'ben2' } }],
    ['in another room', { room: 'call:2' }],
    ['in a room that can not be', { room: '' }],
    ['back at its sender', { identity: anna, sender: context.receiver, receiver: context.sender }],
  ])('does not open %s', async (_, change) => {
    const sealed = await sealRoomSecret(secret, sending);
    await expect(openRoomSecret(sealed, { ...opening, ...change })).rejects.toEqual(notAuthenticated);
  });

  it('does not open with any bit changed, nor as a key, and holds nothing in the clear', async () => {
    const sealed = await sealRoomSecret(secret, sending);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= 1 << (at % 8);
      await expect(openRoomSecret(changed, opening)).rejects.toEqual(notAuthenticated);
    }
    await expect(openKeyMessage(sealed, opening)).rejects.toEqual(notAuthenticated);
    await expect(openKeyMessage(Uint8Array.from([1, ...sealed.slice(1)]), opening)).rejects.toEqual(
      notAuthenticated,
    );
    expect(Buffer.from(sealed).includes(Buffer.from(secret.text(), 'base64url'))).toBe(false);
  });

  it('does not open when it was sealed by who has the public key of the sender alone', async () => {
    const pretended = new Identity({ ...identityToJson(eve), x: anna.publicKey });
    const sealed = await sealRoomSecret(secret, { ...sending, identity: pretended });
    await expect(openRoomSecret(sealed, opening)).rejects.toEqual(notAuthenticated);
  });

  it('of somebody else in the name of the sender can not be made', async () => {
    await expect(sealRoomSecret(secret, { ...sending, identity: eve })).rejects.toEqual(
      expect.objectContaining({ code: 'bad-key-context' }),
    );
  });
});
