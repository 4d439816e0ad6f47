import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSpeaker, listSpeakers, parseAlsaDevices, parsePulseSinks } from './list-speakers.js';
import { checkFormat, isDeviceName } from './speaker-format.js';

/** Neither PulseAudio nor ALSA's programs are found. */
const bare = { PATH: '' };

it('has the default speaker always', async () => {
  expect((await listSpeakers(bare))[0]).toMatchObject({ id: 'default' });
});

it('refuses an id that is not there, and tells which are', async () => {
  await expect(findSpeaker('no-such', bare)).rejects.toMatchObject({
    code: 'speaker-not-found',
    hint: expect.stringContaining('default') as string,
  });
});

it('refuses what could be taken for an option or a path', async () => {
  for (const id of ['-D', '--device=x', '', '../x', 'a b', 'a\n', 'x'.repeat(10_000)]) {
    expect(isDeviceName(id)).toBe(false);
    await expect(findSpeaker(id, bare)).rejects.toMatchObject({ code: 'speaker-not-found' });
  }
});

it('reads the sinks of PulseAudio', () => {
  const text = [
    'Sink #0',
    '\tState: IDLE',
    '\tName: alsa_output.pci-0000_00_1f.3.analog-stereo',
    '\tDescription: Built-in Audio Analog Stereo',
    '\tPorts:',
    '\t\tName: not this',
    '',
    'Sink #7',
    '\tName: usb',
    '',
  ].join('\n');
  expect(parsePulseSinks(text)).toEqual([
    {
      id: 'alsa_output.pci-0000_00_1f.3.analog-stereo',
      label: 'Built-in Audio Analog Stereo',
      system: 'pulse',
    },
    { id: 'usb', label: 'usb', system: 'pulse' },
  ]);
});

it("reads ALSA's outputs and leaves converters out", () => {
  const text =
    'null\n    Discard all samples\ndefault\n    Default\n' +
    'hw:CARD=PCH,DEV=0\n    HDA Intel PCH, ALC257 Analog\n    Direct hardware device\nspeexrate\n    Rate\n';
  expect(parseAlsaDevices(text)).toEqual([
    {
      id: 'hw:CARD=PCH,DEV=0',
      label: 'HDA Intel PCH, ALC257 Analog, Direct hardware device',
      system: 'alsa',
    },
  ]);
});

it('reads anything without throwing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parsePulseSinks(text);
      parseAlsaDevices(text);
    }),
  );
});

describe('formats', () => {
  it.each([
    { sampleRate: 44_100.5, channels: 1 },
    { sampleRate: '44100' as unknown as number, channels: 1 },
    { sampleRate: { valueOf: () => 44_100 } as unknown as number, channels: 1 },
    { sampleRate: 0, channels: 1 },
    { sampleRate: 48_000, channels: 0 },
    { sampleRate: 48_000, channels: NaN },
    { sampleRate: 48_000, channels: 9 },
  ])('like $sampleRate Hz and $channels channels are refused', (format) => {
    expect(() => checkFormat(format)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
