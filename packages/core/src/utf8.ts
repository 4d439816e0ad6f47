// TextEncoder and TextDecoder exist on every platform, but belong to no edition of ECMAScript, and pure
// code is compiled against that alone.
const { TextEncoder, TextDecoder } = globalThis as unknown as {
  TextEncoder: new () => { encode(text: string): Uint8Array };
  TextDecoder: new (label: 'utf-8') => { decode(bytes: Uint8Array): string };
};
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8');

/** The UTF-8 bytes of a text. */
export const utf8Encode = (text: string): Uint8Array => encoder.encode(text);

/** The text of UTF-8 bytes; what is no UTF-8 becomes U+FFFD. */
export const utf8Decode = (bytes: Uint8Array): string => decoder.decode(bytes);
