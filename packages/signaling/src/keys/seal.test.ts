import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyMessages } from '../test-support/key-messages.js';
import type { KeyContext, KeyMember, KeyMessage } from './agreement/types.js';
import { generateIdentity, Identity, identityToJson } from './identity.js';
import { keyInfo } from './key-info.js';
import { RoomSecret } from './room-secret.js';
import { openKeyMessage, openWith, sealKeyMessage, sealWith, Sealing, type SealOptions } from './seal.js';
import { generateSession } from './session.js';
import { hasStableX25519, makeSuite } from './suite.js';

const notAuthenticated = expect.objectContaining({ code: 'not-authenticated' });
const [anna, ben, eve] = [generateIdentity(), generateIdentity(), generateIdentity()];
const [cm, gcm] = ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'] as const;
const member = (identity: { publicKey: string }, instance: string): KeyMember => ({
  ...{ identity: identity.publicKey, session: generateSession(), instance },
  profiles: [cm, gcm],
});
const [annaMember, benMember, eveMember] = [member(anna, 'anna'), member(ben, 'ben'), member(eve, 'eve')];
const secret = RoomSecret.generate();
const forBen = { room: 'lobby', sender: annaMember, receiver: benMember, secret };
const sending: SealOptions = { ...forBen, identity: anna };
const opening: SealOptions = { ...forBen, identity: ben };
const message: KeyMessage = {
  ...{ epoch: 1, step: 0, profile: 'AES_CM_128_HMAC_SHA1_80', asks: true },
  ...{ key: randomBytes(16), salt: randomBytes(14), heard: undefined, indices: [] },
};
let sealed: Uint8Array;
let open: Uint8Array;

beforeAll(async () => {
  sealed = await sealKeyMessage(message, sending);
  open = await sealKeyMessage(message, { ...sending, secret: undefined });
});

describe('a sealed key message', () => {
  it('opens at the receiver, with what it was bound to', async () => {
    const opened = await openKeyMessage(sealed, opening);
    expect(Buffer.from(opened.key)).toEqual(message.key);
    expect(opened.context).toEqual({
      ...{ room: 'lobby', sender: annaMember, receiver: benMember, withSecret: true },
    });
    const inTheOpen = await openKeyMessage(open, { ...opening, secret: undefined });
    expect(inTheOpen.context.withSecret).toBe(false);
  });

  it('carries anything that can be said, in a message of signaling', async () => {
    await fc.assert(
      fc.asyncProperty(keyMessages(), fc.boolean(), async (any, withSecret) => {
        const of = (options: SealOptions) => ({ ...options, secret: withSecret ? secret : undefined });
        const bytes = await sealKeyMessage(any, of(sending));
        expect(Buffer.from(bytes).toString('base64url').length).toBeLessThanOrEqual(986);
        const { epoch, step, heard } = await openKeyMessage(bytes, of(opening));
        expect({ epoch, step, heard }).toEqual({ epoch: any.epoch, step: any.step, heard: any.heard });
      }),
      { numRuns: 30 },
    );
  });

  describe.each(['with a secret', 'without one'])('in a room %s', (mode) => {
    it.each<[string, Partial<SealOptions>]>([
      ['from another sender', { sender: eveMember }],
      ['from another identity', { sender: { ...annaMember, identity: eve.publicKey } }],
      ['from another session of the sender', { sender: { ...annaMember, session: generateSession() } }],
      ['from another instance of the sender', { sender: { ...annaMember, instance: 'anna2' } }],
      ['at another identity', { identity: eve, receiver: eveMember }],
      ['at another identity in the place of the receiver', { identity: eve }],
      ['in another session of the receiver', { receiver: { ...benMember, session: generateSession() } }],
      ['at another instance of the receiver', { receiver: { ...benMember, instance: 'ben2' } }],
      ['from who is said to have other profiles', { sender: { ...annaMember, profiles: [gcm] } }],
      ['from who is said to prefer another profile', { sender: { ...annaMember, profiles: [gcm, cm] } }],
      ['at who was said to have other profiles', { receiver: { ...benMember, profiles: [cm] } }],
      ['in another room', { room: 'lobby2' }],
      ['back at its sender', { identity: anna, sender: benMember, receiver: annaMember }],
      ['in a room that can not be', { room: '' }],
      ['from who has no profile', { sender: { ...annaMember, profiles: [] } }],
      ['from who has too many', { sender: { ...annaMember, profiles: Array<string>(9).fill(cm) } }],
      ['from who has one that can not be', { sender: { ...annaMember, profiles: ['a,b'] } }],
      ['at an instance that can not be', { receiver: { ...benMember, instance: 'x'.repeat(65) } }],
    ])('does not open %s', async (_, change) => {
      const [bytes, known] = mode === 'with a secret' ? [sealed, secret] : [open, undefined];
      await expect(openKeyMessage(bytes, { ...opening, secret: known, ...change })).rejects.toEqual(
        notAuthenticated,
      );
    });
  });

  it.each<[string, RoomSecret | undefined]>([
    ['with another secret', RoomSecret.generate()],
    ['without the secret', undefined],
  ])('does not open %s', async (_, known) => {
    await expect(openKeyMessage(sealed, { ...opening, secret: known })).rejects.toEqual(notAuthenticated);
  });

  it('that was sealed without the secret does not open for who knows one', async () => {
    await expect(openKeyMessage(open, opening)).rejects.toEqual(notAuthenticated);
  });

  it('of somebody else in the name of the sender does not open, though they know the secret', async () => {
    await expect(sealKeyMessage(message, { ...sending, identity: eve })).rejects.toEqual(
      expect.objectContaining({ code: 'bad-key-context' }),
    );
    const disguised = new Identity({ ...identityToJson(eve), x: anna.publicKey });
    for (const options of [
      { ...sending, identity: eve, sender: eveMember },
      { ...sending, identity: disguised },
    ]) {
      const forged = await sealKeyMessage(message, options);
      await expect(openKeyMessage(forged, opening)).rejects.toEqual(notAuthenticated);
    }
  });

  it('does not open when any bit is changed, or any byte is missing or too many', async () => {
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= 1 << (at % 8);
      await expect(openKeyMessage(changed, opening)).rejects.toEqual(notAuthenticated);
    }
    for (const bytes of [
      sealed.slice(0, -1),
      sealed.slice(0, 33),
      sealed.slice(0, 1),
      new Uint8Array(),
      new Uint8Array(4000),
    ]) {
      await expect(openKeyMessage(bytes, opening)).rejects.toEqual(notAuthenticated);
    }
    await expect(openKeyMessage(new Uint8Array([...sealed, 0]), opening)).rejects.toEqual(notAuthenticated);
  });

  it('is never the same twice', async () => {
    expect(await sealKeyMessage(message, sending)).not.toEqual(sealed);
  });

  // RFC 9180, section 7.1.4: with these there would be a shared secret that everybody knows.
  it.each(['00'.repeat(32), `01${'00'.repeat(31)}`])(
    'is neither for nor from a key of low order',
    async (hex) => {
      const identity = Buffer.from(hex, 'hex').toString('base64url');
      await expect(
        sealKeyMessage(message, { ...sending, receiver: { ...benMember, identity } }),
      ).rejects.toEqual(expect.objectContaining({ code: 'bad-key-context' }));
      await expect(
        openKeyMessage(sealed, { ...opening, sender: { ...annaMember, identity } }),
      ).rejects.toEqual(notAuthenticated);
    },
  );

  it('fails without a word of the key', async () => {
    const failure: unknown = await openKeyMessage(sealed, { ...opening, room: 'x' }).catch(
      (error: unknown) => error,
    );
    const shown = inspect(failure, { showHidden: true, depth: 9 });
    expect(shown).not.toContain(secret.text());
    expect((failure as Error).cause).toBeUndefined();
  });

  it('is the same for both makes of X25519', async () => {
    const [webCrypto, script] = ['24.0.0', '20.19.0'].map((node) => new Sealing(makeSuite(node)));
    for (const [one, two] of [
      [webCrypto!, script!],
      [script!, webCrypto!],
    ] as const) {
      const opened = await openWith(two, await sealWith(one, message, sending), opening);
      expect(Buffer.from(opened.key)).toEqual(message.key);
    }
  });
});

