import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The folder of real footage beside the repository; tests that like it run without it too. */
export const mediaFolder = join(root, '..', 'shared', 'media');

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** What stands on its standard input; nothing when left out. */
  input?: string;
}

/** A program that was started: what it printed so far, and what there is to wait for. */
export class Running {
  stdout = '';
  stderr = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #waiting: { test: () => boolean; resolve: () => void }[] = [];

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => this.#take('stdout', chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.#take('stderr', chunk));
    this.exited = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The one JSON object on stdout. */
  get json(): unknown {
    return JSON.parse(this.stdout);
  }

  /** Resolves when what was printed matches; rejects when the program ends before. */
  async printed(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stderr'): Promise<RegExpExecArray> {
    const look = () => pattern.exec(this[stream]);
    const seen = new Promise<void>((resolve) => {
      if (look()) resolve();
      else this.#waiting.push({ test: () => look() !== null, resolve });
    });
    await Promise.race([seen, this.exited]);
    const match = look();
    if (!match)
      throw new Error(`it ended without printing ${String(pattern)}:\n${this.stdout}${this.stderr}`);
    return match;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  #take(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this[stream] += chunk.toString();
    this.#waiting = this.#waiting.filter(({ test, resolve }) => {
      if (!test()) return true;
      resolve();
      return false;
    });
  }
}

const running = new Set<Running>();
/** All that the test has started, ended or not. */
const started: Running[] = [];
const folders: string[] = [];
const homes = new Map<string, string>();

// Whatever a test started and did not end is ended with it, by its process id.
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') started.forEach(tellOf);
  started.length = 0;
  for (const program of running) program.child.kill('SIGKILL');
  await Promise.all([...running].map(({ exited }) => exited));
  running.clear();
  homes.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that goes away with the test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hellohaybye-test-'));
  folders.push(folder);
  return folder;
}

/** Where somebody's identity is, and whom they know: within a test, whoever has a name is one person. */
function homeOf(name = ''): string {
  const home = homes.get(name) ?? emptyFolder();
  homes.set(name, home);
  return home;
}

/** Starts any program; it is ended with the test at the latest. */
export function start(command: string, args: string[], { env, cwd, input }: RunOptions = {}): Running {
  const child = spawn(command, args, {
    cwd: cwd ?? root,
    env: { ...cleanEnvironment(args), ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  // It may end without reading it.
  child.stdin?.on('error', () => undefined).end(input);
  const program = new Running(child);
  running.add(program);
  started.push(program);
  void program.exited.finally(() => running.delete(program));
  return program;
}

/** Starts `hellohaybye` as it was built. */
export const hellohaybye = (args: string[], options: RunOptions = {}): Running =>
  start(process.execPath, [join(root, 'apps/cli/bin/hellohaybye.js'), ...args], options);

/** Starts `hellohaybye-server` on a free port of this machine alone and waits until it listens. */
export async function startServer(): Promise<{ server: Running; url: string }> {
  const server = start(process.execPath, [
    join(root, 'apps/server/bin/hellohaybye-server.js'),
    '--host',
    '127.0.0.1',
    '--port',
    '0',
  ]);
  const [, port] = await Promise.race([
    server.printed(/"port":(\d+)/, 'stdout'),
    server.printed(/:(\d+)/, 'stderr'),
  ]);
  return { server, url: `ws://127.0.0.1:${port}` };
}

/** Flags that keep a participant to itself: this machine, any ports, no window, no sound. */
export const quiet = [
  ...['--media-host', '127.0.0.1', '--video-port', '0', '--audio-port', '0'],
  ...['--view', 'none', '--no-open', '--speaker', 'none'],
];

/** What happens once in a hundred runs, on another machine, can only be understood from what was printed then. */
function tellOf({ child, stderr }: Running): void {
  const left = stderr.length - 2 * longestPart;
  const middle = left > 0 ? `\n… ${left} characters …\n` : '';
  const tail = stderr.slice(Math.max(longestPart, stderr.length - longestPart));
  process.stdout.write(`\n$ ${child.spawnargs.join(' ')}\n${stderr.slice(0, longestPart)}${middle}${tail}\n`);
}

/** Characters of the beginning, and of the end, of what a program printed that are shown when its test fails. */
const longestPart = 2000;

/**
 * The environment without settings of the person who runs the tests. Nobody is looked for on this machine's networks
 * and nothing is announced there, unless a test says so.
 */
function cleanEnvironment(args: string[]): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('HHB_'));
  return {
    ...Object.fromEntries(kept),
    ...{ HHB_DISCOVERY: 'none', HHB_SERVER_HIDDEN: 'true' },
    XDG_CONFIG_HOME: homeOf(args[args.indexOf('--name') + 1]),
  };
}
