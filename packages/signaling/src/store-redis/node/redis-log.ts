import { HhbError, micros, type Micros } from '@hellohaybye/core';
import { Redis, type RedisOptions } from 'ioredis';
import { encodeEntry, type LogEntry } from '../log-entry.js';

/** Where the log is. */
export interface RedisLogOptions {
  /** `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS. */
  url: string;
  /** What the names of all keys begin with. Default `hhb:`. */
  prefix?: string;
  /** Certificates in PEM that Redis' certificate is checked against, in place of the system's. */
  ca?: string | Buffer;
}

/** An entry as it was read. */
export interface ReadEntry {
  id: string;
  /** When it was appended, by Redis' clock. */
  at: Micros;
  /** Names and values in turn. */
  fields: string[];
}

/** A stored replica, and the entry up to which it goes. */
export interface StoredSnapshot {
  version: number;
  id: string;
  state: string;
}

/** The log as a Redis stream, and the snapshot as a hash beside it. Connections that break are made again. */
export class RedisLog {
  readonly #reader: Redis;
  readonly #writer: Redis;
  readonly #stream: string;
  readonly #snapshot: string;
  readonly #where: string;

  /**
   * @param listener told when appending is possible (again), and why it was not
   * @throws HhbError `bad-store-url`
   */
  constructor(
    { url, prefix = 'hhb:', ca }: RedisLogOptions,
    listener: { ready: () => void; problem: (reason: string) => void },
  ) {
    const { host, protocol } = checkUrl(url);
    this.#where = host;
    this.#stream = `${prefix}log`;
    this.#snapshot = `${prefix}snapshot`;
    const options: RedisOptions = {
      ...common,
      ...(ca !== undefined && protocol === 'rediss:' && { tls: { ca } }),
    };
    this.#writer = new Redis(url, options);
    this.#reader = new Redis(url, options);
    this.#writer.on('ready', listener.ready);
    for (const connection of [this.#writer, this.#reader]) {
      connection.on('error', (error: Error) => listener.problem(error.message));
      connection.on('connecting', () => setImmediate(() => connection.stream?.on('error', toldAlready)));
    }
  }

  /**
   * Connects for the first time.
   * @throws HhbError `store-unreachable`
   */
  async connect(): Promise<void> {
    const problems: string[] = [];
    const note = (error: Error) => void problems.push(error.message);
    this.#writer.on('error', note);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('it does not answer')), connectWithin);
    });
    try {
      await Promise.race([Promise.all([this.#writer.connect(), this.#reader.connect()]), late]);
      const [, version = '0'] = /redis_version:([\d.]+)/.exec(await this.#writer.info('server')) ?? [];
      const [major = 0, minor = 0] = version.split('.').map(Number);
      if (major < 6 || (major === 6 && minor < 2)) problems.push(`it is Redis ${version}; 6.2 is the least`);
      if (problems.length > 0) throw new Error(problems[0]);
    } catch (error) {
      this.close();
      const reason = problems[0] ?? (error as Error).message;
      const message = `Redis at ${this.#where} cannot be used: ${reason}`;
      throw new HhbError('store-unreachable', message, {
        hint: 'Does it run, and are address, password and database right?',
      });
    } finally {
      clearTimeout(timer);
      this.#writer.off('error', note);
    }
  }

  /** @throws when the connection breaks or Redis refuses, and then nobody knows whether it was appended */
  async append(entry: LogEntry): Promise<void> {
    await this.#writer.xadd(this.#stream, '*', ...encodeEntry(entry));
  }

  /**
   * The entries after `id`; when there are none yet, waits for up to a second. Undefined when the entry `id` is not
   * there any more: others after it may be missing, too.
   */
  async read(id: string): Promise<ReadEntry[] | undefined> {
    // Redis carries them out in this order: what was forgotten before the entries were read is noticed.
    const reading = this.#reader.xread('COUNT', 500, 'BLOCK', blockFor, 'STREAMS', this.#stream, id);
    const looking =
      id === beginning
        ? this.#reader.exists(this.#snapshot).then((count) => count === 0)
        : this.#reader.xrange(this.#stream, id, id).then(({ length }) => length === 1);
    const [reply, isThere] = await Promise.all([reading, looking]);
    if (!isThere) return undefined;
    const [, entries = []] = reply?.[0] ?? [];
    return entries.map(([id, fields]) => ({ id, at: timeOf(id), fields }));
  }

  async snapshot(): Promise<StoredSnapshot | undefined> {
    const [version, id, state] = await this.#reader.hmget(this.#snapshot, 'v', 'id', 'state');
    if (!version || !id || !state) return undefined;
    return { version: Number(version), id, state };
  }

  /**
   * Stores a snapshot unless there is one that is as new, and forgets what was in the log before the one before:
   * whoever has just begun to read from there finds the rest.
   */
  async store({ version, id, state }: StoredSnapshot): Promise<void> {
    const at = String(timeOf(id) / 1000);
    await this.#writer.eval(storeScript, 2, this.#snapshot, this.#stream, at, id, version, state);
  }

  /** Has connections made anew that do not answer. */
  reconnect(): void {
    this.#reader.disconnect(true);
    this.#writer.disconnect(true);
  }

  close(): void {
    this.#reader.disconnect();
    this.#writer.disconnect();
  }
}

/** Where a log begins to be read of which there is no snapshot. */
export const beginning = '0-0';

/** When an entry was appended, by Redis' clock. */
export const timeOf = (id: string): Micros => micros(Number(id.split('-')[0]) * 1000);

function checkUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isRedis = url?.protocol === 'redis:' || url?.protocol === 'rediss:';
  if (url && isRedis && url.hostname !== '' && /^\/?\d*$/.test(url.pathname)) return url;
  // The text may hold a password, and is not repeated.
  throw new HhbError('bad-store-url', 'That is no address of a Redis server', {
    hint: 'It looks like redis://127.0.0.1:6379/0, or rediss://user:password@host:6379 for TLS',
  });
}

const connectWithin = 10_000;
const blockFor = 1000;

// What is asked for without a connection fails at once: what is to be made again is known by the outbox.
/** Milliseconds after which a connection is ended that Redis does not end. */
export const disconnectMs = 100;

const common: RedisOptions = {
  lazyConnect: true,
  connectTimeout: 3000,
  // A Redis that hangs does not take our leave of it: then the connection is ended without it.
  disconnectTimeout: disconnectMs,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (tries) => Math.min(1000, 50 * 2 ** Math.min(tries, 10)),
  // A server that became a replica: the address leads to another one by now.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
};

const storeScript = `
local before = redis.call('HMGET', KEYS[1], 'at', 'id')
if before[1] and tonumber(before[1]) + 10000 > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'at', ARGV[1], 'id', ARGV[2], 'v', ARGV[3], 'state', ARGV[4])
if before[2] then redis.call('XTRIM', KEYS[2], 'MINID', before[2]) end
return 1`;

/**
 * A TLS socket that is refused may fail twice. ioredis listens for the first time alone and tells of it; an error that
 * nobody listens for would end the process.
 */
const toldAlready = (): void => undefined;
