import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A PulseAudio daemon of a test's own: a sound card made of null sinks. */
export interface Pulse {
  /** The environment of this process, plus what leads its children to this daemon and to no other. */
  env: NodeJS.ProcessEnv;
  /** The default speaker. What is heard there is recorded from `spk.monitor`. */
  sink: 'spk';
  /** What is played into this sink comes out of the default microphone, `micsink.monitor`. */
  micSink: 'micsink';
  /** Ends the daemon and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Starts a PulseAudio daemon in a folder of its own, with a speaker `spk` and a virtual microphone: both
 * 48 kHz, mono. ALSA programs reach it as the devices `default` and `pulse` where libasound2-plugins is
 * installed. Pass `env` to what should use it; nothing of this process's own environment is changed.
 */
export async function startPulse(): Promise<Pulse> {
  const folder = await mkdtemp(join(tmpdir(), 'hhb-pulse-'));
  const runtime = join(folder, 'pulse');
  const log = join(folder, 'pulse.log');
  const socket = join(runtime, 'native');
  await mkdir(runtime, { mode: 0o700 });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    XDG_RUNTIME_DIR: folder,
    PULSE_RUNTIME_PATH: runtime,
    PULSE_SERVER: `unix:${socket}`,
  };
  const daemon = spawn('pulseaudio', [...options, `--log-target=file:${log}`, ...modules(socket)], {
    env,
    stdio: 'ignore',
  });
  const ended = once(daemon, 'exit');
  const stop = async (): Promise<void> => {
    if (daemon.exitCode === null && daemon.signalCode === null) daemon.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };

  const pactl = (...args: string[]): boolean =>
    spawnSync('pactl', args, { env, stdio: 'ignore', timeout: 5000 }).status === 0;
  // The daemon tells nobody that it is ready: it is asked until it answers.
  for (let tries = 0; !pactl('info'); tries++) {
    if (daemon.exitCode !== null || tries === 100) {
      const said = await readFile(log, 'utf8').catch(() => '');
      await stop();
      throw new Error(`PulseAudio did not start: ${said}`);
    }
    await pause(50);
  }
  pactl('set-default-sink', 'spk');
  pactl('set-default-source', 'micsink.monitor');
  return { env, sink: 'spk', micSink: 'micsink', stop };
}

const options = [
  '-n',
  '--daemonize=no',
  '--exit-idle-time=-1',
  '--disallow-exit',
  '--disable-shm=yes',
  '--realtime=no',
  '--high-priority=no',
];

// norewinds: without it a null sink's monitor runs up to two seconds late and loses sound.
const modules = (socket: string): string[] =>
  [
    'module-null-sink sink_name=spk rate=48000 channels=1 norewinds=1',
    'module-null-sink sink_name=micsink rate=48000 channels=1 norewinds=1',
    `module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
  ].flatMap((module) => ['-L', module]);
