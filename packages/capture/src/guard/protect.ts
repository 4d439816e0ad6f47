import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

let guard: ChildProcess | undefined;
const running = new Set<number>();

/**
 * Starts the guard, one for this process and all its sources, if it does not run yet. To be called before
 * a process is started that must not outlive this one: what is told then reaches the guard even if this
 * process is killed right after.
 */
export function startGuard(): void {
  if (guard) return;
  const started = spawn(process.execPath, [guardScript()], {
    // Its own session: neither Ctrl-C nor a signal to the process group reaches it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  guard = started;
  const gone = (): void => {
    if (guard === started) guard = undefined;
  };
  started.on('error', gone).on('exit', gone);
  started.stdin?.on('error', gone);
  // It must not keep this process alive.
  started.unref();
  (started.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  for (const pid of running) tell(`+${pid}`);
}

/** Has the guard end a process when this one is gone. */
export function protect(pid: number): void {
  running.add(pid);
  if (guard) tell(`+${pid}`);
  else startGuard();
}

/** To be called when a protected process has ended. */
export function release(pid: number): void {
  if (running.delete(pid)) tell(`-${pid}`);
}

function tell(line: string): void {
  guard?.stdin?.write(`${line}\n`);
}

function guardScript(): string {
  const beside = fileURLToPath(new URL('./guard.js', import.meta.url));
  // From source, as in unit tests, it is where the build put it.
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../dist/guard.js', import.meta.url));
}
