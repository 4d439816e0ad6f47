import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { statusLine } from '../call-session.js';
import { openImpairedNetwork, type ImpairedNetwork } from '../demo/impaired-network.js';
import { impairments, type ImpairmentName } from '../demo/impairments.js';
import { addDemoParticipant } from '../demo/participant.js';
import { ParticipantProcess } from '../demo/participant-process.js';
import { demoResult, summarise } from '../demo/result.js';
import { exitCodes } from '../exit-codes.js';
import { interrupted, waitFor, watchInterruption } from '../interruption.js';
import { invocationOf, withCommonOptions, withSettings, type Invocation } from '../program.js';
import { callOptions } from '../settings/call-options.js';
import { openTerminal, printable, printResult, type Terminal } from '../terminal.js';
import { participantSettings } from './join.js';

export function addDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('a call between two participants on this machine')
    .action(async () => demo(invocationOf(command)));
  withSettings(withCommonOptions(command), [...participantSettings, 'impair']);
  addDemoParticipant(program);
}

/** All of the demo stays on this machine. */
const loopback = '127.0.0.1';

async function demo(invocation: Invocation): Promise<void> {
  const { duration, json, settings } = invocation;
  const interruption = watchInterruption();
  const { signal } = interruption;
  const { impair } = settings.values;
  const terminal = openTerminal();
  const { startSignalingServer } = await import('@hellohaybye/signaling/server');
  const server = await startSignalingServer({ host: loopback, port: 0 });
  const participants = startParticipants(invocation, server.url, terminal);
  const network = impair && putBetween(participants, impair);
  try {
    terminal.say('Two participants are calling each other on this machine. Ctrl-C ends the call.');
    if (impair) terminal.say(`The network between them is ${impair}.`);
    const failure = Promise.all(participants.map(({ failure }) => failure));
    const everybodyIn = Promise.all([network, ...participants.map(({ accompanied }) => accompanied)]);
    await Promise.race([everybodyIn, waitFor(undefined, signal, failure)]).catch((error: unknown) => {
      // Ctrl-C reaches the participants as well, and ends those that have hardly begun.
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) throw interrupted();
    const started = performance.now();
    // Who hangs up in the page ends the demo.
    const hungUp = Promise.race(participants.map((participant) => participant.failure));
    await Promise.race([waitFor(duration && duration * 1000, signal, failure), hungUp]);
    const durationS = Math.round(performance.now() - started) / 1000;
    const result = demoResult(
      await Promise.all(participants.map((participant) => participant.leave())),
      durationS,
      impair,
    );
    terminal.status([]);
    if (json) printResult(result);
    else for (const line of summarise(result)) terminal.say(printable(line));
    process.exitCode = interruption.exitCode() || (result.ok ? exitCodes.done : exitCodes.failed);
  } finally {
    await Promise.allSettled(participants.map((participant) => participant.leave()));
    await network?.then((opened) => opened.close()).catch(() => undefined);
    await server.close();
  }
  if (settings.asked.size === 0 && !json)
    terminal.say('Call others on your network: hellohaybye join --help');
}

/** Puts a network between the two: each is told that the other is where its relay listens. */
async function putBetween(
  [first, second]: [ParticipantProcess, ParticipantProcess],
  impair: ImpairmentName,
): Promise<ImpairedNetwork> {
  const network = await openImpairedNetwork(await second.ports, impairments[impair]);
  first.announce(network.first);
  second.announce(network.second);
  return network;
}

/** The first participant uses this machine's devices where there are any, the second test sources. */
function startParticipants(
  { settings, verbose }: Invocation,
  server: string,
  terminal: Terminal,
): [ParticipantProcess, ParticipantProcess] {
  // Known to these two alone: the server that relays their keys can't read or replace them.
  const security = { secret: randomBytes(32).toString('base64url') };
  const place = { server, room: 'demo', mediaHost: loopback, security };
  const own = { ...callOptions(settings), ...place, fallbackAudio: 'tone' };
  const name = settings.values.name ?? 'you';
  const ports = { video: { port: 0, fallback: true }, audio: { port: 0, fallback: true } };
  const second = { ...own, name: 'test', video: 'test', audio: 'tone', speaker: 'none', page: false, ports };
  const announces = settings.values.impair !== undefined;
  const participants: [ParticipantProcess, ParticipantProcess] = [
    new ParticipantProcess({ call: { ...own, name }, announces, open: settings.values.open, verbose }),
    new ParticipantProcess({ call: second, announces, open: false, verbose }),
  ];
  const lines = new Map<number, string[]>();
  participants.forEach((participant, index) => {
    const receiver = index === 0 ? name : second.name;
    if (index === 0) participant.on('say', (line) => terminal.say(line));
    participant.on('status', (status) => {
      lines.set(
        index,
        status.map((peer) => statusLine(peer, `${printable(peer.name)} → ${printable(receiver)}`)),
      );
      // Both tell every second; one of them sets the pace.
      if (index === 0) terminal.status([0, 1].flatMap((which) => lines.get(which) ?? []));
    });
  });
  return participants;
}
