// A process of its own: dist/guard.js. It is told, line by line on its standard input, which processes run
// (`+pid`) and which have ended (`-pid`). When its input ends, whoever started it is gone, however that
// came about, and it ends what still runs.
import { createInterface } from 'node:readline';
import { startOf } from './start-of.js';

const running = new Map<number, string | undefined>();

// Ctrl-C and a closed terminal are for the others: this one stays until the pipe says so.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const pid = Number(line.slice(1));
  if (!Number.isInteger(pid) || pid <= 1) return;
  if (line.startsWith('+')) running.set(pid, startOf(pid));
  else running.delete(pid);
});
lines.on('close', () => {
  for (const [pid, start] of running) {
    // A number that was given to another process in the meantime is not ours to end.
    if (startOf(pid) !== start) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  process.exit(0);
});
