import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visibleJson } from './visible-json.js';

describe('visibleJson', () => {
  it.each([
    ['escape and C1 controls', 'a\u001b[31m\u009b', '"a\\u001b[31m\\u009b"'],
    ['what turns text round', '\u202e\u2066', '"\\u202e\\u2066"'],
    ['line and paragraph separators', '\u2028\u2029', '"\\u2028\\u2029"'],
    ['lone surrogates', '\ud800', '"\\ud800"'],
    ['tags, above the basic plane, as two units', '\u{e0041}', '"\\udb40\\udc41"'],
    ['what is private or not assigned', '\ue000\u{10ffff}', '"\\ue000\\udbff\\udfff"'],
    ['letters and marks that are nothing to see', '\u3164\u034f\u200d', '"\\u3164\\u034f\\u200d"'],
    ['annotations between lines', '\ufff9', '"\\ufff9"'],
  ])('escapes %s', (_, text, json) => expect(visibleJson(text)).toBe(json));

  it('leaves what can be seen as it is, and how it looks', () => {
    const text = 'Zoë 李 🙂 ❤\ufe0f "\\" \u00a0';
    expect(visibleJson({ text })).toBe(JSON.stringify({ text }));
  });

  it('escapes in names and lists too, and stays the same JSON', () => {
    const result = {
      from: 'an\x9b31mna\u202e\u061c\u2028 \u{e0041}👩\u200d🚀',
      lines: ['\x1b[31m\n', 'Zoë'],
    };
    expect(visibleJson(result)).not.toMatch(/[\p{Control}\p{Zl}\p{Default_Ignorable_Code_Point}]/u);
    expect(JSON.parse(visibleJson(result))).toEqual(result);
    expect(visibleJson({ name: 'Zoë 李 🙂' })).toBe('{"name":"Zoë 李 🙂"}');
  });

  it('has no text for what JSON has none for', () => {
    expect(visibleJson(undefined)).toBe('');
  });

  it('says the same as JSON, whatever it is, also in names', () => {
    const unit = fc.oneof(fc.nat(0xffff), fc.nat(0x10ffff)).map((code) => String.fromCodePoint(code));
    const text = fc.string({ unit });
    fc.assert(
      fc.property(fc.dictionary(text, fc.oneof(text, fc.jsonValue())), (value) => {
        const json = visibleJson(value);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(json).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
