import { PassThrough } from 'node:stream';
import { HhbError } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain, openTerminal, printable, printableJson } from './terminal.js';

function screen(isTTY: boolean, env: NodeJS.ProcessEnv = {}, columns = 40) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns });
  return {
    terminal: openTerminal(stream as unknown as NodeJS.WriteStream, env),
    written: () => String(stream.read() ?? ''),
  };
}

describe('openTerminal', () => {
  it('writes plain lines where there is no terminal', () => {
    const { terminal, written } = screen(false);
    terminal.status(['a: 30 fps']);
    terminal.say('b came.');
    terminal.status(['a: 29 fps']);
    expect(written()).toBe('a: 30 fps\nb came.\na: 29 fps\n');
  });

  it('replaces the status on a terminal, without colours when NO_COLOR says so', () => {
    const { terminal, written } = screen(true, { NO_COLOR: '1' });
    terminal.status(['one']);
    terminal.status(['two']);
    expect(written()).toBe('one\n\x1b[1A\x1b[0Jtwo\n');
  });

  it('keeps the prompt below all else, with the cursor in it', () => {
    const { terminal, written } = screen(true, { NO_COLOR: '1' });
    terminal.status(['one']);
    terminal.prompt((columns) => ({ text: `> ${columns}`, column: 2 }));
    terminal.say('b came.');
    terminal.prompt(undefined);
    terminal.say('c came.');
    const prompt = '> 40\r\x1b[2C';
    const erase = '\r\x1b[1A\x1b[0J';
    expect(written()).toBe(
      `one\n\x1b[1A\x1b[0Jone\n${prompt}${erase}b came.\none\n${prompt}${erase}one\n\x1b[1A\x1b[0Jc came.\none\n`,
    );
  });

  it('has no prompt where there is no terminal', () => {
    const { terminal, written } = screen(false);
    terminal.prompt(() => ({ text: 'x', column: 1 }));
    terminal.control('\x1b[?2004h');
    expect(written()).toBe('');
  });

  it('cuts nothing off where the terminal does not tell its width', () => {
    const { terminal, written } = screen(true, { NO_COLOR: '1' }, 0);
    terminal.status(['one']);
    expect(written()).toBe('one\n');
  });

  it('cuts a status that would wrap, for its height must be known', () => {
    const { terminal, written } = screen(true, { NO_COLOR: '1' });
    terminal.status(['x'.repeat(100)]);
    expect(written()).toBe(`${'x'.repeat(39)}\n`);
  });
});

it('printable defuses what steers a terminal', () => {
  expect(printable('an\x1b[31mna\n\u202e')).toBe('an\ufffd[31mna\ufffd\ufffd');
  expect(printable('Zoë 李 🙂')).toBe('Zoë 李 🙂');
});

it('printable shows what can not be seen, and keeps what joins', () => {
  expect(printable('an\u200bna\ufeff\u2060\u00ad\u061c')).toBe('an\ufffdna\ufffd\ufffd\ufffd\ufffd');
  expect(printable('an\u200dna')).toBe('an\ufffdna');
  for (const kept of ['👩‍🚀 ❤️', 'می\u200cخواهم', 'क्\u200dष']) expect(printable(kept)).toBe(kept);
});

it('printable lets nothing through that steers a terminal or leaves a direction open', () => {
  const unit = fc.oneof(fc.integer({ min: 0, max: 0x2070 }), fc.integer({ min: 0, max: 0xffff }));
  const steering = /[\p{Control}\p{Surrogate}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;
  fc.assert(
    fc.property(fc.array(unit), (units) => {
      expect(printable(String.fromCharCode(...units))).not.toMatch(steering);
    }),
    { numRuns: 2000 },
  );
});

it('printableJson escapes what can not be seen, and stays the same JSON', () => {
  const result = { from: 'an\x9b31mna\u202e\u061c\u2028 \u{e0041}👩‍🚀', lines: ['\x1b[31m\n', 'Zoë'] };
  expect(printableJson(result)).not.toMatch(/[\p{Control}\p{Zl}\p{Default_Ignorable_Code_Point}]/u);
  expect(JSON.parse(printableJson(result))).toEqual(result);
  expect(printableJson({ name: 'Zoë 李 🙂' })).toBe('{"name":"Zoë 李 🙂"}');
});

describe('explain', () => {
  it('is one line for an expected error', () => {
    const error = new HhbError('port-in-use', 'Port 5000 is in use', { hint: 'Try --port.' });
    expect(explain(error, false)).toBe('hellohaybye: Port 5000 is in use. Try --port.');
  });

  it('is one line for an unexpected one, and a stack only when asked for', () => {
    expect(explain(new Error('boom'), false)).toBe('hellohaybye: boom (unexpected; --verbose tells more)');
    expect(explain(new Error('boom'), true)).toMatch(/boom\n.*\n\s+at /);
  });

  it('shows nothing raw in it, nor in what caused it', () => {
    const error = new Error('bo\x1b[31mom', { cause: new Error('ba\u202eng') });
    expect(explain(error, true)).not.toMatch(/(?!\n)\p{Control}|\u202e/u);
    expect(explain(error, true)).toMatch(/bo\ufffd\[31mom\n[^]*ba\ufffdng/);
  });
});
