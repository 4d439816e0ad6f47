/**
 * As `JSON.stringify` does it, but all that can't be seen, steers a terminal or turns the direction of text round is escaped
 * (RFC 8259, section 7): it is the same to who reads it as JSON, and does nothing to who looks at it.
 * @returns an empty text for what JSON has none for, such as `undefined`
 */
export const visibleJson = (value: unknown): string =>
  (JSON.stringify(value) ?? '').replace(invisible, escaped);

const escaped = (found: string): string =>
  Array.from({ length: found.length }, (_, index) => unit(found.charCodeAt(index))).join('');

const unit = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;

/**
 * Control and format characters, lone surrogates, what is private or not assigned, separators of lines and paragraphs, and
 * all else that is ignored where it is not known. Variation selectors stay: they choose how the character before them looks.
 */
const invisible = /(?![\ufe00-\ufe0f])[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
