import jsQR from 'jsqr';
import { describe, expect, it } from 'vitest';
import { qrCode } from './qr-code.js';

const link = `hellohaybye://[fd00::1]:5000/Caf%C3%A9#AAECAwQFBgcICQoLDA0ODw.${'A'.repeat(43)}`;
const fingerprint = `SHA256:${'jM5SeJNI'.repeat(5)}wks`;

describe('a QR code in a terminal', () => {
  it.each([link, fingerprint])('is read by a camera: %s', (text) =>
    expect(decode(qrCode(text, false))).toBe(text),
  );

  it('has its own black and white where there are colours, and is the same', () => {
    const coloured = qrCode(link, true);
    expect(coloured.map((line) => line.replace(/\x1b\[[\d;]+m/g, ''))).toEqual(qrCode(link, false));
    expect(coloured.every((line) => line.startsWith('\x1b[38;5;231;48;5;16m') && line.endsWith('\x1b[0m'))).toBe(true); // prettier-ignore
  });

  it('fits a terminal of 80 columns', () => expect(qrCode(link, false)[0]!.length).toBeLessThan(80));
});

/** Photographs it: each half block is eight pixels wide and high, blocks white and the rest black. */
function decode(lines: string[]): string | undefined {
  const scale = 8;
  const rows = lines.flatMap((line) => [
    [...line].map((char) => '█▀'.includes(char)),
    [...line].map((char) => '█▄'.includes(char)),
  ]);
  const width = rows[0]!.length * scale;
  const pixels = new Uint8ClampedArray(width * rows.length * scale * 4).fill(255);
  rows.forEach((row, y) =>
    row.forEach((white, x) => {
      for (let dot = 0; dot < scale * scale; dot += 1) {
        const at = ((y * scale + Math.floor(dot / scale)) * width + x * scale + (dot % scale)) * 4;
        pixels.fill(white ? 255 : 0, at, at + 3);
      }
    }),
  );
  return jsQR(pixels, width, rows.length * scale)?.data;
}
