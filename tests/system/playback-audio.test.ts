import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isHhbError, micros } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { listSpeakers, openAudioOutput, type AudioOutput, type Notice } from '@hellohaybye/playback';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/needs.js';
import { startPulse, type Pulse } from '../support/pulse.js';

const RATE = 44_100;
const HEARD_RATE = 48_000;
const TONE = 1000;
const LOUD = 8000;

describeWith(['pulseaudio', 'ffmpeg', 'arecord'], 'audio output on PulseAudio', () => {
  let pulse: Pulse;
  let output: AudioOutput | undefined;
  let ear: Ear | undefined;
  let sender: NodeJS.Timeout | undefined;
  const notices: Notice[] = [];

  beforeAll(async () => {
    pulse = await startPulse();
  });
  afterAll(() => pulse?.stop());
  afterEach(async () => {
    clearInterval(sender);
    await output?.close();
    await ear?.stop();
    output = ear = undefined;
    notices.length = 0;
  });

  /** Opens an output and sends it a tone, as a network would: 10 ms blocks in real time. */
  async function play(options: Partial<Parameters<typeof openAudioOutput>[0]> = {}): Promise<AudioOutput> {
    output = await openAudioOutput({
      speaker: 'default',
      sampleRate: RATE,
      channels: 1,
      env: pulse.env,
      mix: ([block], length) => block ?? new Int16Array(length),
      onNotice: (notice) => notices.push(notice),
      ...options,
    });
    output.addStream('tone');
    const began = systemClock.now();
    let sent = 0;
    sender = setInterval(() => {
      const now = systemClock.now();
      for (; (sent * 1e6) / RATE < now - began; sent += 441) {
        const samples = Int16Array.from({ length: 441 }, (_, index) => toneAt(sent + index));
        output?.push('tone', { samples, timestamp: sent, arrivedAt: micros(began + (sent * 1e6) / RATE) });
      }
    }, 5);
    return output;
  }

  // Other work on the machine can starve a player for a moment: what has a gap is heard once more.
  it.each(['paplay', 'aplay', 'ffplay', 'speaker'] as const)(
    'plays a tone by %s without a gap',
    { retry: 2 },
    async (player) => {
      ear = await Ear.open(pulse, 'spk.monitor');
      const { label } = await play({ players: [player] });
      expect({ label, notices }).toEqual({ label: player, notices: [] });
      const heard = await ear.hear(2);
      expect(Math.abs(frequencyOf(heard) - TONE)).toBeLessThan(1);
      expect(quietMillis(heard)).toBe(0);
      expect(output!.queued).toBeLessThanOrEqual(150_000);
      const { concealed, late } = output!.statistics()['tone']!;
      expect({ concealed, late }).toEqual({ concealed: 0, late: 0 });
    },
  );

  it('prefers what keeps its latency', async () => {
    const { label } = await play();
    expect(label).toBe('paplay');
    expect(output!.queued).toBeLessThanOrEqual(60_000);
  });

  it('plays on the sink that was asked for', async () => {
    ear = await Ear.open(pulse, `${pulse.micSink}.monitor`);
    for (const player of ['paplay', 'aplay', 'speaker'] as const) {
      await play({ speaker: pulse.micSink, players: [player] });
      expect(Math.abs(frequencyOf(await ear.hear(0.5)) - TONE)).toBeLessThan(50);
      clearInterval(sender);
      await output!.close();
      await ear.silence();
    }
  });

  it('lists the sinks, and refuses others', async () => {
    const ids = (await listSpeakers(pulse.env)).map(({ id }) => id);
    expect(ids).toEqual(['default', pulse.sink, pulse.micSink]);
    const refused = await play({ speaker: 'no-such-sink' }).catch((error: unknown) => error);
    expect(isHhbError(refused, 'speaker-not-found')).toBe(true);
  });

  it.each(['paplay', 'speaker'] as const)('goes on when %s is killed', async (player) => {
    ear = await Ear.open(pulse, 'spk.monitor');
    await play({ players: [player] });
    await ear.hear(2.5);
    const [child] = childrenOf(process.pid).filter((each) => each.command.includes(player));
    process.kill(child!.pid, 'SIGKILL');
    await ear.silence();
    expect(Math.abs(frequencyOf(await ear.hear(1)) - TONE)).toBeLessThan(50);
    expect(notices.map(({ code }) => code)).toEqual(['speaker-restarted']);
    expect(output!.statistics()['tone']!.concealed).toBeLessThan(RATE * 0.1);
  });

  it('goes on without sound when the sound server dies, and plays again on the next', async () => {
    const own = await startPulse();
    const env = { ...own.env };
    await play({ env });
    expect(output!.label).toBe('paplay');
    await own.stop();
    await until(() => notices.some(({ code }) => code === 'speaker-unavailable'));
    const { played } = output!.statistics()['tone']!;
    await until(() => output!.statistics()['tone']!.played > played + RATE / 2);
    expect(output!.label).toBe('none');
    // The environment that was given leads to the new server: another machine's sound daemon restarted.
    Object.assign(env, pulse.env);
    await until(() => notices.some(({ code }) => code === 'speaker-restored'));
    expect(output!.label).toBe('paplay');
  });

  it('does not fall over a speaker that aborts for want of a device', async () => {
    const { PULSE_SERVER: _, ...rest } = pulse.env;
    const env = { ...rest, PULSE_SERVER: 'unix:/no/such/socket' };
    await play({ env, players: ['speaker'] });
    expect(output!.label).toBe('none');
    expect(notices.map(({ code }) => code)).toEqual(['speaker-unavailable']);
    await until(() => output!.statistics()['tone']!.played > RATE / 2);
  });

  it.each(['paplay', 'aplay', 'ffplay', 'speaker'])('leaves no %s behind after a kill -9', async (player) => {
    const program = `
      import { openAudioOutput } from '@hellohaybye/playback';
      await openAudioOutput({ speaker: 'default', sampleRate: 44100, channels: 1, players: ['${player}'],
        mix: (_, length) => new Int16Array(length) });
      console.log('plays');`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: pulse.env,
      cwd: new URL('../..', import.meta.url),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    const children = childrenOf(parent.pid!);
    expect(children.some(({ command }) => command.includes(player))).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await until(() => children.every(({ pid }) => !isAlive(pid)));
  });
});

