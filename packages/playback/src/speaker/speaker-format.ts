import { HhbError } from '@hellohaybye/core';
import type { PcmFormat } from './sink.js';

/**
 * Checks what reaches the native part of `speaker`, all versions of which crash the process when an option
 * has the wrong type (CVE-2024-21526), and the command lines of the players.
 * @throws HhbError `usage`
 */
export function checkFormat({ sampleRate, channels }: PcmFormat): void {
  if (!Number.isInteger(sampleRate) || sampleRate < 8000 || sampleRate > 192_000) {
    throw new HhbError('usage', `The sample rate has to be a whole number from 8000 to 192000`);
  }
  if (!Number.isInteger(channels) || channels < 1 || channels > 8) {
    throw new HhbError('usage', `The number of channels has to be a whole number from 1 to 8`);
  }
}

/** Whether a text can be a device's name: printable ASCII, no longer than names are, and no option. */
export const isDeviceName = (text: unknown): text is string =>
  typeof text === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.:,=+@-]{0,255}$/.test(text);
