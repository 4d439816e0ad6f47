import { HhbError } from '@hellohaybye/core';
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
    process.exitCode = value;
    controller.abort();
  };
  process.on('SIGINT', onSignal(exitCodes.interrupted));
  process.on('SIGTERM', onSignal(exitCodes.terminated));
  process.on('SIGHUP', onSignal(exitCodes.terminated)); // the terminal was closed
  return { signal: controller.signal, exitCode: () => code };
}

/** What is thrown when Ctrl-C or SIGTERM comes before there is anything to leave; the exit code is theirs. */
export const interrupted = (): HhbError => new HhbError('interrupted', 'Interrupted before the call began');

/**
 * Resolves after a time, or at once when the signal aborts; without a time only then.
 * @param meanwhile what goes on in that time; when it fails, so does the waiting
 */
export function waitFor(
  milliseconds: number | undefined,
  signal: AbortSignal,
  meanwhile?: Promise<unknown>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = () => end(resolve);
    const timer = milliseconds === undefined ? undefined : setTimeout(onAbort, milliseconds);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    meanwhile?.catch((error: unknown) => end(() => reject(error as Error)));
  });
}
