/** The bytes of a base64url text without padding, or undefined when it is none that `toBase64url` gives. */
export function fromBase64url(text: unknown, length?: number): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'));
  if (length !== undefined && bytes.length !== length) return undefined;
  // Node reads over what it does not understand; only one text stands for these bytes.
  return toBase64url(bytes) === text ? bytes : undefined;
}

/** Bytes as base64url without padding (RFC 4648, section 5). */
export const toBase64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
