import type { webcrypto } from 'node:crypto';
import type { CipherSuite } from '@hpke/core';
import { HhbError, utf8Encode } from '@hellohaybye/core';
import { fromBase64url } from '../protocol/base64url.js';
import { Identity } from './identity.js';
import { keyInfo } from './key-info.js';
import { decodeKeyMessage, encodeKeyMessage } from './key-message.js';
import { conceal } from './agreement/conceal.js';
import type { RoomSecret } from './room-secret.js';
import type { KeyContext, KeyMessage, OpenedKeyMessage } from './agreement/types.js';

/** Who seals or opens, and what a key message is bound to. */
export interface SealOptions extends KeyContext {
  /** Our own: the sender's when sealing, the receiver's when opening. */
  identity: Identity;
  /**
   * The secret of the room, when we know that it has one. This alone decides the mode: auth+PSK with it, auth
   * without it (RFC 9180, sections 5.1.3 and 5.1.4). No message says which.
   */
  secret?: RoomSecret | undefined;
}

/**
 * Seals a key message for one receiver: a version byte, HPKE's encapsulated key (32 bytes) and its ciphertext.
 * 97 to 739 bytes, at most 986 characters as base64url.
 * @throws HhbError `bad-key-context` when a field of the context can't be, or the identity is not the sender's
 */
export const sealKeyMessage = async (message: KeyMessage, options: SealOptions): Promise<Uint8Array> =>
  sealWith(await ownSealing(), message, options);

/**
 * Opens a key message from one sender.
 * @param sealed bytes that may come from anybody
 * @throws HhbError `not-authenticated` unless it was sealed for us by the sender, in just this context, with
 * the same secret or with none like us
 */
export const openKeyMessage = async (sealed: Uint8Array, options: SealOptions): Promise<OpenedKeyMessage> =>
  openWith(await ownSealing(), sealed, options);

/**
 * Loads what sealing is done with, which takes a while. Whoever does not call it waits for that the first time, and for
 * nothing before.
 */
export const prepareSealing = async (): Promise<void> => void (await ownSealing());

/** @param ekm from which the ephemeral key is made, for test vectors alone */
export async function sealWith(
  { suite, keyPair, publicKey }: Sealing,
  message: KeyMessage,
  options: SealOptions,
  ekm?: Uint8Array,
): Promise<Uint8Array> {
  const info = keyInfo(options, options.secret !== undefined);
  if (!info || options.identity.publicKey !== options.sender.identity) throw badContext();
  const plaintext = encodeKeyMessage(message);
  try {
    const { enc, ct } = await suite.seal(
      {
        recipientPublicKey: await publicKey(options.receiver.identity),
        senderKey: await keyPair(options.identity),
        info,
        ...psk(options),
        ...(ekm && { ekm }),
      },
      plaintext,
    );
    return new Uint8Array([version, ...new Uint8Array(enc), ...new Uint8Array(ct)]);
  } catch {
    // A public key of low order, for which there is no shared secret (RFC 9180, section 7.1.4).
    throw badContext();
  } finally {
    plaintext.fill(0);
  }
}

export async function openWith(
  { suite, keyPair, publicKey }: Sealing,
  sealed: Uint8Array,
  options: SealOptions,
): Promise<OpenedKeyMessage> {
  const { room, sender, receiver, secret } = options;
  const info = keyInfo(options, secret !== undefined);
  const ours = options.identity.publicKey === receiver.identity;
  if (!info || !ours || sealed[0] !== version || sealed.length > maxSealed) throw notAuthenticated();
  let message: KeyMessage | undefined;
  try {
    const plaintext = new Uint8Array(
      await suite.open(
        {
          recipientKey: await keyPair(options.identity),
          senderPublicKey: await publicKey(sender.identity),
          enc: Uint8Array.from(sealed.subarray(1, 1 + encBytes)),
          info,
          ...psk(options),
        },
        Uint8Array.from(sealed.subarray(1 + encBytes)),
      ),
    );
    message = decodeKeyMessage(plaintext);
    plaintext.fill(0);
  } catch {
    // Whatever it was that failed: whoever sent it is not told.
  }
  if (!message) throw notAuthenticated();
  return conceal({ ...message, context: { room, sender, receiver, withSecret: secret !== undefined } });
}

/** A cipher suite with the keys that were already made for it. */
export class Sealing {
  readonly #keyPairs = new WeakMap<Identity, Promise<webcrypto.CryptoKeyPair>>();

  constructor(readonly suite: CipherSuite) {}

  readonly publicKey = (identity: string): Promise<webcrypto.CryptoKey> =>
    this.suite.kem.deserializePublicKey(fromBase64url(identity, 32)!);

  readonly keyPair = (identity: Identity): Promise<webcrypto.CryptoKeyPair> => {
    const known = this.#keyPairs.get(identity) ?? this.#importPair(identity);
    this.#keyPairs.set(identity, known);
    return known;
  };

  async #importPair(identity: Identity): Promise<webcrypto.CryptoKeyPair> {
    const privateKey = fromBase64url(Identity.privateKey(identity), 32)!;
    const pair = {
      publicKey: await this.publicKey(identity.publicKey),
      privateKey: await this.suite.kem.deserializePrivateKey(privateKey),
    };
    privateKey.fill(0);
    return pair;
  }
}

const psk = ({ secret, room }: SealOptions) =>
  secret ? { psk: { id: pskId, key: secret.pskFor(room) } } : {};

export const notAuthenticated = () =>
  new HhbError('not-authenticated', 'A key message was not sealed for us by whom it is said to be from', {
    hint: 'Compare the fingerprints, and see that both came by the same invitation',
  });

export const badContext = () =>
  new HhbError('bad-key-context', 'A key message cannot be sealed for this room, sender and receiver');

let own: Promise<Sealing> | undefined;
export const ownSealing = (): Promise<Sealing> =>
  (own ??= import('./suite.js').then(({ makeSuite }) => new Sealing(makeSuite(process.versions.node))));

const pskId = utf8Encode('HelloHayBye v1 room psk');
const version = 1;
export const encBytes = 32;
const maxSealed = 3072;
