/** Bytes as base64url without padding (RFC 4648, section 5). */
export function toBase64url(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(start, start + 3);
    const group = (first << 16) | (second << 8) | third;
    const length = Math.min(3, bytes.length - start) + 1;
    for (let index = 0; index < length; index += 1) text += alphabet[(group >> (18 - 6 * index)) & 63];
  }
  return text;
}

/**
 * The bytes of a base64url text; undefined unless it is the one way to write just these bytes.
 * @param length how many bytes it has to be, if that is known
 */
export function fromBase64url(text: unknown, length?: number): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  if (length !== undefined && bytes.length !== length) return undefined;
  let bits = 0;
  let held = 0;
  let written = 0;
  for (const char of text) {
    const value = alphabet.indexOf(char);
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[written++] = bits >> held;
  }
  return toBase64url(bytes) === text ? bytes : undefined;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
