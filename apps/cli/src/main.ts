import { readFileSync } from 'node:fs';
import { isHhbError, messageOf } from '@hellohaybye/core';
import { Command, CommanderError } from 'commander';
import { addCall } from './commands/call.js';
import { addConnect } from './commands/connect.js';
import { addDemo } from './commands/demo.js';
import { addDevices } from './commands/devices.js';
import { addId } from './commands/id.js';
import { addJoin } from './commands/join.js';
import { addForget, addKnown, addTrust } from './commands/known.js';
import { addRtp } from './commands/rtp.js';
import { addWatch } from './commands/watch.js';
import { addWho } from './commands/who.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { takeInvitation, withoutSecrets } from './people/given-room.js';
import { isUsageError } from './program.js';
import { explain, printResult } from './terminal.js';

// Who reads may stop reading (`| head`); that ends neither a call nor this program.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('hellohaybye')
  .description('Face-to-face calls on a local network.')
  .version(version)
  .exitOverride()
  .showSuggestionAfterError()
  .configureOutput({
    outputError: (text, write) => write(withoutSecrets(text).replace(/^error: /, 'hellohaybye: ')),
  })
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 declined or busy, 4 unanswered, 130 after Ctrl-C, 143 after SIGTERM.',
  );

const commands = [
  ...[addDemo, addJoin, addCall, addWho, addConnect, addDevices, addWatch, addRtp],
  ...[addId, addKnown, addTrust, addForget],
];
// Whatever the command is: no program that it starts is to have the invitation.
const invitation = takeInvitation(process.env);
for (const add of commands) add(program, invitation);

try {
  await program.parseAsync();
} catch (error) {
  // Help and version are no failures; commander has printed them and its complaints by now.
  if (!(error instanceof CommanderError && error.exitCode === 0)) fail(error);
}
// Nothing that still waits, such as the connection to a server that never answers, keeps the program.
process.stderr.write('', () => process.stdout.write('', () => process.exit()));

function fail(error: unknown): void {
  const { argv } = process;
  if (!(error instanceof CommanderError)) {
    process.stderr.write(`${withoutSecrets(explain(error, argv.includes('--verbose')))}\n`);
  }
  if (argv.includes('--json')) {
    printResult({
      ok: false,
      error: { code: codeOf(error), message: withoutSecrets(messageOf(error)).replace(/^error: /, '') },
    });
  }
  // Whoever interrupts has set the exit code.
  if (isHhbError(error, 'interrupted')) return;
  process.exitCode = isUsageError(error) ? exitCodes.usage : exitCodeOf(error);
}

function exitCodeOf(error: unknown): ExitCode {
  if (isHhbError(error, 'call-declined') || isHhbError(error, 'call-busy')) return exitCodes.declined;
  return isHhbError(error, 'call-unanswered') ? exitCodes.unanswered : exitCodes.failed;
}

function codeOf(error: unknown): string {
  if (error instanceof CommanderError) return 'usage';
  return isHhbError(error) ? error.code : 'unexpected';
}
