import { conceal } from './agreement/conceal.js';
import { keyBytes, saltBytes } from './agreement/profiles.js';
import { ByteWriter } from './byte-writer.js';
import type { Generation, KeyMessage, PacketIndex, SrtpProfile } from './agreement/types.js';

/**
 * The plaintext of a key message, big-endian, no padding:
 *
 * ```
 * bytes
 *   2        profile: 0x0001 or 0x0007 (RFC 5764, section 4.1.2; RFC 7714, section 14.2)
 *   1        flags: bit 0 = asks; the others are 0
 *   4 + 4    epoch (1 or more) and step
 *   16       master key
 *   14 | 12  master salt, as long as the profile has it
 *   4 + 4    heard: epoch and step; both 0 when nothing was heard
 *   1        how many sources follow, 0 to 64
 *   4 + 6    each: SSRC, index; SSRCs ascending
 * ```
 */
export function encodeKeyMessage(message: KeyMessage): Uint8Array {
  const { profile, key, salt, heard, asks } = message;
  if (key.length !== keyBytes || salt.length !== saltBytes[profile])
    throw new RangeError('key or salt length');
  const indices = [...message.indices].sort((a, b) => a.ssrc - b.ssrc).slice(0, maxIndices);
  const writer = new ByteWriter()
    .uint(profileNumbers[profile], 2)
    .uint(asks ? 1 : 0, 1)
    .uint(message.epoch, 4)
    .uint(message.step, 4)
    .bytes(key)
    .bytes(salt)
    .uint(heard?.epoch ?? 0, 4)
    .uint(heard?.step ?? 0, 4)
    .uint(indices.length, 1);
  for (const { ssrc, index } of indices) writer.uint(ssrc, 4).uint(index, 6);
  return writer.finish();
}

/** Reads what `encodeKeyMessage` writes; undefined for all else, down to the last byte. */
export function decodeKeyMessage(bytes: Uint8Array): KeyMessage | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const profile = bytes.length < 3 ? undefined : profileOf(view.getUint16(0));
  if (!profile) return undefined;
  const fixed = fixedBytes + saltBytes[profile];
  if (bytes.length < fixed) return undefined;
  const flags = view.getUint8(2);
  const sources = view.getUint8(fixed - 1);
  if (flags > 1 || sources > maxIndices || bytes.length !== fixed + sources * indexBytes) return undefined;
  const own = generationAt(view, 3);
  const heard = generationAt(view, fixed - 9);
  if (own.epoch === 0 || (heard.epoch === 0 && heard.step !== 0)) return undefined;
  const indices: PacketIndex[] = [];
  for (let at = fixed; at < bytes.length; at += indexBytes) {
    const ssrc = view.getUint32(at);
    if (ssrc <= (indices.at(-1)?.ssrc ?? -1)) return undefined;
    indices.push({ ssrc, index: view.getUint16(at + 4) * 2 ** 32 + view.getUint32(at + 6) });
  }
  return conceal({
    ...own,
    profile,
    key: copy(bytes, 11, keyBytes),
    salt: copy(bytes, 11 + keyBytes, saltBytes[profile]),
    heard: heard.epoch === 0 ? undefined : heard,
    asks: flags === 1,
    indices,
  });
}

/** A slice of a Buffer would be no copy. */
const copy = (bytes: Uint8Array, at: number, length: number) =>
  Uint8Array.from(bytes.subarray(at, at + length));

const generationAt = (view: DataView, at: number): Generation => ({
  epoch: view.getUint32(at),
  step: view.getUint32(at + 4),
});

const profileOf = (number: number): SrtpProfile | undefined =>
  (Object.keys(profileNumbers) as SrtpProfile[]).find((profile) => profileNumbers[profile] === number);

const profileNumbers: Record<SrtpProfile, number> = {
  AES_CM_128_HMAC_SHA1_80: 0x0001,
  AEAD_AES_128_GCM: 0x0007,
};

const maxIndices = 64;
const indexBytes = 10;
/** All but the salt and the sources. */
const fixedBytes = 2 + 1 + 8 + keyBytes + 8 + 1;
