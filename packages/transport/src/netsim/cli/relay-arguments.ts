import { parseArgs, type ParseArgsConfig } from 'node:util';
import { HhbError, messageOf, type Micros } from '@hellohaybye/core';
import { checkLink, type LinkOptions } from '../link-options.js';
import { presets, type PresetName } from '../presets.js';
import { byteCount, hostAndPort, rate, share, span, time, usage } from './units.js';

/** What the command line of `relay` says. */
export interface RelayArguments {
  routes: { listen: HostAndPort; to: HostAndPort; via?: number }[];
  up: LinkOptions;
  down: LinkOptions;
  seed: number;
  duration?: Micros;
  json: boolean;
  help: boolean;
}

export interface HostAndPort {
  host: string | undefined;
  port: number;
}

/** Reads what stands after `relay`. @throws HhbError `usage` */
export function relayArguments(args: readonly string[]): RelayArguments {
  const values = valuesOf(args);
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const list = (name: string): string[] => (values[name] as string[] | undefined) ?? [];
  const help = values['help'] === true;
  const duration = text('duration');
  const result = {
    up: linkOf(values, 0),
    down: linkOf(values, 1),
    seed: seedOf(text('seed')),
    ...(duration === undefined ? {} : { duration: durationOf(duration) }),
    json: values['json'] === true,
    help,
  };
  const [listen, to, via] = [list('listen'), list('to'), list('via')];
  if (help) return { ...result, routes: [] };
  if (listen.length === 0)
    throw new HhbError('usage', 'Say where to listen: --listen 6001 --to 127.0.0.1:5001');
  if (listen.length !== to.length) {
    throw new HhbError('usage', `Each --listen needs a --to: there are ${listen.length} and ${to.length}`);
  }
  if (via.length > listen.length) throw new HhbError('usage', 'There are more --via than --listen');
  const routes = listen.map((text, index) => ({
    listen: hostAndPort('listen', text),
    to: hostAndPort('to', to[index]!),
    ...(via[index] === undefined ? {} : { via: hostAndPort('via', via[index]).port }),
  }));
  return { ...result, routes };
}

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

function valuesOf(args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: false }).values;
  } catch (error) {
    // Node explains at length how to quote; the first sentence says it.
    throw new HhbError('usage', messageOf(error).split('. ')[0]!.replace(/\.?$/, ''), { cause: error });
  }
}

/** The link of a direction: 0 is up, 1 is down. */
function linkOf(values: Values, direction: 0 | 1): LinkOptions {
  if (values['up-only'] && values['down-only']) {
    throw new HhbError('usage', '--up-only and --down-only exclude each other');
  }
  if (values[direction === 0 ? 'down-only' : 'up-only']) return {};
  const link: LinkOptions = {};
  for (const [flag, read] of Object.entries(models)) {
    const texts = (values[flag] as string | undefined)?.split(',');
    if (!texts) continue;
    if (texts.length > 2) throw usage(flag, texts.join(), 'one value, or two for up and down');
    // One value holds for both.
    Object.assign(link, read(texts[direction] ?? texts[0]!, link));
  }
  // A loss of its own takes the place of the preset's bursts.
  if (values['loss'] !== undefined && values['burst'] === undefined) delete link.burst;
  try {
    checkLink(link);
  } catch (error) {
    throw new HhbError('usage', messageOf(error), { cause: error });
  }
  return link;
}

/** Each flag that says something of a link, in the order that they are read in. */
const models: Record<string, (text: string, link: LinkOptions) => LinkOptions> = {
  preset: (text) => {
    if (Object.hasOwn(presets, text)) return presets[text as PresetName];
    throw usage('preset', text, `one of ${Object.keys(presets).join(', ')}`);
  },
  delay: (text) => ({ delay: time('delay', text) }),
  jitter: (text) => ({ jitter: time('jitter', text) }),
  loss: (text) => ({ loss: share('loss', text) }),
  burst: (text, { loss }) => {
    if (loss === undefined) throw new HhbError('usage', '--burst needs a --loss: how much is lost in bursts');
    const packets = Number(text);
    const burst = packets >= 1 ? { loss, packets } : { loss, duration: time('burst', text) };
    return { loss: 0, burst };
  },
  stall: (text) => {
    const [length, every] = parts('stall', text, 2, 2, 'a length and an interval such as 50ms/1s');
    return { stalls: { length: span('stall', length!), every: span('stall', every!) } };
  },
  reorder: (text) => {
    const [part, delay = '5ms'] = parts(
      'reorder',
      text,
      1,
      2,
      'a share such as 1%, or a share and a time: 1%/5ms',
    );
    return { reorder: { share: share('reorder', part!), delay: time('reorder', delay) } };
  },
  duplicate: (text) => ({ duplicate: share('duplicate', text) }),
  corrupt: (text) => ({ corrupt: share('corrupt', text) }),
  rate: (text) => ({ rate: rate('rate', text) }),
  queue: (text) => ({ queue: byteCount('queue', text) }),
  cross: (text) => {
    const [bits, on, off] = parts('cross', text, 3, 3, 'a rate and two times such as 90mbit/1s/2s');
    return { crossTraffic: { rate: rate('cross', bits!), on: span('cross', on!), off: span('cross', off!) } };
  },
  mtu: (text) => ({ mtu: byteCount('mtu', text) }),
};

const flags: NonNullable<ParseArgsConfig['options']> = {
  ...Object.fromEntries(Object.keys(models).map((name) => [name, { type: 'string' as const }])),
  listen: { type: 'string', multiple: true },
  to: { type: 'string', multiple: true },
  via: { type: 'string', multiple: true },
  'up-only': { type: 'boolean' },
  'down-only': { type: 'boolean' },
  seed: { type: 'string' },
  duration: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};

function parts(flag: string, text: string, least: number, most: number, wanted: string): string[] {
  const found = text.split('/');
  if (found.length < least || found.length > most) throw usage(flag, text, wanted);
  return found;
}

function seedOf(text = '1'): number {
  const seed = Number(text);
  if (text !== '' && Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw usage('seed', text, 'a whole number from 0 to 4294967295');
}

function durationOf(text: string): Micros {
  const duration = time('duration', /^[\d.]+$/.test(text) ? `${text}s` : text);
  // Timers take no more than 2^31 milliseconds.
  if (duration > 0 && duration <= 2e12) return duration;
  throw usage('duration', text, 'a time above 0, and at most 2000000s');
}
