import { renderUnicodeCompact } from 'uqr';

/**
 * A QR code (ISO/IEC 18004) as lines of half blocks, with the quiet zone it needs.
 * @param colour whether the terminal takes colours: then it is black on white whatever the terminal's own are
 */
export function qrCode(text: string, colour: boolean): string[] {
  const lines = renderUnicodeCompact(text, { border: quietZone }).split('\n');
  return lines.map((line) => (colour ? `${whiteOnBlack}${line}${asBefore}` : line));
}

/** Modules of white around it; the standard's four take more lines than they are worth to cameras of today. */
const quietZone = 2;

/** Blocks are the white modules. Of the 256 colours, not of the 16 that themes change. */
const whiteOnBlack = '\x1b[38;5;231;48;5;16m';
const asBefore = '\x1b[0m';
