/** Where a text goes, and how many pixels a dot of its letters takes. */
export interface TextPlace {
  x: number;
  y: number;
  scale: number;
}

/**
 * Writes digits, colons and full stops, white on black, into a picture of 32-bit pixels. What goes beyond
 * the edge is left out.
 */
export function drawText(pixels: Uint32Array, width: number, text: string, { x, y, scale }: TextPlace): void {
  const height = Math.floor(pixels.length / width);
  const columns = text.length * 4 + 1;
  for (let row = -1; row < 6; row++) {
    for (let column = -1; column < columns - 1; column++) {
      const glyph = glyphs[text[Math.floor(column / 4)] ?? ''];
      const lit = row >= 0 && row < 5 && column >= 0 && glyph?.[row]?.[column % 4] === '#';
      for (let dy = 0; dy < scale; dy++) {
        const at = y + row * scale + dy;
        const from = x + column * scale;
        if (at < 0 || at >= height || from < 0 || from + scale > width) continue;
        pixels.fill(lit ? 0xffffff : 0, at * width + from, at * width + from + scale);
      }
    }
  }
}

/** Three dots wide, five high. */
const glyphs: Record<string, string[]> = {
  0: ['###', '# #', '# #', '# #', '###'],
  1: [' # ', '## ', ' # ', ' # ', '###'],
  2: ['###', '  #', '###', '#  ', '###'],
  3: ['###', '  #', '###', '  #', '###'],
  4: ['# #', '# #', '###', '  #', '  #'],
  5: ['###', '#  ', '###', '  #', '###'],
  6: ['###', '#  ', '###', '# #', '###'],
  7: ['###', '  #', ' # ', ' # ', ' # '],
  8: ['###', '# #', '###', '# #', '###'],
  9: ['###', '# #', '###', '  #', '###'],
  ':': ['   ', ' # ', '   ', ' # ', '   '],
  '.': ['   ', '   ', '   ', '   ', ' # '],
};
