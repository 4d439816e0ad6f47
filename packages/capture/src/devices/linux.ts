import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Device } from './device.js';

/**
 * The V4L2 cameras. A camera has several nodes; the first is the one with pictures.
 * @param folder where the kernel lists them
 */
export async function listLinuxCameras(folder = '/sys/class/video4linux'): Promise<Device[]> {
  const nodes = (await readdir(folder).catch(() => [])).filter((node) => /^video\d+$/.test(node));
  const read = (node: string, file: string): Promise<string> =>
    readFile(join(folder, node, file), 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
  const cameras = await Promise.all(
    nodes
      .toSorted((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
      .map(async (node) => ({ node, index: await read(node, 'index'), name: await read(node, 'name') })),
  );
  return cameras
    .filter(({ index }) => index === '' || index === '0')
    .map(({ node, name }) => ({ id: `/dev/${node}`, label: name === '' ? node : name }));
}

/** The X11 screen of this session. */
export function listLinuxScreens(display = process.env['DISPLAY']): Device[] {
  return display === undefined || display === '' ? [] : [{ id: display, label: `X11 screen ${display}` }];
}

/** PulseAudio's sources and ALSA's cards. A default comes first where there is one. */
export async function listLinuxMicrophones(): Promise<Device[]> {
  const [info, sources, cards] = await Promise.all([
    output('pactl', 'info'),
    output('pactl', 'list', 'sources'),
    output('arecord', '-l'),
  ]);
  const pulse = parsePulseSources(sources, info);
  const alsa = parseAlsaCards(cards);
  const isDefault =
    pulse.length > 0 || alsa.length > 0 ? [{ id: 'default', label: 'Default microphone' }] : [];
  return [...isDefault, ...pulse, ...alsa];
}

/**
 * Reads `pactl list sources`. What only repeats a speaker is left out, unless it is the default.
 * @param info what `pactl info` prints
 */
export function parsePulseSources(sources: string, info: string): Device[] {
  const preferred = /^Default Source: (.+)$/m.exec(info)?.[1];
  return sources
    .split(/^Source #\d+$/m)
    .map((block) => ({
      name: /^\s*Name: (.+)$/m.exec(block)?.[1],
      label: /^\s*Description: (.+)$/m.exec(block)?.[1],
      monitor: !/^\s*Monitor of Sink: n\/a$/m.test(block),
    }))
    .filter(({ name, monitor }) => name !== undefined && (!monitor || name === preferred))
    .toSorted((a, b) => Number(b.name === preferred) - Number(a.name === preferred))
    .map(({ name = '', label }) => ({ id: `pulse:${name}`, label: label ?? name }));
}

/** Reads `arecord -l`: `card 1: PCH [HDA Intel PCH], device 0: ALC257 Analog [ALC257 Analog]`. */
export function parseAlsaCards(text: string): Device[] {
  return [...text.matchAll(/^card \d+: (\S+) \[(.*?)\], device (\d+): .*?\[(.*?)\]/gm)].map(
    ([, card, cardName, device, deviceName]) => ({
      id: `plughw:CARD=${card},DEV=${device}`,
      label: `${cardName}: ${deviceName}`,
    }),
  );
}

/** What a program prints; nothing when it is not there or fails. */
function output(program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: 'C' };
    execFile(program, args, { env, timeout: 3000 }, (error, stdout) => resolve(error ? '' : stdout));
  });
}
