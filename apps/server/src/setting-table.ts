import { parseCidr, parseOrigin } from '@hellohaybye/signaling/server';

/** One setting: how its text is read, and what is said of it. */
export interface Setting<Value> {
  /** What stands for the value in the help; none: a switch. */
  placeholder?: string;
  help: string;
  /** What a right value is, for the message about a wrong one. */
  wanted: string;
  parse: (text: string) => Value | undefined;
  fallback: Value;
  /** Not quoted when it is wrong, as it may hold a secret. */
  isDiscreet?: true;
  /** From the environment alone: a secret has no place among the arguments, which everybody can see, nor in a file with other settings. */
  secret?: true;
}

const setting = <Value>(
  placeholder: string,
  help: string,
  wanted: string,
  parse: (text: string) => Value | undefined,
  fallback: Value,
): Setting<Value> => ({ placeholder, help, wanted, parse, fallback });

const toggle = (help: string): Setting<boolean> => ({
  help,
  wanted: 'true or false',
  parse: parseBoolean,
  fallback: false,
});

const count = (help: string, fallback: number, most = 1_000_000) =>
  setting('<count>', help, `a whole number from 1 to ${most}`, parseCount(1, most), fallback);

const time = (help: string, fallback: number, least = 0.1) =>
  setting('<seconds>', help, `a number of seconds from ${least} to 3600`, parseSeconds(least), fallback);

const file = (help: string) =>
  setting<string | undefined>('<file>', help, 'the path of a file', parsePath, undefined);

const secret = (help: string): Setting<string | undefined> => ({
  help,
  wanted: 'at least 16 visible ASCII characters',
  parse: parseSecret,
  fallback: undefined,
  secret: true,
});

/** A secret such as a token: long enough not to be guessed, and fit for an HTTP header. */
export function parseSecret(text: string): string | undefined {
  return /^[\x21-\x7e]{16,1024}$/.test(text) ? text : undefined;
}

const levels = ['debug', 'info', 'warn', 'error', 'silent'];

