import { Command, CommanderError, Option } from 'commander';

/** How the server runs. */
export interface Settings {
  host: string;
  /** 0 to 65535; 0 takes any free port. */
  port: number;
  logLevel: string;
  /** JSON lines even on a terminal. */
  json: boolean;
  /** Whether it is kept from being announced on the local network. */
  hidden: boolean;
  /** Whether it is announced with this machine's name. */
  announceName: boolean;
  /** Everything is logged, and errors come with their stack. */
  verbose: boolean;
}

/** The settings; or what is wrong with them, a line each; or no problem when help or version was asked for. */
export type ReadSettings = { ok: true; settings: Settings } | { ok: false; problems: string[] };

/**
 * Reads the settings: flags over `HHB_SERVER_*` variables over defaults. Help and version are written to
 * stdout on the way.
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
  const raw: Record<string, { text: string; from: string } | undefined> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const flag = flags[name];
    const text = env[variable];
    // An empty variable counts as none, as shells and container files can't unset one.
    if (text !== undefined && text !== '') raw[name] = { text, from: variable };
    if (flag !== undefined) raw[name] = { text: String(flag), from: flagOf(name) };
  }
  const known = Object.values(variables);
  for (const name of Object.keys(env).filter(
    (key) => key.startsWith('HHB_SERVER_') && !known.includes(key),
  )) {
    problems.push(`${name} is no setting; there are ${known.join(', ')}`);
  }
  const take = <Value>(
    name: string,
    fallback: Value,
    parse: (text: string) => Value | undefined,
    wanted: string,
  ) => {
    const given = raw[name];
    if (!given) return fallback;
    const value = parse(given.text);
    if (value === undefined) problems.push(`${given.from} has to be ${wanted}, not ${quote(given.text)}`);
    return value ?? fallback;
  };
  const verbose = take('verbose', false, parseBoolean, 'true or false');
  const settings: Settings = {
    host: take('host', '0.0.0.0', parseHost, 'an address or a name'),
    port: take('port', 5000, parsePort, 'a port from 0 to 65535'),
    logLevel: take('logLevel', verbose ? 'debug' : 'info', parseLevel, `one of ${levels.join(', ')}`),
    json: take('json', false, parseBoolean, 'true or false'),
    hidden: take('hidden', false, parseBoolean, 'true or false'),
    announceName: take('announceName', false, parseBoolean, 'true or false'),
    verbose,
  };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings };
}

const levels = ['debug', 'info', 'warn', 'error', 'silent'];

const variables: Record<string, string> = {
  port: 'HHB_SERVER_PORT',
  host: 'HHB_SERVER_HOST',
  logLevel: 'HHB_SERVER_LOG_LEVEL',
  json: 'HHB_SERVER_JSON',
  hidden: 'HHB_SERVER_HIDDEN',
  announceName: 'HHB_SERVER_ANNOUNCE_NAME',
  verbose: 'HHB_SERVER_VERBOSE',
};

function command(version: string, problems: string[]): Command {
  return new Command('hellohaybye-server')
    .description(
      'Introduces the participants of HelloHayBye calls to each other. Media never passes through it.',
    )
    .addOption(new Option('--port <port>', 'TCP port to listen at, 0 for any free one (default: 5000)'))
    .addOption(
      new Option(
        '--host <address>',
        'address to listen at (default: 0.0.0.0, every network of this machine)',
      ),
    )
    .addOption(new Option('--log-level <level>', `${levels.join(', ')} (default: info)`))
    .addOption(new Option('--json', 'log JSON lines on a terminal, too'))
    .addOption(new Option('--hidden', 'do not announce the server on the local network'))
    .addOption(new Option('--announce-name', 'announce it with the name of this machine'))
    .addOption(new Option('--verbose', 'log everything, and errors with their stack'))
    .version(version, '--version')
    .addHelpText('after', helpText)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      outputError: (text) =>
        problems.push(
          text
            .replace(/^error: /, '')
            .trim()
            .replace(/\s+/g, ' '),
        ),
    });
}

const helpText = `
Each setting can come from the environment, too: ${Object.values(variables).join(', ')}.
GET /healthz answers with 200 while the server runs.
Exit codes: 0 after SIGTERM, 1 failed, 2 wrong usage, 130 after Ctrl-C.`;

const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const quote = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);

const parsePort = (text: string): number | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;

const parseHost = (text: string): string | undefined => (/^[\w.:%-]{1,255}$/.test(text) ? text : undefined);

const parseLevel = (text: string): string | undefined => (levels.includes(text) ? text : undefined);

function parseBoolean(text: string): boolean | undefined {
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : undefined;
}
