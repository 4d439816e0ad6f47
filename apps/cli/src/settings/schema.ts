import { impairments, type ImpairmentName } from '../demo/impairments.js';
import { readServerUrl } from '@hellohaybye/signaling/client';
import { z } from 'zod';
import { mediaHostSchema } from './media-host.js';

/** A whole number, as such or, as flags and variables have it, as text. */
const whole = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value),
    z.number().int().min(min).max(max),
  );
/** 0 stands for any free port. */
const mediaPort = whole(0, 65535);
const port = whole(1, 65535);
const size = z.string().regex(/^\d{2,5}x\d{2,5}$/i, 'must look like 640x480');
const truth = z.union([z.boolean(), z.stringbool()], { error: 'must be true or false' });

/**
 * Every setting: what it may be, its default, its flag and what it is for. Flags, HHB_* variables and the
 * configuration file are all read by this.
 */
export const settings = {
  server: setting(
    z.preprocess(
      // A link-local IPv6 address with its zone is no part of a URL as it stands.
      (value) => (typeof value === 'string' ? readServerUrl(value) : value),
      z.url({ protocol: /^wss?$/, error: 'must look like ws://host:5000' }),
    ),
    undefined,
    '--server <url>',
    'signaling server (default: one that is found on this network; none there: this process hosts one)',
  ),
  tokenFile: setting(
    z.string().min(1),
    undefined,
    '--token-file <file>',
    'file with the access token that the server of --server, or of an invitation, wants (or HHB_TOKEN)',
  ),
  name: setting(
    z.string().min(1).max(64),
    undefined,
    '--name <name>',
    'the name others see (default: your user name)',
  ),
  video: setting(
    z.string().min(1),
    'auto',
    '--video <source>',
    'camera, camera:<id>, screen, file:<path>, rtp:<SDP file>, test, none, or a URL; auto: a camera, else a test picture',
  ),
  audio: setting(
    z.string().min(1),
    'auto',
    '--audio <source>',
    'mic, mic:<id>, file:<path>, rtp:<SDP file>, tone, or none; auto: a microphone, else none',
  ),
  view: setting(z.enum(['browser', 'none']), 'browser', '--view <where>', 'browser or none'),
  speaker: setting(z.string().min(1), 'default', '--speaker <id>', 'default, none, or an id of "devices"'),
  size: setting(size, '640x480', '--size <WxH>', 'picture size in pixels'),
  fps: setting(whole(1, 120), 30, '--fps <n>', 'frames a second'),
  quality: setting(whole(1, 100), 80, '--quality <n>', 'JPEG quality, 1 to 100'),
  sampleRate: setting(whole(8000, 96000), 44100, '--sample-rate <Hz>', 'audio samples a second'),
  channels: setting(whole(1, 2), 1, '--channels <n>', 'audio channels, 1 or 2'),
  audioFormat: setting(
    z.literal('s16'),
    's16',
    '--audio-format <format>',
    'audio samples: s16, 16-bit, is all there is',
  ),
  chunkSamples: setting(whole(64, 8192), 1024, '--chunk-samples <n>', 'samples captured at a time'),
  playoutDelay: setting(
    whole(10, 1000),
    40,
    '--playout-delay <ms>',
    'how long sound waits to even out the network',
  ),
  signalingPort: setting(port, 5000, '--signaling-port <port>', 'port of the signaling server'),
  videoPort: setting(
    mediaPort,
    5001,
    '--video-port <port>',
    'UDP port of video; in use by another: the next free one, unless asked for',
  ),
  audioPort: setting(
    mediaPort,
    5002,
    '--audio-port <port>',
    'UDP port of audio; the same as video: one socket',
  ),
  maxPacketSize: setting(whole(256, 65507), 1200, '--max-packet-size <bytes>', 'largest datagram'),
  mediaHost: setting(
    mediaHostSchema,
    undefined,
    '--media-host <address>',
    'the only local address to use, IPv4 or IPv6, for media and for a server that is hosted',
  ),
  impair: setting(
    z.enum(Object.keys(impairments) as ImpairmentName[]),
    undefined,
    '--impair <network>',
    `a network to put between the participants: ${Object.keys(impairments).join(', ')}`,
  ),
  answer: setting(
    z.enum(['ask', 'auto', 'never']),
    'ask',
    '--answer <how>',
    'calls to you: ask (they ring), auto (accept) or never (decline)',
  ),
  tls: setting(
    truth,
    false,
    '--tls',
    'a server that this process hosts speaks wss, with a certificate that this user makes once',
  ),
  hidden: setting(truth, false, '--hidden', 'do not announce a server that this process hosts'),
  announceName: setting(truth, false, '--announce-name', 'announce it with your name'),
  discovery: setting(
    z.string().regex(/^[^\s,]+(,[^\s,]+)*$/, 'must be auto, none, or names of network interfaces'),
    'auto',
    '--discovery <where>',
    'where to look for servers: auto, none, or names of network interfaces, such as eth0,wlan0',
  ),
  private: setting(
    truth,
    false,
    '--private',
    'a room that only those with an invitation can join, which is printed; a server that is hosted for it has --tls',
  ),
  onlyKnown: setting(truth, false, '--only-known', 'let only people in whom you know ("hellohaybye known")'),
  ffmpeg: setting(z.string().min(1), undefined, '--ffmpeg <path>', 'the ffmpeg to use'),
  open: setting(truth, true, '--no-open', 'do not open a browser; its address is printed all the same'),
} as const;

export type SettingName = keyof typeof settings;

/** All settings with their values, defaults filled in. */
export type Settings = {
  [Name in SettingName]: (typeof settings)[Name] extends Setting<infer Value, infer Default>
    ? Value | Default
    : never;
};

export interface Setting<Value, Default extends Value | undefined> {
  schema: z.ZodType<Value>;
  default: Default;
  flag: string;
  help: string;
}

function setting<Value, const Default extends Value | undefined>(
  schema: z.ZodType<Value>,
  fallback: Default,
  flag: string,
  help: string,
): Setting<Value, Default> {
  return { schema, default: fallback, flag, help };
}

/** The variable of a setting: `videoPort` is HHB_VIDEO_PORT. */
export const variableOf = (name: string): string => `HHB_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;

/** The flag of a setting without its argument: `--video-port`. */
export const flagOf = (name: SettingName): string => settings[name].flag.split(' ')[0]!;
