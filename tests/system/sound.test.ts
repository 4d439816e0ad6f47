import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Resampler } from '@hellohaybye/codec';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chirps } from '../support/chirps.js';
import { emptyFolder, hellohaybye, mediaFolder, quiet, startServer } from '../support/cli.js';
import { dropouts, locate, loudness } from '../support/correlation.js';
import { describeWith } from '../support/needs.js';
import { spread } from '../support/psnr.js';
import { startPulse, type Pulse } from '../support/pulse.js';
import { environment, playInto, readWav, Recording, wav } from '../support/sound.js';

const sinkRate = 48_000;

/**
 * The usual 40 ms do for a machine that has time. Here the sound server, both participants and the recorder
 * share it with whatever else runs, and what is looked at is the sound and not how busy the machine is. The
 * player can still run dry for 10 ms when it is kept from running: so a single failure is tried again.
 */
const patience = ['--playout-delay', '500'];

describeWith(['pulseaudio', 'arecord'], 'a voice at a microphone', () => {
  let pulse: Pulse;

  beforeAll(async () => {
    pulse = await startPulse();
  });
  afterAll(() => pulse?.stop());

  it.each([
    { audio: 'mic', speaker: 'default', seconds: 11 },
    { audio: 'mic:pulse:micsink.monitor', speaker: 'spk', seconds: 6 },
  ])(
    '$audio is heard whole at the other’s speaker $speaker',
    { retry: 1 },
    async ({ audio, speaker, seconds }) => {
      const { url } = await startServer();
      const participant = (name: string, ...rest: string[]) =>
        hellohaybye(['join', '--server', url, '--name', name, ...quiet, '--video', 'none', ...rest], {
          env: environment(pulse),
        });
      const anna = participant('anna', '--audio', audio);
      await anna.printed(/You are anna/);
      const ben = participant('ben', '--audio', 'none', '--speaker', speaker, ...patience);
      // 44100 samples a second of 16 bits are 0.7 Mbit/s.
      await ben.printed(/anna: .* 0\.7 Mbit\/s/);

      const { samples, sampleRate } = voice();
      const said = samples.subarray(0, seconds * sampleRate);
      const file = join(emptyFolder(), 'voice.wav');
      writeFileSync(file, wav(said, sampleRate));
      const recording = await Recording.start(pulse, pulse.sink, sinkRate);
      await playInto(pulse, pulse.micSink, file);
      await recording.more(1);
      const heard = new Resampler({ from: sinkRate, to: sampleRate }).process(recording.samples);
      expectSame(heard, said, sampleRate);
      expect(anna.stderr + ben.stderr, 'all went well on the way').not.toContain('note:');
    },
  );
});

/** Compares second by second, each found where it came out: what was heard late or early shows in the places. */
function expectSame(heard: Int16Array, said: Int16Array, rate: number): void {
  const whole = locate(said.subarray(0, Math.min(said.length, 4 * rate)), heard);
  const seconds = Array.from({ length: Math.floor(said.length / rate) }, (_, second) =>
    said.subarray(second * rate, (second + 1) * rate),
  );
  const around = rate / 20;
  const found = seconds.flatMap((window, second) => {
    // A second of silence looks like any other.
    if (loudness(window) < loudness(said) / 10) return [];
    const expected = whole.at + second * rate;
    const { at, correlation } = locate(window, heard, expected - around, expected + around);
    const { silent } = dropouts(heard.subarray(at), window, rate);
    return [{ correlation, silent, shift: ((at - expected) / rate) * 1000 }];
  });
  const { min, median } = spread(found.map(({ correlation }) => correlation));
  const silent = found.reduce((sum, each) => sum + each.silent, 0);
  const shifts = found.map(({ shift }) => shift);
  const wander = Math.max(...shifts) - Math.min(...shifts);
  const figures =
    `correlation min ${min.toFixed(4)}, median ${median.toFixed(4)} of ${found.length} s, ` +
    `first seconds as a whole ${whole.correlation.toFixed(4)}; wander ${wander.toFixed(2)} ms; ${silent * 10} ms not heard`;
  expect(found.length, figures).toBeGreaterThanOrEqual(5);
  expect(min, figures).toBeGreaterThan(0.9);
  expect(silent, figures).toBe(0);
  // A packet left out or played twice would move all that comes after it by 10 ms.
  expect(wander, figures).toBeLessThan(5);
}

/** A recorded voice where there is one, else something like it. */
function voice(): { samples: Int16Array; sampleRate: number } {
  const recorded = join(mediaFolder, 'voice.wav');
  if (existsSync(recorded)) return readWav(recorded);
  return { samples: chirps(11, 44_100), sampleRate: 44_100 };
}
