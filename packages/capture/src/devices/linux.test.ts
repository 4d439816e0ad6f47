import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listLinuxCameras, listLinuxScreens, parseAlsaCards, parsePulseSources } from './linux.js';

describe('listLinuxCameras', () => {
  it('lists the first node of each camera by number, with its name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hhb-v4l-'));
    for (const [node, index, name] of [
      ['video10', '0', 'Capture card\n'],
      ['video0', '0\n', 'Integrated Camera\n'],
      ['video1', '1\n', 'Integrated Camera\n'],
      ['radio0', '0', 'Radio'],
    ] as const) {
      await mkdir(join(folder, node));
      await writeFile(join(folder, node, 'index'), index);
      await writeFile(join(folder, node, 'name'), name);
    }
    expect(await listLinuxCameras(folder)).toEqual([
      { id: '/dev/video0', label: 'Integrated Camera' },
      { id: '/dev/video10', label: 'Capture card' },
    ]);
    await rm(folder, { recursive: true });
    expect(await listLinuxCameras(folder)).toEqual([]);
  });
});

describe('listLinuxScreens', () => {
  it('is what DISPLAY says', () => {
    expect(listLinuxScreens(':1')).toEqual([{ id: ':1', label: 'X11 screen :1' }]);
    expect(listLinuxScreens('')).toEqual([]);
  });
});

describe('parsePulseSources', () => {
  const sources = `Source #0
\tState: SUSPENDED
\tName: alsa_output.pci.analog-stereo.monitor
\tDescription: Monitor of Built-in Audio
\tMonitor of Sink: alsa_output.pci.analog-stereo
Source #1
\tName: alsa_input.pci.analog-stereo
\tDescription: Built-in Audio
\tMonitor of Sink: n/a
Source #2
\tName: alsa_input.usb
\tDescription: Headset
\tMonitor of Sink: n/a
`;

  it('puts the default first and leaves out what repeats a speaker', () => {
    const builtIn = { id: 'pulse:alsa_input.pci.analog-stereo', label: 'Built-in Audio' };
    const headset = { id: 'pulse:alsa_input.usb', label: 'Headset' };
    expect(parsePulseSources(sources, '')).toEqual([builtIn, headset]);
    expect(parsePulseSources(sources, 'Default Source: alsa_input.usb\n')).toEqual([headset, builtIn]);
    expect(parsePulseSources('', '')).toEqual([]);
  });

  it('keeps such a one where it is the default', () => {
    const [first] = parsePulseSources(sources, 'Default Source: alsa_output.pci.analog-stereo.monitor');
    expect(first?.label).toBe('Monitor of Built-in Audio');
  });
});

describe('parseAlsaCards', () => {
  it('reads arecord -l', () => {
    const text = `**** List of CAPTURE Hardware Devices ****
card 1: PCH [HDA Intel PCH], device 0: ALC257 Analog [ALC257 Analog]
  Subdevices: 1/1
card 2: Webcam [HD Webcam], device 0: USB Audio [USB Audio]
`;
    expect(parseAlsaCards(text)).toEqual([
      { id: 'plughw:CARD=PCH,DEV=0', label: 'HDA Intel PCH: ALC257 Analog' },
      { id: 'plughw:CARD=Webcam,DEV=0', label: 'HD Webcam: USB Audio' },
    ]);
  });
});
