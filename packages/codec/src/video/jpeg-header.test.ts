import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jpegSize } from './jpeg-header.js';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const frame = 'ffc0 0011 08 01e0 0280 03 012200 021101 031101';

describe('jpegSize', () => {
  it('finds the frame header behind other segments and fill bytes', () => {
    expect(jpegSize(bytes(`ffd8 ${frame}`))).toEqual({ width: 640, height: 480 });
    expect(jpegSize(bytes(`ffd8 ffe0 0004 ffd8 ffff ${frame}`))).toEqual({ width: 640, height: 480 });
  });

  it.each([
    ['nothing', ''],
    ['no SOI', frame],
    ['garbage between segments', `ffd8 00 ${frame}`],
    ['a segment shorter than its length field', `ffd8 ffe0 0001 ${frame}`],
    ['a segment that goes beyond the end', 'ffd8 ffe0 ffff 00'],
    ['the scan first', `ffd8 ffda 0004 0000 ${frame}`],
    ['SOI twice', `ffd8 ffd8 ${frame}`],
    ['a stuffed zero', `ffd8 ff00 ${frame}`],
    ['a frame header cut short', 'ffd8 ffc0 0011 08 01e0 02'],
    ['no height (DNL)', 'ffd8 ffc0 0011 08 0000 0280 03 012200 021101 031101'],
  ])('is undefined for %s', (_, hex) => {
    expect(jpegSize(bytes(hex))).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (some, start) => {
        jpegSize(start ? Uint8Array.of(0xff, 0xd8, 0xff, ...some) : some);
      }),
    );
  });
});
