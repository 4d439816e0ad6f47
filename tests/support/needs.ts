import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

/** The system parts that a test can ask for, each with what tells whether it is there. */
const parts = {
  arecord: () => onPath('arecord'),
  avahi: () => ['avahi-daemon', 'avahi-browse', 'avahi-publish', 'dbus-daemon'].every(onPath),
  chromium: () => onPath('chromium') || onPath('chromium-browser') || onPath('google-chrome'),
  ffmpeg: () => onPath('ffmpeg') && onPath('ffprobe'),
  gstreamer: () => onPath('gst-launch-1.0') && gstreamerHas('rtpjpegpay', 'rtpL16pay', 'jpegenc'),
  'gstreamer srtp': () => onPath('gst-launch-1.0') && gstreamerHas('srtpdec', 'srtpenc'),
  'network namespaces': () => onPath('ip') && run('unshare', '--net', 'true'),
  openssl: () => onPath('openssl'),
  'packet capture': () => onPath('tshark') && run('tshark', '-D') && process.getuid?.() === 0,
  pulseaudio: () => ['pulseaudio', 'pactl', 'parec', 'pacat'].every(onPath),
  'redis-server': () => onPath('redis-server'),
  'systemd-analyze': () => onPath('systemd-analyze'),
  tjbench: () => onPath('tjbench'),
  tmux: () => onPath('tmux'),
  xvfb: () => onPath('Xvfb'),
} satisfies Record<string, () => boolean>;

export type Part = keyof typeof parts;

const found = new Map<Part, boolean>();

/**
 * A `describe` whose tests are skipped, with the missing parts in their title, where a part is missing.
 * With HHB_REQUIRE_ALL=1 nothing is skipped and a missing part is a failure.
 */
export function describeWith(needed: Part[], title: string, body: () => void): void {
  const missing = needed.filter((part) => {
    if (!found.has(part)) found.set(part, parts[part]());
    return !found.get(part);
  });
  if (missing.length === 0) describe(title, body);
  else if (process.env['HHB_REQUIRE_ALL'] === '1') {
    throw new Error(`${title}: ${missing.join(', ')} not found, and HHB_REQUIRE_ALL=1 allows no skips`);
  } else describe.skip(`${title} (skipped: ${missing.join(', ')} not found)`, body);
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const run = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;

const gstreamerHas = (...elements: string[]): boolean =>
  elements.every((element) => run('gst-inspect-1.0', '--exists', element));
