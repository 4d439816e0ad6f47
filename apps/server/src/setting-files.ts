import { readFileSync } from 'node:fs';
import { messageOf } from '@hellohaybye/core';
import { parseSecret } from './setting-table.js';

/**
 * Reads a JSON file of settings: an object of texts, numbers, booleans, and arrays for settings with commas. All
 * values are given as text, as they would stand on the command line.
 */
export function readSettingsFile(
  path: string,
): { ok: true; settings: Record<string, string> } | { ok: false; problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return { ok: false, problem: `The settings in ${path} can't be read: ${oneLine(error)}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, problem: `The settings in ${path} have to be a JSON object` };
  }
  const settings = Object.entries(value).map(([key, value]) => [key, textOf(value)]);
  return { ok: true, settings: Object.fromEntries(settings) as Record<string, string> };
}

/** Reads a secret, which is all that the file holds but space around it. Its problem never tells what it holds. */
export function readSecret(
  path: string,
  from: string,
  wanted: string,
  parse = parseSecret,
): { ok: true; secret: string } | { ok: false; problem: string } {
  try {
    const secret = parse(readFileSync(path, 'utf8').trim());
    return secret === undefined
      ? { ok: false, problem: `${from}: ${path} has to hold ${wanted}` }
      : { ok: true, secret };
  } catch (error) {
    return { ok: false, problem: `${from}: ${path} can't be read: ${oneLine(error)}` };
  }
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : Array.isArray(value) ? value.join(',') : JSON.stringify(value);

const oneLine = (error: unknown) => messageOf(error).replace(/\s+/g, ' ');
