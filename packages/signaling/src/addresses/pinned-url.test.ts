import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPin, pinnedUrl, splitPin } from './pinned-url.js';

const pin = 'ug0_9W3ksJJdAWnfU_sRcWI8_yATjEte4-wYPWGL72s';

describe('a pinned url', () => {
  it('is the url, and the pin after a #', () => {
    expect(pinnedUrl('wss://192.0.2.1:5000', pin)).toBe(`wss://192.0.2.1:5000#${pin}`);
    expect(pinnedUrl('wss://192.0.2.1:5000', undefined)).toBe('wss://192.0.2.1:5000');
    expect(splitPin(`wss://192.0.2.1:5000#${pin}`)).toEqual({ url: 'wss://192.0.2.1:5000', pin });
    expect(splitPin('wss://192.0.2.1:5000')).toEqual({ url: 'wss://192.0.2.1:5000', pin: undefined });
    expect(splitPin('wss://192.0.2.1:5000#')).toEqual({ url: 'wss://192.0.2.1:5000', pin: '' });
  });

  it('has 32 bytes in base64url as its pin, in the one way that they are written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        expect(isPin(Buffer.from(bytes).toString('base64url'))).toBe(true);
      }),
    );
    for (const other of [
      '',
      'x',
      pin.slice(1),
      `${pin}A`,
      `${pin}\n`,
      pin.replace('-', '+'),
      `${pin.slice(1)}B`,
    ]) {
      expect(isPin(other)).toBe(false);
    }
  });
});
