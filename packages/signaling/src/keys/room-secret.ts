import { hkdfSync, randomBytes } from 'node:crypto';
import { HhbError, utf8Encode } from '@hellohaybye/core';
import { fromBase64url, toBase64url } from '../protocol/base64url.js';

/**
 * The secret of a room, which its members share and nobody else: 32 random bytes, as RFC 9180, section 9.5, demands
 * of a pre-shared key, or up to 64. It prints and serialises without them; `text` gives what an
 * invitation holds after `#`.
 */
export class RoomSecret {
  readonly #bytes: Uint8Array;

  /** @throws HhbError `bad-room-secret` when these are not 32 to 64 bytes */
  constructor(bytes: Uint8Array) {
    if (bytes.length < 32 || bytes.length > 64) throw badRoomSecret();
    this.#bytes = Uint8Array.from(bytes);
  }

  /** A new one, drawn by node:crypto. */
  static generate(): RoomSecret {
    return new RoomSecret(randomBytes(32));
  }

  /** @throws HhbError `bad-room-secret` unless it is 32 to 64 bytes as base64url */
  static parse(text: string): RoomSecret {
    const bytes = fromBase64url(text);
    if (!bytes) throw badRoomSecret();
    return new RoomSecret(bytes);
  }

  /** The secret as base64url. Whoever has this text has the secret. */
  text(): string {
    return toBase64url(this.#bytes);
  }

  /** The pre-shared key (RFC 9180, section 5.1.4) of a room: 32 bytes, another one for each name. */
  pskFor(room: string): Uint8Array {
    const info = new Uint8Array([...utf8Encode(pskLabel), 0, ...utf8Encode(room)]);
    return new Uint8Array(hkdfSync('sha256', this.#bytes, new Uint8Array(), info, 32));
  }
}

const badRoomSecret = () =>
  new HhbError('bad-room-secret', 'The secret of a room has 32 to 64 bytes, 43 to 86 characters', {
    hint: 'Copy the whole invitation, with all that is after #',
  });

const pskLabel = 'HelloHayBye v1 room psk';
