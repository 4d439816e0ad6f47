import { randomBytes } from 'node:crypto';
import type { Call } from '@hellohaybye/call';
import { instanceOf } from '@hellohaybye/signaling/server';
import { accessToken } from '../settings/access-token.js';
import type { Command } from 'commander';
import { runSession } from '../call-session.js';
import { exitCodes } from '../exit-codes.js';
import { interrupted, waitFor, watchInterruption } from '../interruption.js';
import { MeetingKeeper } from '../meeting-keeper.js';
import { addressForOthers, MeetingFinder } from '../meeting.js';
import { openCallSecurity } from '../people/call-security.js';
import { exposureNote } from '../people/exposure-note.js';
import { invitationLines } from '../people/invitation-lines.js';
import { givenRoom, readInvitation, type GivenRoom } from '../people/given-room.js';
import { invocationOf, withCommonOptions, withSettings, type Invocation } from '../program.js';
import { callOptions, type FromSettings } from '../settings/call-options.js';
import type { LoadedSettings } from '../settings/load.js';
import type { SettingName } from '../settings/schema.js';
import { openTerminal, printResult, type Terminal } from '../terminal.js';

/** The settings of everything that makes a participant. */
export const participantSettings: SettingName[] = [
  ...(['name', 'video', 'audio', 'view', 'speaker', 'size', 'fps', 'quality', 'open'] as const),
  ...(['sampleRate', 'channels', 'audioFormat', 'chunkSamples', 'playoutDelay'] as const),
  ...(['videoPort', 'audioPort', 'maxPacketSize', 'mediaHost', 'ffmpeg'] as const),
  'onlyKnown',
];

/** @param invitation that of the environment, if there is one */
export function addJoin(program: Command, invitation: string | undefined): void {
  const command = program
    .command('join [room]')
    .description('join a room: everybody in it sees and hears everybody')
    .addHelpText(
      'after',
      '\nThe room: a name, or "-" to paste an invitation, which is read from the standard input; HHB_INVITATION may hold' +
        '\none where no room is named. As an argument, in quotes, it would stand in lists of processes and in histories.',
    )
    .action(async (room: string | undefined) => join(room, invocationOf(command), { invitation }));
  withSettings(withCommonOptions(command), [
    ...([
      'server',
      'tokenFile',
      'signalingPort',
      'tls',
      'hidden',
      'announceName',
      'discovery',
      'answer',
    ] as const),
    'private',
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

/**
 * Joins a room and stays in it until the time is over, Ctrl-C comes, or the guise says so.
 * @param invitation what counts where no room was typed
 */
export async function join(
  typed: string | undefined,
  { settings: loaded, duration, json, verbose }: Invocation,
  { invitation, guise }: { invitation?: string | undefined; guise?: Guise },
): Promise<void> {
  const interruption = watchInterruption();
  const { signal } = interruption;
  const exposed = exposureNote(typed, process.env);
  if (exposed !== undefined) process.stderr.write(`${exposed}\n`);
  const given = await roomOf(typed, { invitation, isPrivate: loaded.values.private }, signal);
  const settings = withServer(loaded, given.server);
  const fromSettings = callOptions(settings);
  const options = { ...(guise?.adapt(fromSettings) ?? fromSettings), room: given.room };
  const security = openCallSecurity({ ...given, name: options.name, onlyKnown: settings.values.onlyKnown });
  const terminal = openTerminal();
  const { open } = settings.values;
  const say = (line: string) => terminal.say(line);
  const instanceKey = randomBytes(16).toString('hex');
  const finder = new MeetingFinder(settings, options.name, instanceOf(instanceKey));
  const token = accessToken(settings, process.env);
  const waits = settings.values.server !== undefined;
  const keeper = new MeetingKeeper({ finder, say, waits, isGuarded: token.token !== undefined });
  const find = async (): Promise<string> => {
    // A private room has an invitation, which tells the pin: nothing of it need be in the clear.
    const { url, isHosted } = await keeper.find(signal, { tls: given.secret !== undefined });
    // Only who hosts has a use for what is heard later.
    if (!isHosted) await finder.close();
    return url;
  };
  // While it looks, everything else is opened.
  const server = find();
  try {
    const call = { ...options, ...token, server, instanceKey, locate: keeper.locate };
    const onStarted = (started: Call, url: string) => {
      finder.remember(url);
      keeper.follow(started);
      if (!guise) tellWhoCanJoin(given, url, terminal, settings.values.mediaHost);
      guise?.onStarted(started, terminal);
    };
    const until = guise ? AbortSignal.any([signal, guise.until]) : signal;
    const session = {
      ...{ call, security, terminal, keys: terminal, open, verbose, duration, signal: until, onStarted },
    };
    const result = await runSession(session);
    const more = (await guise?.finish()) ?? { ok: true };
    if (json) printResult({ ...more, ...result });
    if (!more.ok) process.exitCode = exitCodes.failed;
  } finally {
    await server.catch(() => undefined);
    await keeper.close();
    await finder.close();
  }
  process.exitCode = interruption.exitCode() || process.exitCode || exitCodes.done;
}

/** Who can join the room; to who made it secret, the invitation as well. */
function tellWhoCanJoin(
  { room, secret, server: invited }: GivenRoom,
  server: string,
  terminal: Terminal,
  only?: string,
): void {
  const colour = process.stderr.isTTY === true && !process.env['NO_COLOR'];
  const lines = invitationLines({ server, room, secret, address: addressForOthers(only), colour });
  if (invited === undefined) lines.forEach((line) => terminal.say(line));
  else terminal.say('private room: only who has the invitation can join');
}

/** What was given as the room, wherever it was given. */
async function roomOf(
  typed: string | undefined,
  { invitation, isPrivate }: { invitation: string | undefined; isPrivate: boolean },
  signal: AbortSignal,
): Promise<GivenRoom> {
  if (typed === '-') {
    if (process.stdin.isTTY) process.stderr.write('Paste the invitation, and press Enter:\n');
    const reading = readInvitation(process.stdin);
    const line = await Promise.race([reading, waitFor(undefined, signal)]);
    if (line === undefined) throw interrupted();
    return givenRoom(undefined, { invitation: line, isPrivate });
  }
  const given = givenRoom(typed, { invitation, isPrivate });
  // Where the system lets a program choose how it is listed, the secret stands in no list of processes from here on.
  if (typed !== undefined && given.server !== undefined) process.title = 'hellohaybye join';
  return given;
}

/** An invitation says where its room is, whatever the settings say. */
const withServer = (settings: LoadedSettings, server: string | undefined): LoadedSettings =>
  server === undefined ? settings : { ...settings, values: { ...settings.values, server } };
