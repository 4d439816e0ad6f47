import { listCaptureDevices, openVideo, type RawVideoFrame } from '@hellohaybye/capture';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/needs.js';
import { startXvfb, type Xvfb } from '../support/xvfb.js';

const screen = { width: 640, height: 480 };

describeWith(['xvfb'], 'a screen', () => {
  let xvfb: Xvfb;
  let socket: Socket;
  const display = process.env['DISPLAY'];

  beforeAll(async () => {
    xvfb = await startXvfb(screen);
    process.env['DISPLAY'] = xvfb.display;
    socket = await drawRectangle(xvfb.display, { x: 100, y: 200, width: 300, height: 150, colour: 0xff8020 });
  });
  afterAll(async () => {
    if (display === undefined) delete process.env['DISPLAY'];
    else process.env['DISPLAY'] = display;
    socket.destroy();
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

/**
 * Puts a window of one colour onto a screen, by the X protocol itself: no program that draws is needed. It
 * is there as long as the connection.
 */
async function drawRectangle(
  display: string,
  { x, y, width, height, colour }: Record<'x' | 'y' | 'width' | 'height' | 'colour', number>,
): Promise<Socket> {
  const socket = connect(`/tmp/.X11-unix/X${display.slice(1)}`);
  const hello = Buffer.alloc(12);
  hello.write('l');
  hello.writeUInt16LE(11, 2);
  socket.write(hello);
  const [setup] = (await once(socket, 'data')) as [Buffer];
  const window = setup.readUInt32LE(12);
  const vendor = Math.ceil(setup.readUInt16LE(24) / 4) * 4;
  const formats = (setup[29] as number) * 8;
  const root = setup.readUInt32LE(40 + vendor + formats);

  const create = Buffer.alloc(36);
  create[0] = 1;
  create.writeUInt16LE(9, 2);
  create.writeUInt32LE(window, 4);
  create.writeUInt32LE(root, 8);
  [x, y, width, height].forEach((value, i) => create.writeUInt16LE(value, 12 + 2 * i));
  // Its background is given as a pixel value.
  create.writeUInt32LE(2, 28);
  create.writeUInt32LE(colour, 32);
  const map = Buffer.alloc(8);
  map[0] = 8;
  map.writeUInt16LE(2, 2);
  map.writeUInt32LE(window, 4);
  // Any question will do: when it is answered, what was asked before has been done.
  const question = Buffer.from([43, 0, 1, 0]);
  socket.write(Buffer.concat([create, map, question]));
  await once(socket, 'data');
  return socket;
}
