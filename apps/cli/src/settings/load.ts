import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HhbError, messageOf } from '@hellohaybye/core';
import { shownUrl } from '@hellohaybye/signaling';
import envPaths from 'env-paths';
import { closest, distance } from 'fastest-levenshtein';
import { flagOf, settings, variableOf, type SettingName, type Settings } from './schema.js';

const fileName = 'hellohaybye.config.json';

/** Where settings come from. All of it is handed in, so that a test can. */
export interface SettingSources {
  /** What was given on the command line, by setting name. */
  flags: Record<string, unknown>;
  env: NodeJS.ProcessEnv;
  /** A configuration file to read instead of the usual ones. */
  config?: string | undefined;
  workingFolder: string;
}

/** The settings, and which of them somebody asked for by flag, variable or file. */
export interface LoadedSettings {
  values: Settings;
  asked: ReadonlySet<SettingName>;
}

interface Given {
  value: unknown;
  /** Where it was given, as the user knows it. */
  where: string;
}

/**
 * Flags over HHB_* variables over the configuration file over defaults.
 * @throws HhbError `bad-settings`, whose message has a line for each mistake
 */
export function loadSettings(sources: SettingSources): LoadedSettings {
  const mistakes: string[] = [];
  const given = new Map<SettingName, Given>([
    ...fromFile(sources, mistakes),
    ...fromVariables(sources.env, mistakes),
    ...fromFlags(sources.flags),
  ]);
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(settings) as SettingName[]) {
    const entry = given.get(name);
    if (entry === undefined) {
      values[name] = settings[name].default;
      continue;
    }
    const checked = settings[name].schema.safeParse(entry.value);
    if (checked.success) values[name] = checked.data;
    else mistakes.push(`${entry.where}: ${show(entry.value)} ${complaint({ ...checked.error.issues[0]! })}`);
  }
  if (mistakes.length > 0) throw new HhbError('bad-settings', mistakes.join('\n'));
  return { values: values as Settings, asked: new Set(given.keys()) };
}

function* fromFlags(flags: Record<string, unknown>): Iterable<[SettingName, Given]> {
  for (const name of Object.keys(settings) as SettingName[]) {
    if (flags[name] !== undefined) yield [name, { value: flags[name], where: flagOf(name) }];
  }
}

function* fromVariables(env: NodeJS.ProcessEnv, mistakes: string[]): Iterable<[SettingName, Given]> {
  const known = new Map((Object.keys(settings) as SettingName[]).map((name) => [variableOf(name), name]));
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('HHB_') || value === undefined || foreignVariables.test(variable)) continue;
    const name = known.get(variable);
    if (name) yield [name, { value, where: variable }];
    else mistakes.push(`${variable}: no such setting${suggest(variable, [...known.keys()])}`);
  }
}

/** Variables of the server and of the tests, and the invitation and the access token, which are no settings of a call. */
const foreignVariables = /^HHB_(SERVER_.+|REQUIRE_ALL|INVITATION|TOKEN)$/;

function fromFile({ config, workingFolder }: SettingSources, mistakes: string[]): [SettingName, Given][] {
  const usual = [
    join(workingFolder, fileName),
    join(envPaths('hellohaybye', { suffix: '' }).config, fileName),
  ];
  const file = config === undefined ? usual.find((path) => existsSync(path)) : resolve(workingFolder, config);
  if (file === undefined) return [];
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new HhbError('bad-settings', `${file}: ${messageOf(error)}`, { cause: error });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new HhbError('bad-settings', `${file}: must hold one JSON object, such as {"quality": 90}`);
  }
  return Object.entries(content).flatMap(([name, value]): [SettingName, Given][] => {
    if (Object.hasOwn(settings, name)) return [[name as SettingName, { value, where: `${file}: ${name}` }]];
    mistakes.push(`${file}: ${name}: no such setting${suggest(name, Object.keys(settings))}`);
    return [];
  });
}

const show = (value: unknown): string => JSON.stringify(hideToken(value))?.slice(0, 60) ?? String(value);

/** A url that is wrong may have a secret in it all the same. */
const hideToken = (value: unknown) => (typeof value === 'string' ? shownUrl(value) : value);

function complaint(issue: { code: string; message: string } & Record<string, unknown>): string {
  const { minimum, maximum } = issue;
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const bound = issue.code === 'too_small' ? `at least ${String(minimum)}` : `at most ${String(maximum)}`;
    if (issue['origin'] !== 'string') return `must be ${bound}`;
    return minimum === 1 ? 'must not be empty' : `must have ${bound} characters`;
  }
  if (issue.code === 'invalid_type') {
    return `must be a ${issue['expected'] === 'int' ? 'whole number' : String(issue['expected'])}`;
  }
  if (issue.code === 'invalid_value') return `must be ${(issue['values'] as unknown[]).join(' or ')}`;
  return issue.message;
}

function suggest(word: string, known: string[]): string {
  const nearest = closest(word, known);
  return distance(word, nearest) <= 3 ? ` (did you mean ${nearest}?)` : '';
}