/** Every setting of the server, by its name in the program. */
export const settingTable = {
  port: setting('<port>', 'TCP port to listen at, 0 for any free one', portWanted(), parsePort, 5000),
  host: setting('<address>', 'address to listen at', 'an address or a name', parseHost, '::'),
  hidden: toggle('announce nothing on the local network'),
  announceName: toggle("announce this machine's host name, too"),
  tlsCert: file('certificate and its chain in PEM: the server speaks wss'),
  tlsKey: file('private key of the certificate in PEM'),
  tlsSelf: file(
    'instead: a file with a self-made certificate and its key, made at the first start; clients pin it',
  ),
  tokenFile: file('file with a token that clients have to present'),
  token: secret('the same'),
  jwtKeyFile: file(
    'public key in PEM (EdDSA), or secret (HS256), of JSON Web Tokens that clients have to present',
  ),
  jwtAudience: setting(
    '<text>',
    'audience that such a token has to be for',
    'a text',
    parseText,
    'hellohaybye',
  ),
  origin: setting<string[] | undefined>(
    '<origins>',
    'web pages that may connect, as https://calls.example.org, with commas; * for all (default: of this machine or host)',
    'origins such as https://calls.example.org, with commas between them',
    parseList(parseOrigin),
    undefined,
  ),
  trustedProxy: setting<string[]>(
    '<networks>',
    'reverse proxies that are believed whom they speak for, as 10.0.0.0/8, with commas (default: none)',
    'networks such as 10.0.0.0/8, with commas between them',
    parseList((text) => (parseCidr(text) ? text : undefined)),
    [],
  ),
  proxyHeader: setting<'x-forwarded-for' | 'forwarded'>(
    '<name>',
    'header in which they tell it: x-forwarded-for or forwarded',
    'x-forwarded-for or forwarded',
    (text) => (text === 'x-forwarded-for' || text === 'forwarded' ? text : undefined),
    'x-forwarded-for',
  ),
  maxConnections: count('connections in all', 16_000),
  maxConnectionsPerAddress: count('connections from one address', 256),
  maxRooms: count('rooms with somebody in them', 5_000),
  maxPeople: count('people in a room', 100, 10_000),
  maxSameName: count('people who have one name; 1 keeps each name to its first bearer', 1_000),
  messageRate: count('messages a second of one connection, in the long run', 50),
  messageBurst: count('messages at once of one connection', 200),
  maxSendBuffer: count('bytes that may wait to be sent to a client', 4 * 1024 * 1024, 1_073_741_824),
  helloTimeout: time('how long a connection may wait with its hello', 10),
  pingInterval: time('how often each connection is pinged', 15, 1),
  pingTimeout: time('how long after a ping a client may be silent', 15),
  drainDelay: time('after SIGTERM, how long to go on while /readyz answers 503', 0, 0),
  drainTo: setting<string | undefined>(
    '<url>',
    'where clients are sent at the end: another server, as ws://host:5000 or wss://host:5000#pin (default: nowhere)',
    'ws://host:port, wss://host:port or wss://host:port#pin, of at most 123 characters',
    parseServerUrl,
    undefined,
  ),
  closeTimeout: time('how long the end may take after that', 1),
  metricsPort: setting<number | undefined>(
    '<port>',
    'port of an address of its own for /metrics and administration (default: none, /metrics for this machine alone)',
    portWanted(),
    parsePort,
    undefined,
  ),
  metricsHost: setting('<address>', 'that address', 'an address or a name', parseHost, '127.0.0.1'),
  adminTokenFile: file('file with the token for removing people and closing rooms there'),
  adminToken: secret('the same'),
  storeFile: file('file with the address of the Redis that several servers share, with its password'),
  store: {
    ...setting<string | undefined>(
      '<url>',
      'the same, without a password: redis://host:port/db, or rediss:// for TLS (default: in memory)',
      storeWanted(),
      parseStore,
      undefined,
    ),
    isDiscreet: true,
  } satisfies Setting<string | undefined>,
  storePrefix: setting(
    '<text>',
    'what the names of all keys in Redis begin with',
    '1 to 64 visible ASCII characters',
    (text) => (/^[\x21-\x7e]{1,64}$/.test(text) ? text : undefined),
    'hhb:',
  ),
  storeCa: file("certificates in PEM that Redis' own is checked against (default: those of the system)"),
  logLevel: setting<string | undefined>(
    '<level>',
    `${levels.join(', ')} (default: info)`,
    `one of ${levels.join(', ')}`,
    (text) => (levels.includes(text) ? text : undefined),
    undefined,
  ),
  json: toggle('log JSON lines on a terminal, too'),
  verbose: toggle('log everything, and errors with their stack'),
};

function portWanted(): string {
  return 'a port from 0 to 65535';
}

/** The address of a Redis. What is wrong with it is never quoted, as it may hold a password. */
export function parseStore(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isRedis = url?.protocol === 'redis:' || url?.protocol === 'rediss:';
  return isRedis && url?.hostname !== '' && /^\/?\d*$/.test(url?.pathname ?? '') ? text : undefined;
}

export function storeWanted(): string {
  return 'the address of a Redis such as redis://127.0.0.1:6379/0 or rediss://host:6379';
}

function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

function parseHost(text: string): string | undefined {
  return /^[\w.:%-]{1,255}$/.test(text) ? text : undefined;
}

function parseServerUrl(text: string): string | undefined {
  const isPlain = /^wss?:\/\/[\x21-\x7e]+$/i.test(text) && !/[?@]/.test(text) && text.length <= 123;
  return isPlain && URL.canParse(text) ? text : undefined;
}

function parseBoolean(text: string): boolean | undefined {
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : undefined;
}

function parseCount(least: number, most: number) {
  return (text: string): number | undefined => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? value : undefined;
  };
}

function parseSeconds(least: number) {
  return (text: string): number | undefined => {
    const value = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= 3600 ? value : undefined;
  };
}

function parsePath(text: string): string | undefined {
  return text.includes('\0') ? undefined : text;
}

function parseText(text: string): string | undefined {
  return text.length <= 255 ? text : undefined;
}

function parseList(parse: (text: string) => string | undefined) {
  return (text: string): string[] | undefined => {
    const items = text.split(',').map((item) => parse(item.trim()));
    return items.every((item) => item !== undefined) ? items : undefined;
  };
}
