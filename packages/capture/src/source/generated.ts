import { HhbError, durationOf, micros, type Clock, type Micros } from '@hellohaybye/core';
import { drawTestPicture } from '../test-source/picture.js';
import { renderTone } from '../test-source/tone.js';
import { sleepUntil } from '../timing/sleep-until.js';
import type { AudioOptions, PcmBlock, VideoFrame, VideoOptions } from '../types.js';
import type { Attempt } from './supervise.js';

/** The moving test picture: frame n at the instant n / fps, exactly. */
export function attemptTestPicture(
  { width, height, fps }: VideoOptions,
  clock: Clock,
  put: (frame: VideoFrame) => void,
): Attempt {
  return everyPeriod(
    clock,
    (n) => durationOf(n, fps),
    (number, capturedAt) => {
      const data = drawTestPicture(number, { width, height, fps });
      put({ kind: 'raw', width, height, format: 'bgr0', data, capturedAt });
    },
  );
}

/** The test sound: each block when its last sample would have been captured, without drift. */
export function attemptTone(options: AudioOptions, clock: Clock, put: (block: PcmBlock) => void): Attempt {
  const { sampleRate, channels, chunkSamples } = options;
  const melody = renderTone(sampleRate);
  const length = durationOf(chunkSamples, sampleRate);
  return everyPeriod(
    clock,
    (n) => durationOf((n + 1) * chunkSamples, sampleRate),
    (number, readyAt) => {
      const samples = new Int16Array(chunkSamples * channels);
      const from = number * chunkSamples;
      for (let i = 0; i < chunkSamples; i++) {
        const sample = melody[(from + i) % melody.length] as number;
        samples.fill(sample, i * channels, (i + 1) * channels);
      }
      put({ samples, capturedAt: micros(readyAt - length) });
    },
  );
}

/** Does something at the instants of a timetable. What was missed by more than a second is left out. */
function everyPeriod(
  clock: Clock,
  position: (number: number) => Micros,
  act: (number: number, at: Micros) => void,
): Attempt {
  const startedAt = clock.now();
  const stopping = new AbortController();
  const run = async (): Promise<HhbError> => {
    for (let number = 0; ; number++) {
      while (startedAt + position(number) < clock.now() - 1_000_000) number++;
      const at = micros(startedAt + position(number));
      if (!(await sleepUntil(clock, at, stopping.signal)))
        return new HhbError('source-failed', 'It was stopped');
      act(number, at);
    }
  };
  const ended = run();
  return {
    ended,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
