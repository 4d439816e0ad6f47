import { listCaptureDevices, openVideo, type RawVideoFrame } from '@hellohaybye/capture';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/needs.js';
import { Drawing } from '../support/x11.js';
import { startXvfb, type Xvfb } from '../support/xvfb.js';

const screen = { width: 640, height: 480 };

describeWith(['xvfb'], 'a screen', () => {
  let xvfb: Xvfb;
  let drawing: Drawing;
  const display = process.env['DISPLAY'];

  beforeAll(async () => {
    xvfb = await startXvfb(screen);
    process.env['DISPLAY'] = xvfb.display;
    drawing = await Drawing.on(xvfb.display);
    await drawing.fill({ x: 100, y: 200, width: 300, height: 150, colour: 0xff8020 });
  });
  afterAll(async () => {
    if (display === undefined) delete process.env['DISPLAY'];
    else process.env['DISPLAY'] = display;
    drawing.close();
    await xvfb.stop();
  });

  const firstFrame = async (spec: string, size = screen, ffmpeg?: string): Promise<RawVideoFrame> => {
    const source = await openVideo(spec, { ...size, fps: 15, ...(ffmpeg === undefined ? {} : { ffmpeg }) });
    for await (const frame of source) {
      await source.close();
      if (frame.kind === 'raw') return frame;
    }
    throw new Error('No raw frame came');
  };
  const colourAt = ({ data, width }: RawVideoFrame, x: number, y: number): number[] => {
    const at = (y * width + x) * 4;
    return [data[at + 2], data[at + 1], data[at]].map(Number);
  };

  it('is captured to the pixel, by its default', async () => {
    const frame = await firstFrame('screen');
    expect(frame).toMatchObject({ ...screen, format: 'bgr0' });
    for (const [x, y, colour] of [
      [100, 200, [0xff, 0x80, 0x20]],
      [399, 349, [0xff, 0x80, 0x20]],
      [99, 200, [0, 0, 0]],
      [399, 350, [0, 0, 0]],
    ] as const) {
      expect(colourAt(frame, x, y)).toEqual(colour);
    }
  });

  it('is captured as a whole by the old ffmpeg too, and fitted into another shape', async () => {
    const { default: bundled } = await import('@ffmpeg-installer/ffmpeg');
    const frame = await firstFrame(`screen:${xvfb.display}`, { width: 320, height: 320 }, bundled.path);
    // Half the size, 40 black rows above and below.
    expect(colourAt(frame, 125, 40 + 137)).toEqual([0xff, 0x80, 0x20]);
    expect(colourAt(frame, 40, 40 + 137)).toEqual([0, 0, 0]);
    expect(colourAt(frame, 125, 20)).toEqual([0, 0, 0]);
  });

  it('is listed, and one that is not there is not found', async () => {
    expect((await listCaptureDevices()).screens).toEqual([
      { id: xvfb.display, label: `X11 screen ${xvfb.display}` },
    ]);
    await expect(openVideo('screen::987', { ...screen, fps: 15 })).rejects.toMatchObject({
      code: 'screen-not-found',
    });
  });
});
