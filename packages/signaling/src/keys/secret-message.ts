import type { KeyContext } from './agreement/types.js';
import type { Identity } from './identity.js';
import { secretInfo } from './key-info.js';
import { RoomSecret } from './room-secret.js';
import { badContext, encBytes, notAuthenticated, ownSealing, type Sealing } from './seal.js';

/** Who hands on or takes a secret, and what that is bound to. */
export interface SecretOptions extends KeyContext {
  /** Our own: the sender's when sealing, the receiver's when opening. */
  identity: Identity;
}

/**
 * Seals the secret of a room for somebody whom we invite there, or that it has none, by HPKE's auth mode (RFC 9180,
 * section 5.1.3): a version byte, the encapsulated key (32 bytes) and the ciphertext of the secret's bytes, or of none.
 * @param secret undefined for an open room
 * @throws HhbError `bad-key-context` when a field of the context can't be, or the identity is not the sender's
 */
export const sealRoomSecret = async (
  secret: RoomSecret | undefined,
  options: SecretOptions,
): Promise<Uint8Array> => sealSecretWith(await ownSealing(), secret, options);

/**
 * Opens what `sealRoomSecret` sealed.
 * @returns the secret; undefined when the sender says that the room has none
 * @throws HhbError `not-authenticated` unless it was sealed for us by the sender, in just this context
 */
export const openRoomSecret = async (
  sealed: Uint8Array,
  options: SecretOptions,
): Promise<RoomSecret | undefined> => openSecretWith(await ownSealing(), sealed, options);

/** Whether something sealed says that it is a secret, and no key message. */
export const isRoomSecret = (sealed: Uint8Array): boolean =>
  sealed[0] === version && sealed.length <= longest;

/** @param ekm from which the ephemeral key is made, for test vectors alone */
export async function sealSecretWith(
  sealing: Sealing,
  secret: RoomSecret | undefined,
  { identity, ...context }: SecretOptions,
  ekm?: Uint8Array,
): Promise<Uint8Array> {
  const info = secretInfo(context);
  if (!info || identity.publicKey !== context.sender.identity) throw badContext();
  const plaintext = Uint8Array.from(Buffer.from(secret?.text() ?? '', 'base64url'));
  try {
    const recipientPublicKey = await sealing.publicKey(context.receiver.identity);
    const senderKey = await sealing.keyPair(identity);
    const options = { recipientPublicKey, senderKey, info, ...(ekm && { ekm }) };
    const { enc, ct } = await sealing.suite.seal(options, plaintext);
    return new Uint8Array([version, ...new Uint8Array(enc), ...new Uint8Array(ct)]);
  } catch {
    throw badContext();
  } finally {
    plaintext.fill(0);
  }
}

export async function openSecretWith(
  sealing: Sealing,
  sealed: Uint8Array,
  { identity, ...context }: SecretOptions,
): Promise<RoomSecret | undefined> {
  const info = secretInfo(context);
  if (!info || !isRoomSecret(sealed) || identity.publicKey !== context.receiver.identity)
    throw notAuthenticated();
  try {
    const options = {
      recipientKey: await sealing.keyPair(identity),
      senderPublicKey: await sealing.publicKey(context.sender.identity),
      enc: Uint8Array.from(sealed.subarray(1, 1 + encBytes)),
      info,
    };
    const plaintext = new Uint8Array(
      await sealing.suite.open(options, Uint8Array.from(sealed.subarray(1 + encBytes))),
    );
    const secret = plaintext.length === 0 ? undefined : new RoomSecret(plaintext);
    plaintext.fill(0);
    return secret;
  } catch {
    throw notAuthenticated();
  }
}

/** Key messages begin with 1. */
const version = 2;
const longest = 1 + encBytes + 64 + 16;
