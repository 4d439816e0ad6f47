import { once } from 'node:events';
import type { Call } from '@hellohaybye/call';
import type { Command } from 'commander';
import { runSession, type SessionResult } from '../call-session.js';
import { interrupted, waitFor, watchInterruption } from '../interruption.js';
import { MeetingFinder, type Meeting } from '../meeting.js';
import { invocationOf, withCommonOptions, withSettings, type Invocation } from '../program.js';
import { callOptions } from '../settings/call-options.js';
import type { SettingName } from '../settings/schema.js';
import { openTerminal, printResult } from '../terminal.js';

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

async function join(room: string, { settings, duration, json, verbose }: Invocation): Promise<void> {
  const options = { ...callOptions(settings), room };
  const interruption = watchInterruption();
  const terminal = openTerminal();
  const { signal } = interruption;
  const { open } = settings.values;
  const finder = new MeetingFinder(settings, options.name);
  let meeting: Meeting | undefined;
  try {
    let result: SessionResult | undefined;
    meeting = await finder.find(signal);
    while (result === undefined) {
      const at = meeting;
      if (signal.aborted) throw interrupted();
      at.lines.forEach((line) => terminal.say(line));
      // Only who hosts has a use for what is heard later.
      if (!at.hosted) await finder.close();
      const call = { ...options, server: at.url };
      const moving = new AbortController();
      let next: Promise<Meeting | undefined> = Promise.resolve(undefined);
      const onStarted = (started: Call) => {
        finder.remember(at);
        next = moveWhenAlone(started, at, finder, moving);
      };
      const ending = AbortSignal.any([signal, moving.signal]);
      const session = { call, terminal, keys: terminal, open, verbose, duration, signal: ending, onStarted };
      const ended = await runSession(session).finally(() => moving.abort());
      const better = moving.signal.reason === elsewhere && !signal.aborted ? await next : undefined;
      if (!better) result = ended;
      else {
        await at.hosted?.close();
        meeting = better;
      }
    }
    if (json) printResult({ ok: true, ...result });
  } finally {
    await finder.close();
    await meeting?.hosted?.close();
  }
  process.exitCode = interruption.exitCode();
}

/**
 * Two servers may be hosted where there was one network and then two, or the other way round. While nobody has come
 * to ours, and there is one to be preferred, we go there.
 */
async function moveWhenAlone(
  call: Call,
  { hosted }: Meeting,
  finder: MeetingFinder,
  moving: AbortController,
): Promise<Meeting | undefined> {
  while (hosted?.announced) {
    const better = await finder.better(hosted.announced, moving.signal);
    if (!better) break;
    if (call.others.length === 0) {
      moving.abort(elsewhere);
      return better;
    }
    await Promise.race([once(call, 'left'), waitFor(undefined, moving.signal)]);
  }
  return undefined;
}

const elsewhere = Symbol('there is a better server');