const fieldSetters: ((to: KeyContext, from: KeyContext) => void)[] = [
  (to, { room }) => (to.room = room),
  (to, { sender }) => (to.sender.identity = sender.identity),
  (to, { sender }) => (to.sender.session = sender.session),
  (to, { sender }) => (to.sender.instance = sender.instance),
  (to, { sender }) => (to.sender.profiles = sender.profiles),
  (to, { receiver }) => (to.receiver.profiles = receiver.profiles),
  (to, { receiver }) => (to.receiver.identity = receiver.identity),
  (to, { receiver }) => (to.receiver.session = receiver.session),
  (to, { receiver }) => (to.receiver.instance = receiver.instance),
];

describe('what a key message is bound to', () => {
  it('is another text of bytes for each context', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '\0', 'é'), minLength: 1, maxLength: 4 });
    const identities = fc.constantFrom(anna.publicKey, ben.publicKey);
    const sessions = fc.constantFrom(annaMember.session, benMember.session);
    const names = fc
      .string({ unit: fc.constantFrom('A', 'B', '_', '0'), maxLength: 3 })
      .map((name) => `A${name}`);
    const profiles = fc.array(names, { minLength: 1, maxLength: 3 });
    const members = fc.record({ identity: identities, session: sessions, instance: texts, profiles });
    const contexts = fc.tuple(fc.record({ room: texts, sender: members, receiver: members }), fc.boolean());
    const fields = fc.constantFrom(...fieldSetters);
    fc.assert(
      fc.property(contexts, contexts, fields, ([one, withOne], [two, withTwo], set) => {
        const almost = structuredClone(one);
        set(almost, two);
        for (const [other, withOther] of [
          [two, withTwo],
          [almost, withOne],
          [one, withTwo],
        ] as const) {
          const same = JSON.stringify([one, withOne]) === JSON.stringify([other, withOther]);
          expect(Buffer.compare(keyInfo(one, withOne)!, keyInfo(other, withOther)!) === 0).toBe(same);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('can be no halves of characters, which would all be the same bytes', () => {
    expect(keyInfo({ ...forBen, room: '\ud800' }, true)).toBeUndefined();
  });
});

describe('X25519 of WebCrypto', () => {
  it('is used where it prints no warning', () => {
    const versions = ['20.19.2', '20.19.3', '20.20.0', '22.12.0', '22.13.0', '23.4.0', '23.5.0', '24.0.0'];
    expect(versions.map(hasStableX25519)).toEqual([false, true, true, false, true, false, true, true]);
  });
});
