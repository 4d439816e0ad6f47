import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

/** The process ids of all children of a process, theirs included. */
export function descendants(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = stdout
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number) as [number, number]);
  const below = (parent: number): number[] =>
    rows.filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/** Whether a process runs; one that has ended and waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

/** Resolves with those that still run when all have ended or the time is up, milliseconds. */
export async function survivors(pids: number[], within = 5000): Promise<number[]> {
  const deadline = performance.now() + within;
  let alive = pids.filter(isAlive);
  // Nobody tells when somebody else's process ends: it is looked at until then.
  while (alive.length > 0 && performance.now() < deadline) {
    await pause(50);
    alive = alive.filter(isAlive);
  }
  return alive;
}
