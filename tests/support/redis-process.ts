import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A Redis of its own at a port of loopback, that writes all down at once. */
export class RedisProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'hhb-redis-'));
  #child!: ChildProcess;

  private constructor(
    readonly port: number,
    readonly args: readonly string[],
  ) {}

  /** @param args instead of the port at which it would listen in the clear, e.g. `--tls-port` */
  static async start(
    args: (port: number) => string[] = (port) => ['--port', `${port}`],
  ): Promise<RedisProcess> {
    const port = await freePort();
    const redis = new RedisProcess(port, args(port));
    await redis.run();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Runs it, with what it had written down before. */
  async run(): Promise<void> {
    const files = ['--dir', this.folder, '--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
    const child = spawn('redis-server', ['--bind', '127.0.0.1', ...this.args, ...files]);
    this.#child = child;
    const ended = once(child, 'close').then(() => Promise.reject(new Error('redis-server ended')));
    const ready = new Promise<void>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.includes('Ready to accept connections')) resolve();
      });
    });
    await Promise.race([ready, ended]);
    ended.catch(() => {});
  }

  /** It hangs: its connections stay open and nothing is answered. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
