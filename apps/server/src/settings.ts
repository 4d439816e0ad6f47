import { Command, CommanderError, Option } from 'commander';
import { readSecret, readSettingsFile } from './setting-files.js';
import { parseStore, settingTable, type Setting } from './setting-table.js';

type Table = typeof settingTable;
type Name = keyof Table;
type ValueOf<S> = S extends Setting<infer Value> ? Value : never;

/** How the server runs: times in seconds. */
export type Settings = Omit<{ [N in Name]: ValueOf<Table[N]> }, 'logLevel'> & { logLevel: string };

/** The settings; or what is wrong with them, a line each; or no problem when help or version was asked for. */
export type ReadSettings = { ok: true; settings: Settings } | { ok: false; problems: string[] };

/**
 * Reads the settings: flags over `HHB_SERVER_*` variables over the file of `--config` over defaults. Help and
 * version are written to stdout on the way.
 */
export function readSettings(args: string[], env: NodeJS.ProcessEnv, version: string): ReadSettings {
  const problems: string[] = [];
  let flags: Record<string, unknown>;
  try {
    flags = command(version, problems).parse(args, { from: 'user' }).opts();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { ok: false, problems };
  }
  const raw = new Map<string, Given>();
  const path = flags['config'] ?? (env[variableOf('config')] || undefined);
  if (typeof path === 'string') takeFile(path, raw, problems);
  takeEnvironment(env, raw, problems);
  for (const name of names) {
    if (flags[name] !== undefined) raw.set(name, { text: String(flags[name]), from: `--${dashed(name)}` });
  }
  const values = Object.fromEntries(names.map((name) => [name, valueOf(name, raw, problems)])) as Settings;
  values.logLevel ??= values.verbose ? 'debug' : 'info';
  checkTogether(values, raw, problems);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings: values };
}

/**
 * Takes the secrets out of the environment once they are read: reports that Node writes of a process list its
 * variables, and so do programs that it starts.
 */
export function forgetSecrets(env: NodeJS.ProcessEnv): void {
  const isSecret = (name: Name) => (settingTable[name] as Setting<unknown>).secret === true;
  for (const name of [...names.filter(isSecret), 'store'] as const) delete env[variableOf(name)];
}

interface Given {
  text: string;
  /** The flag, the variable or the file and its key, for the message when it is wrong. */
  from: string;
}

function valueOf(name: Name, raw: Map<string, Given>, problems: string[]): unknown {
  const { parse, wanted, fallback, secret, isDiscreet } = settingTable[name] as Setting<unknown>;
  const given = raw.get(name);
  if (!given) return fallback;
  const value = parse(given.text);
  // A secret is not told, not even a wrong one.
  const but = secret || isDiscreet ? '' : `, not ${quote(given.text)}`;
  if (value === undefined) problems.push(`${given.from} has to be ${wanted}${but}`);
  return value;
}

function takeEnvironment(env: NodeJS.ProcessEnv, raw: Map<string, Given>, problems: string[]): void {
  for (const name of names) {
    const variable = variableOf(name);
    const text = env[variable];
    // An empty variable counts as none, as shells and container files can't unset one.
    if (text !== undefined && text !== '') raw.set(name, { text, from: variable });
  }
  const known = ['config', ...names].map(variableOf);
  for (const name of Object.keys(env)) {
    if (!name.startsWith('HHB_SERVER_') || known.includes(name)) continue;
    problems.push(`${name} is no setting; there are ${known.join(', ')}`);
  }
}

function takeFile(path: string, raw: Map<string, Given>, problems: string[]): void {
  const read = readSettingsFile(path);
  if (!read.ok) return void problems.push(read.problem);
  for (const [key, text] of Object.entries(read.settings)) {
    const name = publicNames.find((name) => dashed(name) === key);
    if (name) raw.set(name, { text, from: `${key} in ${path}` });
    else
      problems.push(
        `${quote(key)} in ${path} is no setting; there are ${publicNames.map(dashed).join(', ')}`,
      );
  }
}

