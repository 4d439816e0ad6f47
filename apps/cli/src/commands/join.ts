import { localCandidates } from '@hellohaybye/signaling/client';
import type { Command } from 'commander';
import { runSession } from '../call-session.js';
import { serverOfThisMachine } from '../hosting.js';
import { watchInterruption } from '../interruption.js';
import { invocationOf, withCommonOptions, withSettings, type Invocation } from '../program.js';
import { callOptions } from '../settings/call-options.js';
import type { SettingName } from '../settings/schema.js';
import { openTerminal, printResult, type Terminal } from '../terminal.js';

/** The settings of everything that makes a participant. */
export const participantSettings: SettingName[] = [
  ...(['name', 'video', 'audio', 'view', 'speaker', 'size', 'fps', 'quality', 'open'] as const),
  ...(['sampleRate', 'channels', 'audioFormat', 'chunkSamples', 'playoutDelay'] as const),
  ...(['videoPort', 'audioPort', 'maxPacketSize', 'mediaHost', 'ffmpeg'] as const),
];

export function addJoin(program: Command): void {
  const command = program
    .command('join [room]')
    .description('join a room: everybody in it sees and hears everybody')
    .action(async (room: string | undefined) => join(room ?? 'lobby', invocationOf(command)));
  withSettings(withCommonOptions(command), ['server', 'signalingPort', ...participantSettings]);
}

async function join(room: string, { settings, duration, json, verbose }: Invocation): Promise<void> {
  const options = { ...callOptions(settings), room };
  const interruption = watchInterruption();
  const terminal = openTerminal();
  const { signal } = interruption;
  const { server, signalingPort: port, open } = settings.values;
  const hosted = server === undefined ? await serverOfThisMachine(port, options.mediaHost) : undefined;
  try {
    const call = { ...options, ...(hosted && { server: hosted.url }) };
    const onStarted = () => hosted?.ours && sayHosting(terminal, port, options.mediaHost);
    const result = await runSession({ call, terminal, open, verbose, duration, signal, onStarted });
    if (json) printResult({ ok: true, ...result });
  } finally {
    await hosted?.close();
  }
  process.exitCode = interruption.exitCode();
}

function sayHosting(terminal: Terminal, port: number, only: string | undefined): void {
  terminal.say(
    `No server ran on this machine: this process hosts one on port ${port} for as long as it lives.`,
  );
  const isLan = (address: string) => address !== '127.0.0.1' && (only === undefined || address === only);
  const here = localCandidates().find(({ family, address }) => family === 4 && isLan(address));
  if (here) terminal.say(`Other machines join with --server ws://${here.address}:${port}`);
}
