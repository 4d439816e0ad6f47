import { HhbError, messageOf } from '@hellohaybye/core';
import type { Attempt } from '../source/supervise.js';
import type { FfmpegInput } from './arguments.js';
import { explain, type Intent } from './explain.js';
import { runFfmpeg } from './run.js';

/** One run of ffmpeg as part of a source. */
export interface FfmpegAttempt {
  /** The program. */
  path: string;
  input: FfmpegInput;
  output: string[];
  intent: Intent;
  /** Reads what it puts out; the signal says when to stop. */
  consume: (stdout: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<void>;
}

/** Starts ffmpeg and reads from it until it ends or is stopped. */
export function attemptFfmpeg(o: FfmpegAttempt): Attempt {
  // Some ffmpegs open any text as "ANSI art": nobody means that.
  let text = false;
  const run = runFfmpeg({
    path: o.path,
    source: o.input.source,
    inputOptions: o.input.options,
    outputOptions: o.output,
    onLine(line) {
      if (!line.startsWith('Input #0, tty')) return;
      text = true;
      void run.stop();
    },
  });
  const stopping = new AbortController();
  // Its end cuts the stream off, which is told by `ended` already.
  const consumed = o.consume(run.stdout, stopping.signal).catch((error: unknown) => error);
  const ended = (async (): Promise<HhbError> => {
    const end = await run.ended;
    const failure = await consumed;
    if (text) return new HhbError('not-media', `${o.intent.label} is text`);
    if (end.error === undefined && failure instanceof Error && !stopping.signal.aborted) {
      return new HhbError('source-failed', messageOf(failure), { cause: failure });
    }
    return explain(o.intent, end);
  })();
  return {
    ended,
    async stop() {
      stopping.abort();
      await run.stop();
      await ended;
    },
  };
}
