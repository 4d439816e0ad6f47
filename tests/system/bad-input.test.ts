import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { emptyFolder, hellohaybye, quiet, startServer, type RunOptions } from '../support/cli.js';

const closing: (() => unknown)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** Runs to the end: exactly these lines on stderr, nothing on stdout, this exit code. */
async function refused(
  args: string[],
  code: number,
  lines: RegExp[],
  options: RunOptions = {},
): Promise<void> {
  const program = hellohaybye(args, options);
  const { code: exitCode } = await program.exited;
  const printed = program.stderr.trim().split('\n');
  expect(printed, program.stderr).toHaveLength(lines.length);
  lines.forEach((line, index) => expect(printed[index]).toMatch(line));
  expect(program.stderr).not.toMatch(/^\s+at /m);
  expect(program.stdout).toBe('');
  expect(exitCode).toBe(code);
}

/** The same with a server there, so that it is not the server that is missing. */
async function joinRefused(args: string[], code: number, line: RegExp): Promise<void> {
  const { url } = await startServer();
  await refused(['join', '--server', url, ...quiet, ...args], code, [line]);
}

describe('bad input gets one clear line and the right exit code:', () => {
  it('an unknown camera', () =>
    joinRefused(['--video', 'camera:nowhere'], 1, /camera nowhere was not found/i));

  it('a file that is not there', () =>
    joinRefused(['--video', 'file:no-such.mp4'], 1, /no file no-such\.mp4/));

  it('a Windows path is a file, not a URL', () =>
    joinRefused(['--video', 'C:\\x.mp4'], 1, /no file C:\\x\.mp4/));

  it('a URL that is no media', async () => {
    const server = createServer((_, response) => response.end('hello, this is a text and no media\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    await joinRefused(
      ['--video', `http://127.0.0.1:${port}/x`],
      1,
      /127\.0\.0\.1:\d+\/x (is no media|holds no)/i,
    );
  });

  it('a source that is none', () => refused(['join', '--video', 'flux', ...quiet], 2, [/flux/]));

  it('an ffmpeg that is missing', () =>
    joinRefused(
      ['--video', 'file:package.json', '--ffmpeg', '/no/such/ffmpeg'],
      1,
      /ffmpeg.*\/no\/such\/ffmpeg/i,
    ));

  it('an unreachable server', () =>
    refused(['join', '--server', 'ws://127.0.0.1:9', '--video', 'none', '--audio', 'none', ...quiet], 1, [
      /127\.0\.0\.1, port 9/,
    ]));

  it('a room name of 10 kB', async () => {
    const { url } = await startServer();
    await refused(
      ['join', 'x'.repeat(10_240), '--server', url, '--video', 'none', '--audio', 'none', ...quiet],
      2,
      [/room.*64/i],
    );
  });

  it('a media port in use that was asked for', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    closing.push(() => socket.close());
    const { port } = socket.address();
    await joinRefused(
      ['--video', 'none', '--video-port', `${port}`],
      1,
      new RegExp(`port ${port} .*UDP.*in use`, 'i'),
    );
  });

  it('a config file with three mistakes has all three named', async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, 'hellohaybye.config.json'), '{"fps": "many", "colour": "red", "quality": 0}');
    const where = 'hellohaybye\\.config\\.json: ';
    const lines = [
      new RegExp(`${where}colour: no such setting`),
      new RegExp(`${where}fps: "many"`),
      new RegExp(`${where}quality: 0 must be at least 1`),
    ];
    await refused(['join'], 2, lines, { cwd });
  });

  it.each([
    [['join', '--nonsense'], /unknown option '--nonsense'/],
    [['jion'], /unknown command 'jion'.*/],
    [['join', '--duration', 'long'], /--duration/],
    [['join', '--fps', '0'], /--fps: "0" must be at least 1/],
    [['connect', 'http://x/'], /"http:\/\/x\/" is no host name/],
    [['rtp', 'send', '--to', '127.0.0.1:5004', '--sdp', 'x.sdp', '--audio-port', '5005'], /too close/],
  ])('%j', async (args, line) => {
    const program = hellohaybye(args, { cwd: emptyFolder() });
    expect(await program.exited).toMatchObject({ code: 2 });
    expect(program.stderr).toMatch(line);
    expect(program.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(program.stdout).toBe('');
  });

  it('a stack trace only with --verbose', async () => {
    const program = hellohaybye(['join', '--verbose', '--video', 'file:no-such.mp4', ...quiet]);
    expect(await program.exited).toMatchObject({ code: 1 });
    expect(program.stderr).toMatch(/^\s+at /m);
  });
});
