/** Bytes from hexadecimal digits; what stands between them, such as spaces, is for the reader. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/[^0-9a-f]/g, '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  );
}

/** Bytes as hexadecimal digits. */
export const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
