import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** A screen of a test's own. */
export interface Xvfb {
  /** What goes into DISPLAY, for example `:3`. */
  display: string;
  /** Ends the X server. */
  stop(): Promise<void>;
}

/** Starts an X server without a monitor, 24 bits deep, on a display number that is free. */
export async function startXvfb(size: { width: number; height: number }): Promise<Xvfb> {
  // With -displayfd the server picks the number itself and writes it once it is ready.
  const server = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', `${size.width}x${size.height}x24`, '-nolisten', 'tcp'],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const ended = once(server, 'exit');
  let said = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const number = await Promise.race([firstLine(server.stdio[3] as Readable), ended.then(() => undefined)]);
  if (number === undefined) throw new Error(`Xvfb did not start: ${said}`);
  const stop = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) server.kill();
    await ended;
  };
  return { display: `:${number}`, stop };
}

async function firstLine(stream: Readable): Promise<string | undefined> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    text += chunk as string;
    if (text.includes('\n')) return text.trim();
  }
  return undefined;
}
