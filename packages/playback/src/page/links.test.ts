import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partsOf } from './links.js';

const hrefs = (text: string) => partsOf(text).flatMap(({ href }) => href ?? []);

describe('partsOf', () => {
  it('finds plain http and https addresses, without the punctuation after them', () => {
    expect(partsOf('see https://example.org/a?b=1, (http://x.test).')).toEqual([
      { text: 'see ' },
      { text: 'https://example.org/a?b=1', href: 'https://example.org/a?b=1' },
      { text: ', (' },
      { text: 'http://x.test', href: 'http://x.test/' },
      { text: ').' },
    ]);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'https://bank.example@evil.example/',
    'https://user:pass@evil.example/',
    'https://',
    'https://a\u202eb.example',
    'https://a\u200bb.example',
    'xhttps://a.example',
  ])('leaves %j a text', (text) => {
    expect(hrefs(text)).toEqual([]);
  });

  it('loses nothing of a text, and links to nothing but http and https', () => {
    const piece = fc.constantFrom(
      'http://',
      'https://',
      'a.b',
      ' ',
      '.',
      '@',
      ':',
      '/',
      'javascript:',
      'ж',
      '🙂',
      '"',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'grapheme' }))), (pieces) => {
        const text = pieces.join('');
        expect(
          partsOf(text)
            .map((part) => part.text)
            .join(''),
        ).toBe(text);
        for (const href of hrefs(text)) expect(new URL(href).protocol).toMatch(/^https?:$/);
      }),
    );
  });
});
