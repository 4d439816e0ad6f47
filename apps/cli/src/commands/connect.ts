import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Call } from '@hellohaybye/call';
import type { Command } from 'commander';
import { runSession } from '../call-session.js';
import { checkHost, hostInUrl, reach, shouldMove } from '../direct.js';
import { interrupted, waitFor, watchInterruption } from '../interruption.js';
import { openCallSecurity } from '../people/call-security.js';
import { directCallLine } from '../people/direct-call-line.js';
import { invocationOf, withCommonOptions, withSettings, type Invocation } from '../program.js';
import { callOptions } from '../settings/call-options.js';
import { hostOf } from '../settings/media-host.js';
import { openTerminal, printable, printResult } from '../terminal.js';
import { participantSettings } from './join.js';

export function addConnect(program: Command): void {
  const command = program
    .command('connect [host]')
    .description('call one machine directly, without a server: run it on both, each naming the other')
    .action(async (host: string | undefined) => connect(host, invocationOf(command)));
  withSettings(withCommonOptions(command), ['signalingPort', ...participantSettings]);
}

async function connect(
  typed: string | undefined,
  { settings, duration, json, verbose }: Invocation,
): Promise<void> {
  const interruption = watchInterruption();
  const terminal = openTerminal();
  const { signal } = interruption;
  const host = checkHost(typed ?? (await askHost(signal)));
  const port = settings.values.signalingPort;
  const options = { ...callOptions(settings), room: 'direct' };
  const { open, onlyKnown } = settings.values;
  const security = openCallSecurity({ name: options.name, onlyKnown });
  const session = { security, terminal, keys: terminal, open, verbose, duration, untilTwo: true };
  const remote = () =>
    runSession({
      ...{ ...session, call: { ...options, server: `ws://${hostInUrl(host, port)}` }, signal },
      onStarted: () => terminal.say(directCallLine({ host: printable(host), port, onlyKnown })),
    });

  let result = (await reach(host, port)) && (await remote());
  if (!result) {
    terminal.say(
      `Nobody waits at ${printable(host)} yet: waiting here, on port ${port}, until they connect to this machine.`,
    );
    const { startSignalingServer } = await import('@hellohaybye/signaling/server');
    const server = await startSignalingServer({ host: options.mediaHost ?? '::', port });
    const moving = new AbortController();
    try {
      result = await runSession({
        ...session,
        call: { ...options, server: `ws://${hostInUrl(hostOf(options.mediaHost ?? '127.0.0.1'), port)}` },
        signal: AbortSignal.any([signal, moving.signal]),
        onStarted: (call) => {
          terminal.say(directCallLine({ host: undefined, port, onlyKnown }));
          void moveWhenAlone(call, { host, port }, moving);
        },
      });
    } finally {
      moving.abort();
      await server.close();
    }
    if (moving.signal.reason === other && !signal.aborted) result = await remote();
  }
  if (json) printResult({ ok: true, ...result });
  process.exitCode = interruption.exitCode();
}

const other = Symbol('the other end waits too');

/** While nobody has come, looks whether the other end has begun to wait as well; then one of the two must move. */
async function moveWhenAlone(
  call: Call,
  { host, port }: { host: string; port: number },
  moving: AbortController,
) {
  for (;;) {
    await waitFor(2000, moving.signal);
    if (moving.signal.aborted) return;
    if (call.others.length > 0) continue;
    const reached = await reach(host, port);
    if (reached && shouldMove(reached)) moving.abort(other);
  }
}

async function askHost(signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) return '127.0.0.1';
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // While it asks, the terminal hands Ctrl-C over as a key, and Ctrl-D as the end: no answer then.
  prompt.on('SIGINT', () => process.emit('SIGINT'));
  const closed = once(prompt, 'close').then(() => '');
  const asked = prompt.question('Address of the other machine [127.0.0.1]: ', { signal }).catch(() => '');
  const answer = await Promise.race([asked, closed]);
  prompt.close();
  if (signal.aborted) throw interrupted();
  return answer.trim() || '127.0.0.1';
}
