import type { Generation } from './types.js';

/** Less than 0 when `a` comes before `b`, 0 for the same, more than 0 when it comes after. */
export const compare = (a: Generation, b: Generation): number => a.epoch - b.epoch || a.step - b.step;

/** The id of a generation's key: `epoch.step`. */
export const idOf = ({ epoch, step }: Generation): string => `${epoch}.${step}`;

/** The generation alone, without the key that may come with it. */
export const plain = ({ epoch, step }: Generation): Generation => ({ epoch, step });

/** Whether who holds a generation can make the key of another from it, as far ahead as receivers do. */
export const reaches = (held: Generation | undefined, wanted: Generation, steps: number): boolean =>
  held?.epoch === wanted.epoch && held.step + steps >= wanted.step;
