import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const server = fileURLToPath(new URL('../../apps/server/bin/hellohaybye-server.js', import.meta.url));
const { version } = JSON.parse(
  readFileSync(new URL('../../apps/server/package.json', import.meta.url), 'utf8'),
) as { version: string };
// Windows has no signals: kill() ends the process without its knowing.
const onUnix = it.skipIf(process.platform === 'win32');
const clientModule = new URL('../../packages/signaling/dist/client.js', import.meta.url).href;
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('hellohaybye-server', () => {
  it('listens, answers /healthz, and logs JSON lines', async () => {
    const { port, lines } = await startServer();
    const response = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'ok', version, connections: 0 });
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ level: 'info', msg: expect.any(String) as string });
  });

  onUnix('introduces two processes to each other', async () => {
    const { port, child } = await startServer();
    const [anna, ben] = [startClient(port), startClient(port)];
    const names = [await anna.line, await ben.line].map(
      (line) => JSON.parse(line) as { self: string; other: string },
    );
    expect(names.map(({ self }) => self).sort()).toEqual(['anna', 'anna (2)']);
    expect(names.map(({ other }) => other).sort()).toEqual(['anna', 'anna (2)']);
    const exits = [exit(anna.child), exit(ben.child)];
    child.kill('SIGTERM');
    expect(await Promise.all([...exits, exit(child)])).toEqual([
      { code: 7, signal: null },
      { code: 7, signal: null },
      { code: 0, signal: null },
    ]);
  });

  onUnix.each([
    ['SIGTERM', 0],
    ['SIGINT', 130],
  ] as const)('ends on %s with exit code %i', async (signal, code) => {
    const { child, stderr } = await startServer();
    const ended = exit(child);
    child.kill(signal);
    expect(await ended).toEqual({ code, signal: null });
    expect(stderr()).toBe('');
  });

  it('says in one line that its port is in use', async () => {
    const { port } = await startServer();
    const second = start(['--host', '127.0.0.1', '--port', String(port)]);
    expect(await exit(second.child)).toEqual({ code: 1, signal: null });
    expect(second.stderr()).toMatch(new RegExp(`^hellohaybye-server: Port ${port} is in use\\. .+\\n$`));
  });

  it.each([
    [['--port', 'many'], 2, /^hellohaybye-server: --port has to be a port .+\n$/],
    [['--nonsense'], 2, /^hellohaybye-server: unknown option '--nonsense'\n$/],
    [
      ['--host', '203.0.113.77', '--port', '0'],
      1,
      /^hellohaybye-server: 203\.0\.113\.77 is no address of this machine\. .+\n$/,
    ],
    [['--help'], 0, /^$/],
    [['--version'], 0, /^$/],
  ])('%j ends with exit code %i', async (args, code, stderr) => {
    const one = start(args);
    expect(await exit(one.child)).toEqual({ code, signal: null });
    expect(one.stderr()).toMatch(stderr);
  });

  it('takes its settings from the environment', async () => {
    const { port } = await startServer([], { HHB_SERVER_HOST: '127.0.0.1', HHB_SERVER_PORT: '0' });
    expect(port).not.toBe(5000);
  });
});

interface Running {
  child: ChildProcess;
  lines: string[];
  stderr: () => string;
}

function start(args: string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [server, ...args], { env: { ...process.env, ...env } });
  children.push(child);
  const lines: string[] = [];
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  return { child, lines, stderr: () => errors };
}

async function startServer(
  args = ['--host', '127.0.0.1', '--port', '0'],
  env = {},
): Promise<Running & { port: number }> {
  const running = start(args, env);
  const [line] = (await once(createInterface({ input: running.child.stdout! }), 'line')) as [string];
  return { ...running, port: (JSON.parse(line) as { port: number }).port };
}

/** A client in a process of its own: prints whom it sees, and ends with 7 when the server says goodbye. */
function startClient(port: number): { child: ChildProcess; line: Promise<string> } {
  const program = `
    import { connectSignaling, localCandidates } from ${JSON.stringify(clientModule)};
    const client = await connectSignaling({ url: 'ws://127.0.0.1:${port}', name: 'anna' });
    client.on('disconnected', ({ code }) => process.exit(code === 1001 ? 7 : 1));
    const tell = (other) => console.log(JSON.stringify({ self: client.name, other: other.name }));
    client.on('joined', tell);
    const media = { candidates: localCandidates(), ports: {}, streams: [] };
    const { participants } = await client.join('lobby', media);
    participants.forEach(tell);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const line = once(createInterface({ input: child.stdout! }), 'line').then(([text]) => text as string);
  return { child, line };
}

async function exit(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  // 'close' comes when the output has been read to its end.
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}
