import { readFileSync } from 'node:fs';

/**
 * What tells a process from a later one with the same number: when it was started, in ticks since boot.
 * Linux only (proc(5), field 22 of stat); undefined elsewhere, and for a process that is gone.
 */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, which may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
