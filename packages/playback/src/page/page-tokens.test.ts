import { describe, expect, it } from 'vitest';
import { PageTokens } from './page-tokens.js';

describe('the tokens of a page', () => {
  it('let in once, the session key as often as it comes', () => {
    const tokens = new PageTokens();
    const [one, other] = [tokens.issue(), tokens.issue()];
    expect([one, one, other, other].map((token) => tokens.admit(token))).toEqual([
      'once',
      undefined,
      'once',
      undefined,
    ]);
    for (let count = 0; count < 3; count++) expect(tokens.admit(tokens.sessionKey)).toBe('session');
    expect(['', 'A'.repeat(22), `${tokens.sessionKey}A`].map((token) => tokens.admit(token))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are others on each page and each time', () => {
    const tokens = [new PageTokens(), new PageTokens()];
    const all = tokens.flatMap((one) => [one.sessionKey, one.issue(), one.issue()]);
    expect(new Set(all).size).toBe(6);
    expect(tokens[0]!.admit(tokens[1]!.sessionKey)).toBeUndefined();
  });

  it('that nobody used are kept for the last 16 addresses', () => {
    const tokens = new PageTokens();
    const first = tokens.current;
    const issued = Array.from({ length: 17 }, () => tokens.issue());
    expect(issued.map((token) => tokens.admit(token))).toEqual([undefined, ...Array(16).fill('once')]);
    expect(tokens.current).toBe(first);
  });

  it('have a current one, until it is used', () => {
    const tokens = new PageTokens();
    const first = tokens.current;
    expect([first, tokens.issue()].map((token) => tokens.admit(token))).toEqual(['once', 'once']);
    expect(tokens.current).not.toBe(first);
    expect([first, tokens.current].map((token) => tokens.admit(token))).toEqual([undefined, 'once']);
  });
});