/** What is wrong with settings that are right one by one; secrets are read from their files. */
function checkTogether(values: Settings, raw: Map<string, Given>, problems: string[]): void {
  if ((values.tlsCert === undefined) !== (values.tlsKey === undefined)) {
    problems.push('--tls-cert and --tls-key are needed together');
  }
  if (values.tlsSelf !== undefined && (values.tlsCert ?? values.tlsKey) !== undefined) {
    problems.push('--tls-self and --tls-cert exclude each other; give one of both');
  }
  for (const [name, fileName] of [
    ['token', 'tokenFile'],
    ['adminToken', 'adminTokenFile'],
  ] as const) {
    const path = values[fileName];
    if (path === undefined) continue;
    const from = raw.get(fileName)?.from ?? fileName;
    if (raw.has(name)) problems.push(`${from} and ${variableOf(name)} are two tokens; give one`);
    const read = readSecret(path, from, settingTable[name].wanted);
    if (read.ok) values[name] = read.secret;
    else problems.push(read.problem);
  }
  checkStore(values, raw, problems);
  if (values.token !== undefined && values.jwtKeyFile !== undefined) {
    problems.push('A token that all share and JSON Web Tokens exclude each other; give one of both');
  }
  if (values.adminToken !== undefined && values.metricsPort === undefined && problems.length === 0) {
    problems.push('An admin token needs --metrics-port: there is no administration at the port for clients');
  }
}

/** The address of the store comes from its file; among the arguments it must not have a password. */
function checkStore(values: Settings, raw: Map<string, Given>, problems: string[]): void {
  const { store, storeFile } = values;
  const from = raw.get('store')?.from;
  if (store !== undefined && new URL(store).password !== '' && from !== variableOf('store')) {
    problems.push(
      `${from} has a password, which has no place there: give --store-file or ${variableOf('store')}`,
    );
  }
  if (storeFile === undefined) return;
  const fileFrom = raw.get('storeFile')?.from ?? 'storeFile';
  if (from !== undefined) problems.push(`${fileFrom} and ${from} are two addresses; give one`);
  const read = readSecret(storeFile, fileFrom, settingTable.store.wanted, parseStore);
  if (read.ok) values.store = read.secret;
  else problems.push(read.problem);
}

function command(version: string, problems: string[]): Command {
  const command = new Command('hellohaybye-server').description(
    'Introduces the participants of HelloHayBye calls to each other. Media never passes through it.',
  );
  for (const name of publicNames) {
    const { placeholder, help, fallback } = settingTable[name] as Setting<unknown>;
    const shown =
      typeof fallback === 'number' || typeof fallback === 'string' ? `${help} (default: ${fallback})` : help;
    const flag = `--${dashed(name)}`;
    command.addOption(new Option(placeholder === undefined ? flag : `${flag} ${placeholder}`, shown));
  }
  return command
    .addOption(new Option('--config <file>', 'JSON file with settings, by the names of these flags'))
    .version(version, '--version')
    .addHelpText('after', helpText)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      outputError: (text) => {
        const line = text
          .replace(/^error: /, '')
          .trim()
          .replace(/\s+/g, ' ');
        problems.push(line);
      },
    });
}

const dashed = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const variableOf = (name: string) => `HHB_SERVER_${dashed(name).replaceAll('-', '_').toUpperCase()}`;

const quote = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);

const names = Object.keys(settingTable) as Name[];

/** Those that may stand among the arguments and in a file. */
const publicNames = names.filter((name) => !(settingTable[name] as Setting<unknown>).secret);

const helpText = `
Each setting can come from the environment, too: --port from HHB_SERVER_PORT, and so on. Secrets come from files or
from HHB_SERVER_TOKEN, HHB_SERVER_ADMIN_TOKEN and HHB_SERVER_STORE, never from an argument.
GET /healthz answers with 200 while the server runs, /readyz while it takes new connections; /metrics is for Prometheus.
SIGHUP reads the certificate again. SIGTERM ends the server when its clients were told.
Exit codes: 0 after SIGTERM, 1 failed, 2 wrong usage, 130 after Ctrl-C.`;
