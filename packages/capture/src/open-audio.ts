import { HhbError, isHhbError, type Clock, type Micros } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { basename } from 'node:path';
import { listCaptureDevices } from './devices/list.js';
import {
  fileInput,
  isRemoteFile,
  liveUrlInput,
  microphoneInput,
  pcmOutput,
  remoteFileInput,
  type FfmpegInput,
} from './ffmpeg/arguments.js';
import { attemptFfmpeg } from './ffmpeg/attempt.js';
import type { Intent } from './ffmpeg/explain.js';
import { findFfmpeg } from './ffmpeg/find.js';
import { attemptRecorder, findRecorder } from './microphone/recorder.js';
import { BoundedQueue } from './source/bounded-queue.js';
import {
  checkFile,
  checkAudioOptions,
  hideSecrets,
  noneOpens,
  urlTimeout,
  usualTimeout,
} from './source/checks.js';
import { attemptTone } from './source/generated.js';
import { relaySamples } from './source/live.js';
import { playSamples } from './source/paced.js';
import { playedFrom, startSource, type Plan } from './source/plan.js';
import { parseAudioSpec, type AudioSpec } from './spec.js';
import type { AudioOptions, AudioSource, PcmBlock } from './types.js';

/**
 * Opens a source of sound. Resolves when its first block is there, so that what is wrong is known at once;
 * what goes wrong later is mended, and told by `onNotice`.
 *
 * Files are looped, in real time from the instant of opening: the picture of the same file, opened at the same
 * time, is in step.
 * @param spec see `parseAudioSpec`
 * @throws HhbError `bad-source`, `bad-option`, `microphone-not-found`, `file-not-found`, `not-media`,
 *   `ffmpeg-missing`, `source-failed`
 */
export async function openAudio(spec: string, options: AudioOptions): Promise<AudioSource> {
  checkAudioOptions(options);
  const clock = options.clock ?? systemClock;
  const plans = await planAudio(parseAudioSpec(spec), { ...options, clock, openedAt: clock.now() });
  const second = Math.max(2, Math.ceil(options.sampleRate / options.chunkSamples));
  return startFirst(plans, options, new BoundedQueue<PcmBlock>(second));
}

/** What was asked for, and when. */
type Opening = AudioOptions & { clock: Clock; openedAt: Micros };

/** Tries one way after the other, as long as no microphone was found. */
async function startFirst(plans: Plan<PcmBlock>[], options: AudioOptions, blocks: BoundedQueue<PcmBlock>) {
  let failure: unknown;
  for (const plan of plans) {
    try {
      return await startSource(plan, blocks, options);
    } catch (error) {
      failure ??= error;
      if (!isHhbError(error, 'microphone-not-found')) break;
    }
  }
  throw failure;
}

async function planAudio(spec: AudioSpec, options: Opening): Promise<Plan<PcmBlock>[]> {
  const { clock } = options;
  switch (spec.kind) {
    case 'none':
      return noneOpens();
    case 'tone':
      return [
        { label: 'Test sound', openTimeout: usualTimeout, start: (put) => attemptTone(options, clock, put) },
      ];
    case 'file': {
      const input = fileInput(await checkFile(spec.path));
      return [
        await planPlayed(input, { kind: 'file', label: basename(spec.path), medium: 'audio' }, options),
      ];
    }
    case 'url': {
      const intent: Intent = { kind: 'url', label: hideSecrets(spec.url), medium: 'audio' };
      if (isRemoteFile(spec.url)) return [await planPlayed(remoteFileInput(spec.url), intent, options)];
      return [{ ...(await planLive(liveUrlInput(spec.url), intent, options)), openTimeout: urlTimeout }];
    }
    case 'mic':
      return planMicrophone(spec.id, options);
  }
}

async function planMicrophone(id: string | undefined, options: Opening): Promise<Plan<PcmBlock>[]> {
  const { platform } = process;
  const label = id === undefined || id === 'default' ? 'Default microphone' : `Microphone ${id}`;
  const intent: Intent = { kind: 'microphone', label, medium: 'audio' };
  const recorder = await findRecorder();
  const plans: Plan<PcmBlock>[] = [];
  if (platform === 'linux') {
    if (recorder) plans.push(planRecorder(recorder, alsaDevice(id ?? 'default'), label, options));
    // Where there is no arecord, or no way for it to PulseAudio.
    const source =
      id === undefined || id === 'default' || id === 'pulse' ? 'default' : /^pulse:(.+)$/.exec(id)?.[1];
    const [system, name] =
      source === undefined ? (['alsa', id ?? 'default'] as const) : (['pulse', source] as const);
    const live = await planLive(microphoneInput(name, options, system), intent, options).catch(
      () => undefined,
    );
    if (live) plans.push(live);
  } else if (recorder && (id === undefined || id === 'default')) {
    plans.push(planRecorder(recorder, 'default', label, options));
  } else {
    const chosen = id ?? (await listCaptureDevices(options)).microphones[0]?.id;
    if (chosen === undefined) throw new HhbError('microphone-not-found', 'No microphone was found', { hint });
    const system = platform === 'darwin' ? 'avfoundation' : 'dshow';
    plans.push(await planLive(microphoneInput(chosen, options, system), intent, options));
  }
  if (plans.length > 0) return plans;
  throw new HhbError('ffmpeg-missing', 'Neither arecord nor an ffmpeg for PulseAudio or ALSA was found', {
    hint: 'Install alsa-utils or ffmpeg.',
  });
}

/** ALSA's name for one of our ids: PulseAudio's sources are reached through its plugin. */
function alsaDevice(id: string): string {
  const source = /^pulse:(.+)$/.exec(id)?.[1];
  return source === undefined ? id : `pulse:DEVICE='${source.replaceAll("'", '')}'`;
}

function planRecorder(
  recorder: 'arecord' | 'rec',
  device: string,
  label: string,
  options: Opening,
): Plan<PcmBlock> {
  const { clock } = options;
  return {
    label,
    openTimeout: usualTimeout,
    stallTimeout: usualTimeout,
    start: (put) =>
      attemptRecorder({
        recorder,
        device,
        label,
        options,
        consume: (stdout) => relaySamples(stdout, options, clock, put),
      }),
  };
}

/** Something that has an end and is played over and over. */
async function planPlayed(input: FfmpegInput, intent: Intent, options: Opening): Promise<Plan<PcmBlock>> {
  const { clock, openedAt } = options;
  const { path } = await findFfmpeg({ path: options.ffmpeg });
  const output = pcmOutput(options);
  return {
    label: intent.label,
    openTimeout: usualTimeout,
    start: playedFrom(openedAt, clock, (startedAt, put) =>
      attemptFfmpeg({
        ...{ path, input, output, intent },
        consume: (stdout, signal) => playSamples(stdout, options, { clock, startedAt, signal, put }),
      }),
    ),
  };
}

/** Something that comes at its own pace. */
async function planLive(input: FfmpegInput, intent: Intent, options: Opening): Promise<Plan<PcmBlock>> {
  const { clock } = options;
  const { path } = await findFfmpeg({ path: options.ffmpeg, device: input.device });
  return {
    label: intent.label,
    openTimeout: usualTimeout,
    stallTimeout: usualTimeout,
    start: (put) =>
      attemptFfmpeg({
        path,
        input,
        output: pcmOutput(options),
        intent,
        consume: (stdout) => relaySamples(stdout, options, clock, put),
      }),
  };
}

const hint = 'The test sound or a file can be used instead.';
