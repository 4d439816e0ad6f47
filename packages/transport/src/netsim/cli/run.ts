import { lookup } from 'node:dns/promises';
import { HhbError, isHhbError, messageOf, toMillis } from '@hellohaybye/core';
import type { Address } from '../../endpoint/types.js';
import { openRelay } from '../node/relay.js';
import { counts, describe, shown } from './describe.js';
import { generalHelp, relayHelp } from './help.js';
import { relayArguments, type HostAndPort, type RelayArguments } from './relay-arguments.js';

/** Runs the command. @returns its exit code: 0 done, 1 failed, 2 wrong command line */
export async function run(args: readonly string[]): Promise<number> {
  // Who has stopped reading gets no more, and the relay goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    return await dispatch(args);
  } catch (error) {
    const hint = error instanceof HhbError && error.hint ? ` ${error.hint}` : '';
    process.stderr.write(`hellohaybye-transport: ${messageOf(error)}.${hint}\n`);
    return isHhbError(error) && usageCodes.has(error.code) ? 2 : 1;
  }
}

async function dispatch([command, ...args]: readonly string[]): Promise<number> {
  if (command === 'relay') return await relay(relayArguments(args));
  if (command === undefined || command === '--help' || command === '-h' || command === 'help') {
    (command === undefined ? process.stderr : process.stdout).write(generalHelp);
    return command === undefined ? 2 : 0;
  }
  throw new HhbError('usage', `There is no command "${command}"`, { hint: 'Try relay --help.' });
}

async function relay(options: RelayArguments): Promise<number> {
  if (options.help) {
    process.stdout.write(relayHelp);
    return 0;
  }
  const { up, down, seed, json } = options;
  // Before the ports are bound: who sees them may end the relay at once.
  const ended = endOf(options);
  const say = (line: string) => (json ? process.stderr : process.stdout).write(`${line}\n`);
  const [first, ...also] = await Promise.all(options.routes.map(resolveRoute));
  const relay = await openRelay({ ...first!, also, up, down, seed });
  for (const { listen, to, via } of relay.routes) {
    say(`Relaying ${shown(listen)} to ${shown(to)}, seen there as ${shown(via)}`);
  }
  say(`up: ${describe(up)}; down: ${describe(down)}; seed ${seed}`);
  await ended;
  const { statistics } = relay;
  await relay.close();
  for (const line of counts(statistics)) say(line);
  if (json) process.stdout.write(`${JSON.stringify({ ok: true, seed, ...statistics })}\n`);
  return 0;
}

/** Resolves on Ctrl-C, SIGTERM, or when the time is over. */
function endOf({ duration }: RelayArguments): Promise<void> {
  return new Promise((resolve) => {
    // Nothing is to be waited for once the relay has failed.
    const timer = duration === undefined ? undefined : setTimeout(end, toMillis(duration)).unref();
    const signals = ['SIGINT', 'SIGTERM'] as const;
    function end() {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, end);
      resolve();
    }
    for (const signal of signals) process.on(signal, end);
  });
}

async function resolveRoute({ listen, to, via }: RelayArguments['routes'][number]) {
  const { host, port } = listen;
  return {
    listen: { port, ...(host === undefined ? {} : { host: await addressOf(host) }) },
    to: await resolveAddress(to),
    ...(via === undefined ? {} : { via }),
  };
}

const resolveAddress = async ({ host = '127.0.0.1', port }: HostAndPort): Promise<Address> => ({
  address: await addressOf(host),
  port,
});

async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw new HhbError('unknown-host', `There is no address for ${host}`, { cause: error });
  }
}

const usageCodes = new Set(['usage', 'bad-option', 'bad-address']);
