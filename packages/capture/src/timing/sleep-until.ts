import type { Clock, Micros } from '@hellohaybye/core';

/** Resolves when the clock has reached an instant, or with `false` at once when the signal says so. */
export async function sleepUntil(clock: Clock, at: Micros, signal: AbortSignal): Promise<boolean> {
  for (let left = at - clock.now(); left > 0 && !signal.aborted; left = at - clock.now()) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, Math.ceil(left / 1000));
      signal.addEventListener('abort', done, { once: true });
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
  return !signal.aborted;
}
