import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nextKey } from './agreement/ratchet.js';
import type { KeyMember, KeyMessage, SrtpProfile } from './agreement/types.js';
import { identityFromJson, type IdentityJson } from './identity.js';
import { keyInfo, secretInfo } from './key-info.js';
import { encodeKeyMessage } from './key-message.js';
import { RoomSecret } from './room-secret.js';
import { openWith, sealWith, Sealing } from './seal.js';
import { openSecretWith, sealSecretWith } from './secret-message.js';
import { makeSuite } from './suite.js';

interface Vectors {
  identities: Record<string, IdentityJson>;
  secret: string;
  psks: { room: string; psk: string }[];
  messages: {
    name: string;
    mode: number;
    room: string;
    sender: KeyMember;
    receiver: KeyMember;
    message: Omit<KeyMessage, 'key' | 'salt'> & { key: string; salt: string };
    /** From which the ephemeral key is derived (RFC 9180, section 7.1.3). */
    ikmE: string;
    info: string;
    plaintext: string;
    sealed: string;
  }[];
  /** Secrets that are handed on. */
  secrets: {
    name: string;
    room: string;
    sender: KeyMember;
    receiver: KeyMember;
    /** base64url, empty for an open room. */
    secret: string;
    ikmE: string;
    info: string;
    sealed: string;
  }[];
  refused: {
    why: string;
    like: string;
    sealed?: string;
    room?: string;
    secret?: null;
    sender?: KeyMember;
  }[];
  steps: { profile: SrtpProfile; epoch: number; step: number; key: string; salt: string }[];
}

const path = new URL('../../../../docs/key-agreement-vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors;
const secret = RoomSecret.parse(vectors.secret);
const identities = Object.values(vectors.identities).map(identityFromJson);
const identityOf = ({ identity }: KeyMember) => identities.find(({ publicKey }) => publicKey === identity)!;
const suites = [
  ['WebCrypto', new Sealing(makeSuite('24.0.0'))],
  ['JavaScript', new Sealing(makeSuite('20.19.0'))],
] as const;

describe('docs/key-agreement-vectors.json', () => {
  it.each(vectors.psks)('psk of the room "$room"', ({ room, psk }) => {
    expect(hex(secret.pskFor(room))).toBe(psk);
  });

  describe.each(suites)('with X25519 of %s', (_, sealing) => {
    it.each(vectors.messages)(
      '$name',
      async ({ mode, message: shown, ikmE, info, plaintext, sealed, ...context }) => {
        const message = { ...shown, key: bytes(shown.key), salt: bytes(shown.salt) };
        const known = mode === 3 ? secret : undefined;
        expect(hex(keyInfo(context, mode === 3)!)).toBe(info);
        expect(hex(encodeKeyMessage(message))).toBe(plaintext);
        const sending = { ...context, identity: identityOf(context.sender), secret: known };
        expect(hex(await sealWith(sealing, message, sending, bytes(ikmE)))).toBe(sealed);
        const opening = { ...context, identity: identityOf(context.receiver), secret: known };
        const { context: bound, ...opened } = await openWith(sealing, bytes(sealed), opening);
        expect({ ...opened, heard: opened.heard }).toEqual({ heard: undefined, ...message });
        expect(bound.withSecret).toBe(mode === 3);
      },
    );

    it.each(vectors.secrets)('$name', async ({ secret: handed, ikmE, info, sealed, ...context }) => {
      const known = handed === '' ? undefined : RoomSecret.parse(handed);
      expect(hex(secretInfo(context)!)).toBe(info);
      const sending = { ...context, identity: identityOf(context.sender) };
      expect(hex(await sealSecretWith(sealing, known, sending, bytes(ikmE)))).toBe(sealed);
      const opening = { ...context, identity: identityOf(context.receiver) };
      expect((await openSecretWith(sealing, bytes(sealed), opening))?.text() ?? '').toBe(handed);
    });

    it.each(vectors.refused)('does not open: $why', async ({ like, sealed, room, secret: none, sender }) => {
      const model = vectors.messages.find(({ name }) => name === like)!;
      const context = { ...model, room: room ?? model.room, sender: sender ?? model.sender };
      const known = model.mode === 3 && none !== null ? secret : undefined;
      const opening = { ...context, identity: identityOf(context.receiver), secret: known };
      await expect(openWith(sealing, bytes(sealed ?? model.sealed), opening)).rejects.toEqual(
        expect.objectContaining({ code: 'not-authenticated' }),
      );
    });
  });

  it('steps of a key', () => {
    for (const [at, shown] of vectors.steps.entries()) {
      const after = vectors.steps[at + 1];
      if (after?.profile !== shown.profile) continue;
      const next = nextKey({ ...shown, key: bytes(shown.key), salt: bytes(shown.salt) });
      expect({ ...next, key: hex(next.key), salt: hex(next.salt) }).toEqual(after);
    }
    expect(vectors.steps.length).toBeGreaterThan(4);
  });
});

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}
