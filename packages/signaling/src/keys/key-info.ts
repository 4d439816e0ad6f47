import { utf8Decode, utf8Encode } from '@hellohaybye/core';
import { fromBase64url } from '../protocol/base64url.js';
import { limits } from '../protocol/limits.js';
import { ByteWriter } from './byte-writer.js';
import type { KeyContext, KeyMember } from './agreement/types.js';

/**
 * The `info` of HPKE (RFC 9180, section 5.1): all that a key message is bound to. Every field is of a fixed
 * length or behind its length, so that no two contexts have one `info`.
 *
 * ```
 * bytes
 *   2 + 26   length and text: HelloHayBye key message v1
 *   1        mode: 2 = auth, 3 = auth with the room's psk (RFC 9180, section 5)
 *   2 + n    length and name of the room, UTF-8
 *   32       sender: identity
 *   16       sender: session
 *   2 + n    sender: length and instance, UTF-8
 *   1        sender: how many profiles of SRTP it has
 *   2 + n    each: length and name, in order of preference
 *   ...      receiver: the same five
 * ```
 *
 * @returns undefined when the context has a field that can't be: nothing can be sealed or opened then
 */
export const keyInfo = (context: KeyContext, withSecret: boolean): Uint8Array | undefined =>
  infoOf(keyMessageLabel, context, withSecret);

/** The same of a secret that is handed on, with a label of its own and mode 2. */
export const secretInfo = (context: KeyContext): Uint8Array | undefined =>
  infoOf(secretMessageLabel, context, false);

function infoOf(label: string, { room, sender, receiver }: KeyContext, withSecret: boolean) {
  if (!isText(room, 256)) return undefined;
  const writer = new ByteWriter()
    .text(label)
    .uint(withSecret ? 3 : 2, 1)
    .text(room);
  return writeMember(writer, sender) && writeMember(writer, receiver) ? writer.finish() : undefined;
}

function writeMember(writer: ByteWriter, { identity, session, instance, profiles }: KeyMember): boolean {
  const [identityBytes, sessionBytes] = [fromBase64url(identity, 32), fromBase64url(session, 16)];
  if (!identityBytes || !sessionBytes || !isText(instance, 64) || !areProfiles(profiles)) return false;
  writer.bytes(identityBytes).bytes(sessionBytes).text(instance).uint(profiles.length, 1);
  for (const profile of profiles) writer.text(profile);
  return true;
}

const areProfiles = (names: readonly string[]): boolean =>
  names.length >= 1 &&
  names.length <= limits.profiles &&
  names.every((name) => /^[A-Z][A-Z0-9_]{0,63}$/.test(name));

/** Halves of surrogate pairs would all become the same UTF-8. */
function isText(text: string, maxBytes: number): boolean {
  const bytes = utf8Encode(text);
  return bytes.length > 0 && bytes.length <= maxBytes && utf8Decode(bytes) === text;
}

const keyMessageLabel = 'HelloHayBye key message v1';
const secretMessageLabel = 'HelloHayBye room secret v1';
