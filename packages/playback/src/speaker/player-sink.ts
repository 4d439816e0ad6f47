import { spawn } from 'node:child_process';
import { messageOf } from '@hellohaybye/core';
import type { Player } from './players.js';
import type { Sink, SinkEvents } from './sink.js';

/** How long the last samples may take to play out when a sink is closed, milliseconds. */
const CLOSE_MS = 300;

/** Starts a player. Whether it plays shows in its events. */
export function openPlayerSink(player: Player, env: NodeJS.ProcessEnv, events: SinkEvents): Sink {
  const child = spawn(player.command, player.args, {
    env: { ...env, ...player.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // In a group of its own, so that Ctrl-C does not end it before we have said goodbye.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const read = player.read();
  let said = '';
  let ended = false;
  let closing = false;

  const output = { stdout: child.stdout, stderr: child.stderr };
  output[player.reports].setEncoding('utf8').on('data', (chunk: string) => {
    const report = read(chunk);
    if (report.position !== undefined) events.onPosition(report.position);
    else if (report.alive) events.onAlive();
    if (report.underrun) events.onUnderrun();
  });
  output.stdout.resume();
  output.stderr.setEncoding('utf8').on('data', (chunk: string) => (said = (said + chunk).slice(-2000)));
  // A write to a player that is just ending fails; its end tells all there is to tell.
  child.stdin.on('error', () => {});

  const exited = new Promise<void>((resolve) => {
    const end = (reason: string) => {
      if (ended) return;
      ended = true;
      resolve();
      if (!closing) events.onEnd(reason);
    };
    child.once('error', (error) => end(messageOf(error)));
    child.once('close', (code, signal) => end(reasonOf(code, signal, said)));
  });

  return {
    label: player.name,
    lead: player.lead,
    freeRunning: player.freeRunning,
    catchUp: false,
    write(samples) {
      if (ended || child.stdin.destroyed) return;
      child.stdin.write(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    },
    async close() {
      closing = true;
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Why a player ended, in one line: its last words that are no report, or how it went. */
function reasonOf(code: number | null, signal: NodeJS.Signals | null, said: string): string {
  const words = said
    .split(/[\r\n]+/)
    .map((line) => line.replace(/\x1b\[[\d;]*\w/g, '').trim())
    .filter((line) => /[a-z]{3}/i.test(line) && !/^Time: |M-A:|nan|\| \d+%|^\w+\s*: /.test(line));
  const last = words.at(-1);
  const how = signal ? `ended by ${signal}` : `exit code ${code}`;
  return last ? `${how}: ${last.slice(0, 200)}` : how;
}
