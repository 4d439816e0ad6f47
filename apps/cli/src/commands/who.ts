import { HhbError } from '@hellohaybye/core';
import { shownUrl } from '@hellohaybye/signaling';
import { connectSignaling, type People } from '@hellohaybye/signaling/client';
import type { Command } from 'commander';
import { interrupted, waitFor, watchInterruption } from '../interruption.js';
import { MeetingFinder } from '../meeting.js';
import { invocationOf, withCommonOptions, withSettings, type Invocation } from '../program.js';
import { callOptions } from '../settings/call-options.js';
import { accessToken } from '../settings/access-token.js';
import { openTerminal, printable, printResult } from '../terminal.js';

export function addWho(program: Command): void {
  const command = program
    .command('who')
    .description('who is connected to the server, and in which rooms')
    .option(
      '--watch',
      'go on telling whenever somebody comes, goes or changes; with --json an object each time',
    )
    .action(async (options: { watch?: boolean }) => who(options.watch === true, invocationOf(command)));
  withSettings(withCommonOptions(command), [
    ...(['server', 'tokenFile', 'signalingPort', 'discovery', 'mediaHost', 'name'] as const),
  ]);
}

async function who(watch: boolean, { settings, duration, json }: Invocation): Promise<void> {
  const interruption = watchInterruption();
  const { signal } = interruption;
  const terminal = openTerminal();
  const { name } = callOptions(settings);
  const token = accessToken(settings, process.env);
  const finder = new MeetingFinder(settings, name, '');
  const meeting = await finder.findExisting(signal).finally(() => finder.close());
  if (signal.aborted) throw interrupted();
  finder.passedOver.forEach((line) => terminal.say(line));
  if (!meeting) throw new HhbError('server-not-found', 'There is no signaling server', { hint: 'Start one with "hellohaybye join", or say where it is with --server' }); // prettier-ignore
  const client = await connectSignaling({ url: meeting.url, name, ...token });
  try {
    const show = ({ people, rooms }: People) => {
      const others = people.filter(({ instance }) => instance !== client.instance);
      if (json) printResult({ ok: true, server: shownUrl(meeting.url), people: others.map(personOf), rooms });
      else linesOf({ people: others, rooms }).forEach((line) => terminal.say(printable(line)));
    };
    client.on('invited', ({ id }) => void client.decline(id, 'takes no calls').catch(() => undefined));
    show(await client.who({ watch }));
    if (!watch) return;
    client.on('people', show);
    client.on('disconnected', ({ reason }) => terminal.say(`note: lost the server (${printable(reason)})`));
    await waitFor(duration && duration * 1000, signal);
  } finally {
    await client.close();
    process.exitCode = interruption.exitCode();
  }
}

const personOf = ({ name, room, state }: People['people'][number]) => ({ name, room, ...state });

/** `anna  lobby  muted`, a line each; `Nobody is here.` */
function linesOf({ people, rooms }: People): string[] {
  const inRooms = rooms.map(({ name, people: count }) => `${name} (${count})`);
  return [
    people.length === 0 ? 'Nobody is here.' : 'Here:',
    ...people.map(({ name, room, state: { busy, away } }) =>
      ['', name, room ?? (busy ? 'in a call' : 'in no room'), away ? 'away' : ''].join('  ').trimEnd(),
    ),
    ...(rooms.length === 0 ? [] : [`Rooms: ${inRooms.join(', ')}`]),
  ];
}
