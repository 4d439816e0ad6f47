/** A piece of a text, and where it leads if it is a link. */
export interface TextPart {
  text: string;
  href?: string;
}

/**
 * Finds the links in a text: plain http and https addresses, as they stand. One with a user name in it, which makes
 * an address look like another, or with characters that can't be seen stays text.
 */
export function partsOf(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"'`]+/giu)) {
    const address = match[0].replace(/[.,;:!?)\]}…]+$/u, '');
    const href = hrefOf(address);
    if (href === undefined) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

function hrefOf(address: string): string | undefined {
  if (/[\p{Default_Ignorable_Code_Point}\p{Control}]/u.test(address) || !URL.canParse(address))
    return undefined;
  const { protocol, username, password, href } = new URL(address);
  const plain = (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
  return plain ? href : undefined;
}
