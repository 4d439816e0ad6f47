import { describe, expect, it } from 'vitest';
import { HhbError, isHhbError, messageOf } from './errors.js';

describe('HhbError', () => {
  it('is told by its code, whichever copy of the class made it', () => {
    const error = new HhbError('port-in-use', 'Port 5000 is in use', {
      hint: 'Use another',
      cause: 'EADDRINUSE',
    });
    const foreign = Object.assign(new Error('x'), { name: 'HhbError', code: 'port-in-use' });
    expect(isHhbError(error, 'port-in-use')).toBe(true);
    expect(isHhbError(foreign, 'port-in-use')).toBe(true);
    expect(isHhbError(error, 'other')).toBe(false);
    expect(isHhbError(new Error('x'))).toBe(false);
    expect(error.hint).toBe('Use another');
    expect(error.cause).toBe('EADDRINUSE');
  });

  it('messageOf reads any thrown value', () => {
    expect(messageOf(new Error('a'))).toBe('a');
    expect(messageOf('b')).toBe('b');
  });
});
