import { exitCodes, type ExitCode } from './exit-codes.js';

/** Ctrl-C and SIGTERM, as something to wait for. */
export interface Interruption {
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** What the program should exit with: that of the interruption, or `done` when there was none. */
  exitCode(): ExitCode;
}

/**
 * From now on the first Ctrl-C or SIGTERM asks the program to leave cleanly, and the second ends it at once.
 */
export function watchInterruption(): Interruption {
  const controller = new AbortController();
  let code: ExitCode = exitCodes.done;
  const onSignal = (value: ExitCode) => () => {
    if (controller.signal.aborted) process.exit(value);
    code = value;
    controller.abort();
  };
  process.on('SIGINT', onSignal(exitCodes.interrupted));
  process.on('SIGTERM', onSignal(exitCodes.terminated));
  return { signal: controller.signal, exitCode: () => code };
}

/** Resolves after a time, or at once when the signal aborts; without a time only then. */
export function waitFor(milliseconds: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
    const onAbort = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
