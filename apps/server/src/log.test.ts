import { expect, it } from 'vitest';
import { readableLine } from './log.js';

it('a log line is one readable line, whatever its values hold', () => {
  const time = new Date(2026, 0, 2, 19, 2, 11).toISOString();
  const line = JSON.stringify({
    level: 'warn',
    time,
    msg: 'refused',
    port: 5000,
    name: 'anna\u001b[2J\nben',
  });
  expect(readableLine(line)).toBe('19:02:11 warn  refused  port=5000  name="anna\\u001b[2J\\nben"\n');
});

it.each([
  ['an escape without a space', 'a\u001b[2J', '"a\\u001b[2J"'],
  ['a C1 control', 'a\u009b2J', '"a\\u009b2J"'],
  ['text from right to left', 'a\u202eb', '"a\\u202eb"'],
  ['a tag beyond the first plane', 'a\u{e0041}', '"a\\udb40\\udc41"'],
])('%s is quoted, and never printed raw', (_, name, quoted) => {
  const line = JSON.stringify({ level: 'info', time: new Date(0).toISOString(), msg: 'room entered', name });
  expect(readableLine(line)).toContain(`  name=${quoted}\n`);
  expect(readableLine(line)).toMatch(/^[^\p{C}]+\n$/u);
});
