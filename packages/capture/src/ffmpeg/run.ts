import { messageOf } from '@hellohaybye/core';
import fluent from 'fluent-ffmpeg';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { Readable } from 'node:stream';
import { protect, release, startGuard } from '../guard/protect.js';

/** What ffmpeg is to do: one input, one output to its standard output. */
export interface FfmpegJob {
  /** The program. */
  path: string;
  source: string;
  inputOptions: string[];
  outputOptions: string[];
  /** Called with each line that it says. */
  onLine?: (line: string) => void;
}

/** How an ffmpeg ended. */
export interface FfmpegEnd {
  /** Undefined when it ended well. */
  error: string | undefined;
  /** The last lines of what it said. */
  lines: string[];
}

/** An ffmpeg that runs. */
export interface FfmpegRun {
  /** What it puts out. */
  stdout: Readable;
  ended: Promise<FfmpegEnd>;
  /** Asks it to end, and half a second later makes it. Resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts an ffmpeg that the guard knows of.
 *
 * The command line is put together by fluent-ffmpeg. Its public `run()` would first start ffmpeg twice to
 * ask for its formats and encoders (100 to 300 ms) and keep it in our process group, where Ctrl-C ends it
 * before we can; the two functions below it do the same without. It is pinned to its last version, which
 * will not change.
 */
export function runFfmpeg(job: FfmpegJob): FfmpegRun {
  const command = fluent({ stdoutLines: keptLines }) as unknown as FluentCommand;
  // A single option would be split at its spaces, so one that is always wanted goes along.
  command.input(job.source).inputOptions('-hide_banner', '-nostdin', '-nostats', ...job.inputOptions);
  command.output('pipe:1').outputOptions('-flush_packets', '1', ...job.outputOptions);
  // One path for all commands of the process; the program is started before this function returns.
  command.setFfmpegPath(job.path);

  startGuard();
  const lines: string[] = [];
  // Assigned in a callback, which the compiler does not see.
  let child = undefined as ChildProcess | undefined;
  let settle: (end: FfmpegEnd) => void = () => {};
  const ended = new Promise<FfmpegEnd>((resolve) => (settle = resolve));
  const options: SpawnOptions = {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  };
  command._spawnFfmpeg(
    command._getArguments(),
    options,
    (started, _, stderr) => {
      child = started;
      stderr.callback((line) => {
        lines.push(line);
        job.onLine?.(line);
        if (lines.length > keptLines) lines.shift();
      });
    },
    (error) => {
      if (child?.pid !== undefined) release(child.pid);
      settle({ error: error ? messageOf(error) : undefined, lines });
    },
  );
  if (child?.pid !== undefined) protect(child.pid);
  const stdout = child?.stdout ?? Readable.from([]);
  return {
    stdout,
    ended,
    async stop() {
      // It may be waiting for someone to read on.
      stdout.destroy();
      child?.kill('SIGTERM');
      const forced = setTimeout(() => child?.kill('SIGKILL'), 500);
      await ended;
      clearTimeout(forced);
    },
  };
}

const keptLines = 30;

/** The parts of fluent-ffmpeg's command that are used here; those with an underscore are not in its types. */
interface FluentCommand {
  input(source: string): this;
  inputOptions(...options: string[]): this;
  output(target: string): this;
  outputOptions(...options: string[]): this;
  setFfmpegPath(path: string): this;
  _getArguments(): string[];
  _spawnFfmpeg(
    args: string[],
    options: SpawnOptions,
    onStart: (child: ChildProcess, stdout: unknown, stderr: LinesRing) => void,
    onEnd: (error?: Error) => void,
  ): void;
}

interface LinesRing {
  callback(onLine: (line: string) => void): void;
}
