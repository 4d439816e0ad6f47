import { millis, toMillis, utf8Decode, utf8Encode } from '@hellohaybye/core';
import { isPin } from '../addresses/pinned-url.js';
import { spokenVersions } from '../protocol/limits.js';
import { oneLine } from '../protocol/text.js';
import type { ServerDescription } from './types.js';

/**
 * What a server tells of itself, as the strings of its TXT record (RFC 6763, section 6): `txtvers` 1, `proto`
 * the versions of the signaling protocol, `id`, `kind`, `since` in milliseconds since the Unix epoch,
 * `pin` if it speaks wss, `access` if it wants an access token, and `name` if there is one.
 */
export function encodeTxt({ id, kind, since, versions, pin, needsToken, name }: ServerDescription): string[] {
  const told = ['txtvers=1', `proto=${versions.join(',')}`, `id=${id}`, `kind=${kind}`];
  const pinned = pin === undefined ? [] : [`pin=${pin}`];
  const guarded = needsToken ? ['access=token'] : [];
  const named = name === undefined ? [] : [`name=${shorten(name)}`];
  return [...told, `since=${Math.round(toMillis(since))}`, ...pinned, ...guarded, ...named];
}

/**
 * Reads what a server tells of itself. What is missing or broken has a default, so that one can be announced by
 * other programs with nothing but its port: it then is the oldest there is, and no hosted one is chosen over it.
 * @param instance its name in DNS-SD, which is its id if it tells none
 */
export function decodeTxt(strings: readonly (string | Uint8Array)[], instance: string): ServerDescription {
  const values = new Map<string, string>();
  for (const part of strings) {
    const text = typeof part === 'string' ? part : utf8Decode(part);
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    // Of a key that comes twice, the first counts (RFC 6763, section 6.4).
    if (key !== undefined && value !== undefined && !values.has(key.toLowerCase()))
      values.set(key.toLowerCase(), value);
  }
  const id = values.get('id') ?? '';
  const since = Number(values.get('since') ?? 0);
  const pin = values.get('pin') ?? '';
  const name = oneLine(values.get('name') ?? '', longestName).trim();
  return {
    id: /^[\w-]{1,64}$/.test(id) ? id : instance,
    kind: values.get('kind') === 'participant' ? 'participant' : 'server',
    since: millis(Number.isFinite(since) && since >= 0 && since <= latest ? since : 0),
    versions: readVersions(values.get('proto')),
    ...(isPin(pin) && { pin }),
    ...(values.get('access') === 'token' && { needsToken: true }),
    ...(name !== '' && { name }),
  };
}

function readVersions(text: string | undefined): readonly number[] {
  if (text === undefined) return spokenVersions;
  return text.split(',').filter((part) => /^\d{1,6}$/.test(part)).slice(0, 16).map(Number); // prettier-ignore
}

/** A string of a TXT record has 255 bytes at most, its key included. */
function shorten(name: string): string {
  const characters = Array.from(oneLine(name, longestName));
  while (utf8Encode(characters.join('')).length > 200) characters.pop();
  return characters.join('');
}

const longestName = 64;

/** The last millisecond that is exact in microseconds. */
const latest = 2 ** 53 / 1000 - 1;
