import { HhbError } from '@hellohaybye/core';
import type { Notice } from '../types.js';

/** One run of what a source is made of: a process, usually. */
export interface Attempt {
  /** Resolves when it is over, with the reason; never rejects. */
  readonly ended: Promise<HhbError>;
  /** Ends it. Resolves when it is gone. */
  stop(): Promise<void>;
}

export interface SuperviseOptions {
  label: string;
  /** Starts a run. It calls `alive` with each item that it delivers. */
  start: (alive: () => void) => Attempt;
  onNotice?: ((notice: Notice) => void) | undefined;
  /** How long the first item may take, in milliseconds. */
  openTimeout: number;
  /** After how many milliseconds without an item a run counts as dead. Default: never. */
  stallTimeout?: number | undefined;
  /** Gives up before the first item. */
  signal?: AbortSignal | undefined;
  /** The wait before the second run, in milliseconds; it doubles with each that fails. Default 500. */
  firstBackoff?: number;
  /** The longest such wait. Default 8000. */
  longestBackoff?: number;
}

/** Something that is kept running until it is closed. */
export interface Supervised {
  close(): Promise<void>;
}

/**
 * Starts something, and starts it again when it ends. Resolves with its first item.
 * @throws HhbError what the first run ended with, or `source-failed` when it delivers nothing in time or is given up
 */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { label, onNotice, stallTimeout, signal } = options;
  const firstBackoff = options.firstBackoff ?? 500;
  const longestBackoff = options.longestBackoff ?? 8000;
  const closing = new AbortController();
  let lost = false;
  let backoff = firstBackoff;

  const run = (): { attempt: Attempt; delivers: Promise<void>; ended: Promise<HhbError> } => {
    const watchdog = new Watchdog(stallTimeout);
    let delivered = (): void => {};
    const delivers = new Promise<void>((resolve) => (delivered = resolve));
    const attempt = options.start(() => {
      watchdog.feed();
      delivered();
      if (!lost) return;
      lost = false;
      backoff = firstBackoff;
      onNotice?.({ code: 'source-restored', message: `${label} is back` });
    });
    let stalled = false;
    void watchdog.bites.then(() => {
      stalled = true;
      return attempt.stop();
    });
    const ended = attempt.ended.then((reason) => {
      watchdog.stop();
      if (!stalled) return reason;
      return new HhbError('source-failed', `Nothing came for ${(stallTimeout ?? 0) / 1000} s`);
    });
    return { attempt, delivers, ended };
  };

  let current = run();
  const opened = await Promise.race([
    current.delivers,
    current.ended,
    pause(options.openTimeout, closing.signal).then(
      () => new HhbError('source-failed', `${label} gave nothing within ${options.openTimeout / 1000} s`),
    ),
    ...(signal ? [givenUp(signal, label, closing.signal)] : []),
  ]);
  if (opened instanceof HhbError) {
    closing.abort();
    await current.attempt.stop();
    throw opened;
  }

  const keepRunning = async (): Promise<void> => {
    for (;;) {
      const reason = await current.ended;
      // Ctrl-C reaches the children before it reaches whoever closes us: nothing is said before the wait is over.
      await pause(backoff, closing.signal);
      if (closing.signal.aborted) return;
      if (!lost) {
        lost = true;
        onNotice?.({ code: 'source-lost', message: `${label} was lost: ${reason.message}. Trying again` });
      }
      backoff = Math.min(longestBackoff, backoff * 2);
      current = run();
    }
  };
  const done = keepRunning();
  return {
    async close() {
      closing.abort();
      await current.attempt.stop();
      await done;
    },
  };
}

/** Bites when it is not fed for a while; to be fed thousands of times a second, so it keeps one timer only. */
class Watchdog {
  readonly bites: Promise<void>;
  #fed = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(patience: number | undefined) {
    this.bites = new Promise((resolve) => {
      if (patience === undefined) return;
      const check = (): void => {
        const left = this.#fed + patience - performance.now();
        if (left <= 0) resolve();
        else this.#timer = setTimeout(check, left).unref();
      };
      check();
    });
  }

  feed(): void {
    this.#fed = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** Resolves when the first signal says so; the second one only ends the listening. */
function givenUp(signal: AbortSignal, label: string, closing: AbortSignal): Promise<HhbError> {
  return new Promise((resolve) => {
    const giveUp = () => resolve(new HhbError('source-failed', `${label} was given up`));
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true, signal: closing });
  });
}

/** Resolves after a time in milliseconds, or when the signal says so. */
function pause(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, time);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
