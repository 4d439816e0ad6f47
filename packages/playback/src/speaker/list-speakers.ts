import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HhbError } from '@hellohaybye/core';
import { isDeviceName } from './speaker-format.js';

/** Something to play on. */
export interface Device {
  /** What the `speaker` option takes. */
  id: string;
  /** For people. */
  label: string;
}

/** A device, and whose it is. */
export interface SpeakerDevice extends Device {
  system: 'pulse' | 'alsa';
}

const run = promisify(execFile);

/**
 * The speakers of this machine. `default` comes first: what the system plays on if nothing is chosen. On
 * Linux the sinks of PulseAudio (or PipeWire) follow, or ALSA's outputs where no such server answers. On
 * macOS and Windows there is only `default`: the players that are used can't choose.
 * @param env the environment in which the sound system is looked for; default this process's
 */
export async function listSpeakers(env: NodeJS.ProcessEnv = process.env): Promise<Device[]> {
  const devices = [{ id: 'default', label: "The system's default speaker" }];
  if (process.platform !== 'linux') return devices;
  const pulse = await listPulse(env);
  const others = pulse ?? (await listAlsa(env));
  return [...devices, ...others.map(({ id, label }) => ({ id, label }))];
}

/**
 * The device of an id.
 * @throws HhbError `speaker-not-found`
 */
export async function findSpeaker(id: string, env: NodeJS.ProcessEnv): Promise<SpeakerDevice> {
  if (isDeviceName(id) && process.platform === 'linux') {
    const all = [...((await listPulse(env)) ?? []), ...(await listAlsa(env))];
    const found = all.find((device) => device.id === id);
    if (found) return found;
  }
  const known = (await listSpeakers(env)).map((device) => device.id);
  throw new HhbError('speaker-not-found', `There is no speaker ${JSON.stringify(id.slice(0, 100))}`, {
    hint: `Choose one of: ${[...known, 'none'].join(', ')}`,
  });
}

/** Whether a PulseAudio or PipeWire server answers. */
export const pulseAnswers = async (env: NodeJS.ProcessEnv): Promise<boolean> =>
  (await listPulse(env)) !== undefined;

async function listPulse(env: NodeJS.ProcessEnv): Promise<SpeakerDevice[] | undefined> {
  const text = await outputOf('pactl', ['list', 'sinks'], env);
  return text === undefined ? undefined : parsePulseSinks(text);
}

async function listAlsa(env: NodeJS.ProcessEnv): Promise<SpeakerDevice[]> {
  return parseAlsaDevices((await outputOf('aplay', ['-L'], env)) ?? '');
}

async function outputOf(
  program: string,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, args, { env: { ...env, LC_ALL: 'C' }, timeout: 5000 });
    return stdout;
  } catch {
    return undefined; // not there, or it found no server
  }
}

/** The sinks in what `pactl list sinks` prints. */
export function parsePulseSinks(text: string): SpeakerDevice[] {
  return text.split(/^Sink #/m).flatMap((part) => {
    const id = /^\s*Name: (.+)$/m.exec(part)?.[1];
    const label = /^\s*Description: (.+)$/m.exec(part)?.[1];
    return isDeviceName(id) ? [{ id, label: label ?? id, system: 'pulse' as const }] : [];
  });
}

/** The outputs in what `aplay -L` prints, without those that only convert or lead to other programs. */
export function parseAlsaDevices(text: string): SpeakerDevice[] {
  return text.split(/\n(?=\S)/).flatMap((part) => {
    const [id, ...lines] = part.split('\n').map((line) => line.trim());
    if (!isDeviceName(id) || !/^(sysdefault|front|hdmi|iec958|plughw|hw)\b/.test(id)) return [];
    return [{ id, label: lines.filter(Boolean).join(', ') || id, system: 'alsa' as const }];
  });
}
