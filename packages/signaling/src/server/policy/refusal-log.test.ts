import { describe, expect, it } from 'vitest';
import { micros, seconds } from '@hellohaybye/core';
import { RefusalLog } from './refusal-log.js';

describe('the log of refusals', () => {
  it('has the first of an address with a code, and then one a minute with their number', () => {
    const log = new RefusalLog();
    expect(log.note('192.0.2.1', 'not-json', micros(0))).toBe(1);
    expect(log.note('192.0.2.1', 'not-json', seconds(1))).toBe(0);
    expect(log.note('192.0.2.1', 'not-json', seconds(59))).toBe(0);
    expect(log.note('192.0.2.1', 'not-json', seconds(60))).toBe(3);
    expect(log.note('192.0.2.1', 'not-json', seconds(61))).toBe(0);
  });

  it('tells codes and addresses apart', () => {
    const log = new RefusalLog();
    log.note('192.0.2.1', 'not-json', micros(0));
    expect(log.note('192.0.2.1', 'bad-name', micros(0))).toBe(1);
    expect(log.note('192.0.2.2', 'not-json', micros(0))).toBe(1);
  });

  it('remembers no more than it may', () => {
    const log = new RefusalLog(2);
    for (const address of ['a', 'b', 'c']) log.note(address, 'not-json', micros(0));
    expect(log.note('c', 'not-json', micros(0))).toBe(0);
    expect(log.note('a', 'not-json', micros(0))).toBe(1);
  });
});
