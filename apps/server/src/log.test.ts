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
