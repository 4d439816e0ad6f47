import { join } from 'node:path';
import { expect } from 'vitest';
import { root, type Running } from './cli.js';
import type { Host } from './namespaces.js';
import { received, type Result } from './result.js';

/** Pictures a second of who is here by `participant`. */
export const fps = 15;

/** Somebody by the name of their host: small pictures and a tone, shown and played nowhere, and a result as JSON. */
export const participant = (
  host: Host,
  state: string,
  args: string[],
  env: Record<string, string> = {},
): Running =>
  host.start(process.execPath, [cli, ...args, '--name', host.name, ...flags], {
    env: { XDG_STATE_HOME: join(state, host.name), ...env },
  });

/** Joins at a server, and is in. */
export async function joinAt(server: string, host: Host, state: string): Promise<Running> {
  const call = participant(host, state, ['join', '--server', `ws://${server}:5000`]);
  await call.printed(new RegExp(`You are ${host.name}`));
  return call;
}

/** A signaling server on a host, that listens there. */
export async function serveOn(host: Host, address = '0.0.0.0'): Promise<Running> {
  const server = host.start(process.execPath, [serverBin, '--host', address]);
  await server.printed(/listening/, 'stdout');
  return server;
}

/** Pictures of somebody come from now on: for so many lines of status in a row. */
export const sees = (call: Running, name: string, times = 1): Promise<unknown> => {
  const so = call.stderr.length;
  return call.printed(new RegExp(`^[^]{${so}}([^]*${name}: +1\\d fps){${times}}`));
};

/** These leave a call. */
export async function leave(...calls: Running[]): Promise<void> {
  for (const call of calls) call.signal('SIGINT');
  for (const call of calls) await call.exited;
}

/** Anna and Ben leave their call, in which each has seen and heard the other. */
export async function leaveSeen(anna: Running, ben: Running): Promise<void> {
  await leave(anna, ben);
  for (const one of [
    received(anna.json as Result, 'anna', 'ben'),
    received(ben.json as Result, 'ben', 'anna'),
  ]) {
    expect(one.video.frames).toBeGreaterThan(10);
    expect(one.audio.packets).toBeGreaterThan(50);
  }
}

const cli = join(root, 'apps/cli/bin/hellohaybye.js');
const serverBin = join(root, 'apps/server/bin/hellohaybye-server.js');
const flags = [
  ...['--view', 'none', '--speaker', 'none', '--json', '--verbose'],
  ...['--video', 'test', '--audio', 'tone', '--size', '160x120', '--fps', String(fps)],
];