it('plays to nobody in real time', async () => {
  let pulls = 0;
  const output = await openAudioOutput({
    speaker: 'none',
    sampleRate: RATE,
    channels: 1,
    mix: (_, length) => (pulls++, new Int16Array(length)),
  });
  const began = performance.now();
  await until(() => pulls >= 100);
  expect(performance.now() - began).toBeGreaterThan(950);
  expect(output.label).toBe('none');
  await output.close();
});

const toneAt = (index: number): number => LOUD * Math.sin((2 * Math.PI * TONE * index) / RATE);

/** Records what is heard on a monitor. */
class Ear {
  #heard = Buffer.alloc(0);
  #told: (() => void) | undefined;

  private constructor(private readonly recorder: ChildProcess) {
    recorder.stdout!.on('data', (chunk: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, chunk]);
      this.#told?.();
    });
  }

  static async open(pulse: Pulse, monitor: string): Promise<Ear> {
    const format = ['--raw', '--format=s16le', `--rate=${HEARD_RATE}`, '--channels=1', '--latency-msec=20'];
    const recorder = spawn('parec', [...format, '-d', monitor], {
      env: pulse.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ear = new Ear(recorder);
    await once(recorder.stdout!, 'data');
    return ear;
  }

  /** Waits for sound and gives so many seconds of it, without the 100 ms at its start. */
  async hear(seconds: number): Promise<Int16Array> {
    this.#heard = Buffer.alloc(0);
    return this.#when((samples) => {
      const from = samples.findIndex((sample) => Math.abs(sample) > LOUD / 2) + HEARD_RATE / 10;
      const to = from + seconds * HEARD_RATE;
      return from >= HEARD_RATE / 10 && samples.length >= to ? samples.subarray(from, to) : undefined;
    });
  }

  /** Waits for 50 ms in which nothing is heard. */
  async silence(): Promise<void> {
    await this.#when((samples) => {
      const last = samples.subarray(-HEARD_RATE / 20);
      return last.length >= HEARD_RATE / 20 && last.every((sample) => Math.abs(sample) < 10)
        ? true
        : undefined;
    });
    this.#heard = Buffer.alloc(0);
  }

  async stop(): Promise<void> {
    this.recorder.kill();
    await once(this.recorder, 'exit');
  }

  async #when<T>(found: (samples: Int16Array) => T | undefined): Promise<T> {
    for (;;) {
      // A copy, as samples have to be aligned; a quick one, as this thread also plays.
      const { buffer, byteOffset, byteLength } = this.#heard;
      const result = found(new Int16Array(buffer.slice(byteOffset, byteOffset + (byteLength & ~1))));
      if (result !== undefined) return result;
      await new Promise<void>((resolve) => (this.#told = resolve));
    }
  }
}

/** Upward crossings of zero a second. */
function frequencyOf(samples: Int16Array): number {
  const crossings: number[] = [];
  for (let index = 1; index < samples.length; index++) {
    if (samples[index - 1]! < 0 && samples[index]! >= 0) crossings.push(index);
  }
  return ((crossings.length - 1) * HEARD_RATE) / (crossings.at(-1)! - crossings[0]!);
}

/** Milliseconds in which the tone does not reach its loudness. */
function quietMillis(samples: Int16Array): number {
  const length = HEARD_RATE / 1000;
  let quiet = 0;
  for (let from = 0; from + length <= samples.length; from += length) {
    if (Math.max(...samples.subarray(from, from + length)) < LOUD * 0.9) quiet++;
  }
  return quiet;
}

function childrenOf(parent: number): { pid: number; command: string }[] {
  return readdirSync('/proc').flatMap((entry) => {
    try {
      const [, ppid] = /\) \w (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
      if (Number(ppid) !== parent) return [];
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(entry), command }];
    } catch {
      return [];
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== '';
  } catch {
    return false;
  }
}

/** Polls what tells nobody when it changes. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
