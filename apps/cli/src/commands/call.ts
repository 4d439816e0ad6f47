import { randomBytes } from 'node:crypto';
import type { Call } from '@hellohaybye/call';
import { HhbError, isHhbError } from '@hellohaybye/core';
import { instanceOf } from '@hellohaybye/signaling/client';
import { accessToken } from '../settings/access-token.js';
import type { Command } from 'commander';
import { runSession } from '../call-session.js';
import { interrupted, watchInterruption } from '../interruption.js';
import { MeetingKeeper } from '../meeting-keeper.js';
import { MeetingFinder } from '../meeting.js';
import { openCallSecurity } from '../people/call-security.js';
import { invocationOf, withCommonOptions, withSettings, type Invocation } from '../program.js';
import { callOptions } from '../settings/call-options.js';
import { openTerminal, printResult } from '../terminal.js';
import { participantSettings } from './join.js';

export function addCall(program: Command): void {
  const command = program
    .command('call <name...>')
    .description('call people by name: it rings where they are in "hellohaybye join"')
    .action(async (names: string[]) => callPeople(names, invocationOf(command)));
  withSettings(withCommonOptions(command), [
    ...(['server', 'tokenFile', 'signalingPort', 'tls', 'hidden', 'announceName', 'discovery'] as const),
    ...participantSettings,
  ]);
}

async function callPeople(names: string[], { settings, duration, json, verbose }: Invocation): Promise<void> {
  const options = { ...callOptions(settings), room: names.join(', ').slice(0, 64) };
  const security = openCallSecurity({ name: options.name, onlyKnown: settings.values.onlyKnown });
  const interruption = watchInterruption();
  const terminal = openTerminal();
  const { signal } = interruption;
  const say = (line: string) => terminal.say(line);
  const instanceKey = randomBytes(16).toString('hex');
  const finder = new MeetingFinder(settings, options.name, instanceOf(instanceKey));
  const token = accessToken(settings, process.env);
  const waits = settings.values.server !== undefined;
  const keeper = new MeetingKeeper({ finder, say, waits, isGuarded: token.token !== undefined });
  // While it looks, everything else is opened, but for what is not needed before it rings.
  const server = keeper.find(signal).then(({ url }) => url);
  let hasRung = () => {};
  const rung = new Promise<void>((resolve) => (hasRung = resolve));
  try {
    const call = { ...options, ...token, server, instanceKey, locate: keeper.locate, sourcesAfter: rung };
    const { open } = settings.values;
    const session = { call, security, terminal, keys: terminal, open, verbose, duration, signal };
    const result = await runSession({
      ...session,
      enter: async (started, until) => {
        terminal.say(`Calling ${names.join(', ')}.`);
        keeper.follow(started);
        await reachSomebody(started, names, { until, hasRung });
        finder.remember(await server);
      },
    });
    if (json) printResult({ ok: true, ...result });
  } finally {
    await server.catch(() => undefined);
    await keeper.close();
    await finder.close();
  }
  process.exitCode = interruption.exitCode();
}

/**
 * Calls people, until the first of them is there.
 * @throws HhbError `nobody-there`, `call-declined`, `call-busy`, `call-unanswered`, `interrupted`
 */
async function reachSomebody(
  call: Call,
  names: string[],
  { until, hasRung }: { until: AbortSignal; hasRung: () => void },
): Promise<void> {
  const failures: HhbError[] = [];
  const over = new Promise<void>((resolve, reject) => {
    const fail = () =>
      reject(failures.find(({ code }) => code !== 'call-unanswered') ?? failures[0] ?? unanswered());
    call.once('joined', () => resolve());
    call.on('ended', ({ invitation, direction, outcome, reason }) => {
      if (direction !== 'outgoing' || outcome === 'accepted') return;
      failures.push(failureOf(invitation.to.name, outcome, reason));
      if (call.room === undefined) fail();
    });
    call.on('removed', fail);
    until.addEventListener('abort', () => reject(interrupted()));
  });
  over.catch(() => undefined);
  try {
    await call.invite(names);
  } catch (error) {
    if (failures.length === 0) throw await explained(error, call);
  } finally {
    hasRung();
  }
  await over;
}

/** Names who is there, for who asked for somebody who is not. */
async function explained(error: unknown, call: Call): Promise<unknown> {
  if (!isHhbError(error, 'nobody-there')) return error;
  const { people } = await call.who();
  const others = people.filter(({ instance }) => instance !== call.instance).map(({ name }) => name);
  const hint = others.length === 0 ? 'Nobody else is connected' : `Connected: ${others.join(', ')}`;
  return new HhbError(error.code, error.message, { hint, cause: error });
}

function failureOf(name: string, outcome: string, reason: string | undefined): HhbError {
  if (outcome === 'declined') {
    return new HhbError('call-declined', `${name} declined${reason === undefined ? '' : `: ${reason}`}`);
  }
  if (outcome === 'busy') return new HhbError('call-busy', `${name} is in another call`);
  return unanswered(name);
}

const unanswered = (name = 'Nobody'): HhbError =>
  new HhbError('call-unanswered', name === 'Nobody' ? 'Nobody answered' : `${name} did not answer`);
