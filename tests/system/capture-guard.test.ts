import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { describeWith } from '../support/needs.js';
import { startPulse } from '../support/pulse.js';

const capture = pathToFileURL('packages/capture/dist/index.js').href;
const started: ChildProcess[] = [];

/** A program of its own that uses the built package. */
function program(body: string, env = process.env): ChildProcess & { said: () => string } {
  const script = `const { openVideo, openAudio } = await import(${JSON.stringify(capture)});\n${body}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env,
    // A process group like the one that a shell makes for a command.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return Object.assign(child, { said: () => text });
}

interface Running {
  pid: number;
  parent: number;
  command: string;
}

function processes(): Running[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return [];
      }
    });
}

const childrenOf = (pid: number | undefined): Running[] => processes().filter(({ parent }) => parent === pid);
const alive = (some: Running[]): Running[] => {
  const now = new Set(processes().map(({ pid }) => pid));
  return some.filter(({ pid }) => now.has(pid));
};

/** The kernel announces no foreign process's end: it is asked until it is so. */
async function until(condition: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); await pause(10)) {
    if (Date.now() > end) throw new Error(`Never happened: ${what}`);
  }
}

/** A server that takes connections and says nothing. */
async function silentServer(): Promise<{ url: string; connection: Promise<Socket>; close: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = once(server, 'connection').then(([socket]) => {
    (socket as Socket).on('error', () => {}).resume();
    return socket as Socket;
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/live`, connection, close: () => server.close() };
}

const sizes = '{ width: 64, height: 48, fps: 10, openTimeout: 60_000 }';
const sound = '{ sampleRate: 44100, channels: 1, chunkSamples: 1024 }';

afterEach(() => {
  for (const child of started.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

describe.skipIf(process.platform !== 'linux')('no source outlives its program', () => {
  it('not an ffmpeg that waits for a silent server, when the program is killed by SIGKILL', async () => {
    const server = await silentServer();
    const child = program(`await openVideo(${JSON.stringify(server.url)}, ${sizes});`);
    const socket = await server.connection;
    const children = childrenOf(child.pid);
    expect(children.some(({ command }) => command.includes('ffmpeg'))).toBe(true);
    expect(children.some(({ command }) => command.includes('guard.js'))).toBe(true);

    const closed = once(socket, 'close');
    child.kill('SIGKILL');
    await closed;
    await until(() => alive(children).length === 0, 'ffmpeg and the guard are gone');
    server.close();
  });

  it('nor when it exits without closing anything', async () => {
    const server = await silentServer();
    const child = program(
      `void openVideo(${JSON.stringify(server.url)}, ${sizes});
       process.on('SIGUSR2', () => process.exit(0));`,
    );
    const socket = await server.connection;
    const children = childrenOf(child.pid);
    const closed = once(socket, 'close');
    child.kill('SIGUSR2');
    await closed;
    await until(() => alive(children).length === 0, 'ffmpeg and the guard are gone');
    server.close();
  });

  it('keeps one guard for all sources, and does not keep the program running', async () => {
    const server = await silentServer();
    const child = program(`
      const source = await openVideo('test', ${sizes});
      const opening = [1, 2, 3].map(() => openVideo('${server.url}', { ...${sizes}, openTimeout: 500 }));
      const codes = (await Promise.allSettled(opening)).map(({ reason }) => reason.code);
      await source.close();
      console.log(codes.join(' '));
    `);
    await server.connection;
    const guards = childrenOf(child.pid).filter(({ command }) => command.includes('guard.js'));
    expect(guards).toHaveLength(1);
    const [code] = (await once(child, 'exit')) as [number];
    expect([code, child.said()]).toEqual([0, 'source-failed source-failed source-failed\n']);
    await until(() => alive(guards).length === 0, 'the guard is gone');
    server.close();
  });

  it('Ctrl-C reaches the whole process group, and no source calls that a loss', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).write('HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const child = program(`
      const source = await openVideo('test', { ...${sizes}, onNotice: (notice) => console.log(notice) });
      const waiting = openVideo('http://127.0.0.1:${(server.address() as AddressInfo).port}/', ${sizes})
        .catch((error) => console.log(error.code));
      process.on('SIGINT', async () => {
        setTimeout(async () => { await source.close(); console.log('left'); process.exit(0); }, 100);
      });
      console.log('ready');
    `);
    await Promise.all([once(server, 'connection'), until(() => child.said().includes('ready'), 'ready')]);
    const ffmpegs = childrenOf(child.pid).filter(({ command }) => command.includes('ffmpeg'));
    process.kill(-(child.pid as number), 'SIGINT');
    const [code] = await once(child, 'exit');
    expect([code, child.said()]).toEqual([0, 'ready\nleft\n']);
    await until(() => alive(ffmpegs).length === 0, 'ffmpeg is gone');
    server.close();
  });
});

describeWith(['pulseaudio', 'arecord'], 'no recorder outlives its program', () => {
  it('not an arecord on a silent microphone, when the program is killed by SIGKILL', async () => {
    const pulse = await startPulse();
    try {
      const child = program(`await openAudio('mic', ${sound}); console.log('open');`, pulse.env);
      await until(() => child.said().includes('open') || child.exitCode !== null, 'the microphone is open');
      const children = childrenOf(child.pid);
      expect(children.some(({ command }) => command.startsWith('arecord'))).toBe(true);
      child.kill('SIGKILL');
      await until(() => alive(children).length === 0, 'arecord and the guard are gone');
    } finally {
      await pulse.stop();
    }
  });
});
