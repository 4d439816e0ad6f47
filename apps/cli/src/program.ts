import { CommanderError, InvalidArgumentError, type Command } from 'commander';
import { HhbError } from '@hellohaybye/core';
import { loadSettings, type LoadedSettings } from './settings/load.js';
import { checkMediaHost } from './settings/media-host.js';
import { settings, type SettingName } from './settings/schema.js';

/** What every command is given. */
export interface Invocation {
  settings: LoadedSettings;
  /** Seconds; until the end or Ctrl-C when left out. */
  duration: number | undefined;
  json: boolean;
  verbose: boolean;
}

/** Options every command understands. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--duration <seconds>', 'end after this time, counted from when everybody is in', positiveSeconds)
    .option(...jsonOption)
    .option('--config <file>', 'read settings from this file')
    .option(...verboseOption);
}

/** Options of commands that only look something up or write it down, and have no settings. */
export function withJson(command: Command): Command {
  return command.option(...jsonOption).option(...verboseOption);
}

const jsonOption = ['--json', 'print one JSON object on stdout at the end'] as const;
const verboseOption = [
  '--verbose',
  'tell more: stack trace and cause of a failure, addresses that media goes to',
] as const;

/** Adds the flags of some settings to a command. Their values are checked together, with all the others. */
export function withSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { flag, help, default: fallback } = settings[name];
    const shown =
      fallback === undefined || typeof fallback === 'boolean' ? help : `${help} (default: ${fallback})`;
    command.option(flag, shown);
  }
  return command;
}

/**
 * Reads the options of a command that was called.
 * @throws HhbError `bad-settings`
 */
export function invocationOf(command: Command): Invocation {
  const options = command.opts<{ duration?: number; json?: boolean; verbose?: boolean; config?: string }>();
  const typed = Object.entries(options).filter(([name]) => command.getOptionValueSource(name) === 'cli');
  const loaded = loadSettings({
    flags: Object.fromEntries(typed),
    env: process.env,
    config: options.config,
    workingFolder: process.cwd(),
  });
  checkMediaHost(loaded.values.mediaHost);
  return {
    settings: loaded,
    duration: options.duration,
    json: options.json === true,
    verbose: options.verbose === true,
  };
}

function positiveSeconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 2e6)) {
    // Timers take no more than 2^31 milliseconds.
    throw new InvalidArgumentError('It must be a number of seconds above 0, and at most 2000000.');
  }
  return value;
}

/** Whether an error means that the command line or the settings are wrong, so that nothing was tried. */
export const isUsageError = (error: unknown): boolean =>
  error instanceof CommanderError
    ? error.exitCode !== 0
    : error instanceof HhbError && usageCodes.has(error.code);

const usageCodes = new Set([
  'bad-settings',
  'bad-source',
  'bad-option',
  'bad-server-url',
  'bad-name',
  'bad-room',
  'bad-address',
  'bad-invitation-link',
  'bad-ports',
  'bad-size',
  'leaves-machine',
  'usage',
]);
