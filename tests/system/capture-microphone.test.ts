import {
  openAudio,
  listCaptureDevices,
  type AudioSource,
  type Notice,
  type PcmBlock,
} from '@hellohaybye/capture';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/needs.js';
import { startPulse, type Pulse } from '../support/pulse.js';

/** Ten milliseconds: ten periods of the tone. */
const shape = { sampleRate: 44_100, channels: 1, chunkSamples: 441 };
const frequency = 1000;

/** Plays a tone into the virtual microphone for as long as the test lasts. */
function playTone(pulse: Pulse): ChildProcess {
  const player = spawn(
    'pacat',
    ['--raw', '--format=s16le', '--rate=48000', '--channels=1', '--latency-msec=200', '-d', pulse.micSink],
    { env: pulse.env, stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const second = Int16Array.from({ length: 48_000 }, (_, i) =>
    Math.round(12_000 * Math.sin((2 * Math.PI * frequency * i) / 48_000)),
  );
  const { stdin } = player;
  const more = (): void => {
    while (stdin?.writable && stdin.write(Buffer.from(second.buffer)));
  };
  stdin?.on('drain', more).on('error', () => {});
  more();
  return player;
}

/** How much of a block's power is at the tone's frequency, and its amplitude there. */
function spectrum({ samples }: PcmBlock): { share: number; amplitude: number } {
  let [a, b, power] = [0, 0, 0];
  samples.forEach((sample, i) => {
    const angle = (2 * Math.PI * frequency * i) / shape.sampleRate;
    a += (sample * Math.cos(angle) * 2) / samples.length;
    b += (sample * Math.sin(angle) * 2) / samples.length;
    power += sample ** 2 / samples.length;
  });
  return { share: (a * a + b * b) / 2 / power, amplitude: Math.hypot(a, b) };
}

/**
 * Hears half a second of the tone without a flaw. It may take a while to come: PulseAudio without real-time
 * priority stumbles where a machine is busy.
 */
async function expectTone(source: AudioSource): Promise<void> {
  let flawless = 0;
  let blocks = 0;
  for await (const block of source) {
    expect(block.samples).toHaveLength(441);
    const { share, amplitude } = spectrum(block);
    flawless = share > 0.99 && Math.abs(amplitude - 12_000) < 500 ? flawless + 1 : 0;
    if (flawless === 50) return;
    if (++blocks === 2000) throw new Error('No tone was heard for 20 s');
  }
}

/** Blocks, from the first that is not silent on. */
async function takeSounding(source: AudioSource, count: number): Promise<PcmBlock[]> {
  const blocks: PcmBlock[] = [];
  for await (const block of source) {
    if (blocks.length === 0 && !block.samples.some((sample) => Math.abs(sample) > 10_000)) continue;
    if (blocks.push(block) === count + 2) return blocks.slice(2);
  }
  throw new Error('The source ended');
}

describeWith(['pulseaudio', 'arecord', 'ffmpeg'], 'a virtual microphone', () => {
  let pulse: Pulse;
  let player: ChildProcess;
  const environment = { ...process.env };
  const open: AudioSource[] = [];

  beforeAll(async () => {
    pulse = await startPulse();
    Object.assign(process.env, pulse.env);
    player = playTone(pulse);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((source) => source.close()));
  });
  afterAll(async () => {
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    player.kill();
    await once(player, 'exit');
    await pulse.stop();
  });

  const listen = async (spec: string, options: Partial<Parameters<typeof openAudio>[1]> = {}) => {
    const source = await openAudio(spec, { ...shape, ...options });
    open.push(source);
    return source;
  };

  it.each(['mic', 'mic:pulse', 'mic:pulse:micsink.monitor'])('is heard through %s', async (spec) => {
    await expectTone(await listen(spec));
  });

  it('hands its sound over in short periods, with instants that grow evenly', async () => {
    const source = await listen('mic');
    // The first two seconds are for finding the time.
    const blocks = (await takeSounding(source, 400)).slice(200);
    const intervals = blocks
      .slice(1)
      .map((block, i) => block.capturedAt - (blocks[i] as PcmBlock).capturedAt);
    expect(Math.min(...intervals)).toBeGreaterThan(9000);
    const even = intervals.filter((interval) => Math.abs(interval - 10_000) <= 100);
    expect(even.length).toBeGreaterThan(0.9 * intervals.length);
    expect(source.dropped).toBe(0);
  });

  it('gives two channels when asked', async () => {
    const [block] = await takeSounding(await listen('mic', { channels: 2 }), 1);
    expect(block?.samples).toHaveLength(882);
    expect(block?.samples.filter((_, i) => i % 2 === 0)).toEqual(
      block?.samples.filter((_, i) => i % 2 === 1),
    );
  });

  it('is heard again after its recorder died, and both are said', async () => {
    const notices: Notice[] = [];
    const source = await listen('mic', { onNotice: (notice) => notices.push(notice) });
    await takeSounding(source, 1);
    process.kill(childNamed('arecord'), 'SIGKILL');
    for await (const _ of source) if (notices.length === 2) break;
    expect(notices.map(({ code }) => code)).toEqual(['source-lost', 'source-restored']);
    await expectTone(source);
  });

  it('is heard through ffmpeg where there is no arecord', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hhb-path-'));
    const path = process.env['PATH'] ?? '';
    const ffmpeg = path.split(delimiter).find((dir) => existsSync(join(dir, 'ffmpeg')));
    await symlink(join(ffmpeg ?? '', 'ffmpeg'), join(folder, 'ffmpeg'));
    process.env['PATH'] = folder;
    try {
      await expectTone(await listen('mic'));
    } finally {
      process.env['PATH'] = path;
      await rm(folder, { recursive: true });
    }
  });

  it('is listed', async () => {
    const { microphones } = await listCaptureDevices();
    expect(microphones.slice(0, 2)).toEqual([
      { id: 'default', label: 'Default microphone' },
      { id: 'pulse:micsink.monitor', label: 'Monitor of Null Output' },
    ]);
  });

  it.each(['mic:pulse:nobody', 'mic:plughw:9,0', 'mic:nonsense'])(
    'is not %s, which says so',
    async (spec) => {
      await expect(openAudio(spec, shape)).rejects.toMatchObject({ code: 'microphone-not-found' });
    },
  );
});

function childNamed(name: string): number {
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      if (parent === process.pid && stat.includes(`(${name})`)) return Number(pid);
    } catch {
      // It has just ended.
    }
  }
  throw new Error(`No ${name} runs`);
}
