import { codePoints } from '../protocol/text.js';

/**
 * The name somebody gets in a room: the one asked for, or with a number behind it when it is taken:
 * `anna`, `anna (2)`, `anna (3)`. Names that differ only in upper and lower case count as the same. A number that is there
 * already, for somebody comes back with the name that they had, is replaced.
 * @param taken the names in the room, each as `nameKey` gives it
 * @param length how many code points a name may have; the name asked for is cut to make room for the number
 */
export function uniqueName(wanted: string, taken: { has(key: string): boolean }, length: number): string {
  let name = wanted;
  const stem = givenName(wanted);
  for (let number = 2; taken.has(nameKey(name)); number += 1) {
    const suffix = ` (${number})`;
    const room = length - codePoints(suffix);
    const base = codePoints(stem) <= room ? stem : [...stem].slice(0, room).join('').trimEnd();
    name = base + suffix;
  }
  return name;
}

/** What is the same for two names that count as the same. */
export const nameKey = (name: string): string => name.toLowerCase();

/** A name as its bearer gave it, without the number that a server may have put behind it; only a number stays as it is. */
export const givenName = (name: string): string => name.replace(/(?<=\S)(?: \(\d+\))+$/u, '');

/** What somebody asks for who comes back: the number that they had, but no other name than their own, whatever a server granted. */
export const sameAgain = (own: string, granted: string): string =>
  nameKey(givenName(granted)) === nameKey(givenName(own)) ? granted : own;
