import { readFileSync } from 'node:fs';
import { isHhbError, messageOf } from '@hellohaybye/core';
import { Command, CommanderError } from 'commander';
import { addConnect } from './commands/connect.js';
import { addDemo } from './commands/demo.js';
import { addDevices } from './commands/devices.js';
import { addJoin } from './commands/join.js';
import { addRtp } from './commands/rtp.js';
import { exitCodes } from './exit-codes.js';
import { isUsageError } from './program.js';
import { explain, printResult } from './terminal.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('hellohaybye')
  .description('Face-to-face calls on a local network.')
  .version(version)
  .exitOverride()
  .showSuggestionAfterError()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'hellohaybye: ')) })
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 after Ctrl-C, 143 after SIGTERM.',
  );

for (const add of [addDemo, addJoin, addConnect, addDevices, addRtp]) add(program);

try {
  await program.parseAsync();
} catch (error) {
  // commander has printed its own by now.
  if (!(error instanceof CommanderError)) {
    process.stderr.write(`${explain(error, process.argv.includes('--verbose'))}\n`);
    if (process.argv.includes('--json'))
      printResult({ ok: false, error: { code: codeOf(error), message: messageOf(error) } });
  }
  const failed = error instanceof CommanderError && error.exitCode === 0 ? exitCodes.done : exitCodes.failed;
  process.exitCode = isUsageError(error) ? exitCodes.usage : failed;
}

function codeOf(error: unknown): string {
  return isHhbError(error) ? error.code : 'unexpected';
}
