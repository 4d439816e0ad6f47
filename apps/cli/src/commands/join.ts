import { randomBytes } from 'node:crypto';
import type { Call } from '@hellohaybye/call';
import { instanceOf } from '@hellohaybye/signaling/server';
import type { Command } from 'commander';
import { runSession } from '../call-session.js';
import { exitCodes } from '../exit-codes.js';
import { interrupted, watchInterruption } from '../interruption.js';
import { MeetingKeeper } from '../meeting-keeper.js';
import { MeetingFinder } from '../meeting.js';
import { invocationOf, withCommonOptions, withSettings, type Invocation } from '../program.js';
import { callOptions, type FromSettings } from '../settings/call-options.js';
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
  withSettings(withCommonOptions(command), [
    ...(['server', 'signalingPort', 'hidden', 'announceName', 'discovery', 'answer'] as const),
    ...participantSettings,
  ]);
}

/** What a command does otherwise that joins a room as `join` does. */
export interface Guise {
  /** Turns the options that the settings make into those of the call. */
  adapt(options: FromSettings): FromSettings;
  /** The call is in the room. */
  onStarted(call: Call, terminal: Terminal): void;
  /** Ends the call. */
  until: AbortSignal;
  /** The call is over. @returns more for the result; `ok: false` fails */
  finish(): Promise<{ ok: boolean }>;
}

/** Joins a room and stays in it until the time is over, Ctrl-C comes, or the guise says so. */
export async function join(room: string, invocation: Invocation, guise?: Guise): Promise<void> {
  const { settings, duration, json, verbose } = invocation;
  const fromSettings = callOptions(settings);
  const options = { ...(guise?.adapt(fromSettings) ?? fromSettings), room };
  const interruption = watchInterruption();
  const terminal = openTerminal();
  const { signal } = interruption;
  const { open, server } = settings.values;
  const say = (line: string) => terminal.say(line);
  const instanceKey = randomBytes(16).toString('hex');
  const finder = new MeetingFinder(settings, options.name, instanceOf(instanceKey));
  const keeper = new MeetingKeeper({ finder, say, waits: server !== undefined });
  try {
    const { url, lines, hosted } = await finder.find(signal);
    keeper.hold(hosted);
    if (signal.aborted) throw interrupted();
    lines.forEach(say);
    // Only who hosts has a use for what is heard later.
    if (!hosted) await finder.close();
    const call = { ...options, server: url, instanceKey, locate: keeper.locate };
    const onStarted = (started: Call) => {
      finder.remember(url);
      keeper.follow(started);
      guise?.onStarted(started, terminal);
    };
    const until = guise ? AbortSignal.any([signal, guise.until]) : signal;
    const session = { call, terminal, keys: terminal, open, verbose, duration, signal: until, onStarted };
    const result = await runSession(session);
    const more = (await guise?.finish()) ?? { ok: true };
    if (json) printResult({ ...more, ...result });
    if (!more.ok) process.exitCode = exitCodes.failed;
  } finally {
    await keeper.close();
    await finder.close();
  }
  process.exitCode = interruption.exitCode() || process.exitCode || exitCodes.done;
}
