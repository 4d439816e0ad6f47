import { createJpegCodec } from '@hellohaybye/codec';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hellohaybye, quiet, startServer } from '../support/cli.js';
import { describeWith } from '../support/needs.js';
import { PageViewer } from '../support/page-viewer.js';
import { Drawing, type Rectangle } from '../support/x11.js';
import { startXvfb, type Xvfb } from '../support/xvfb.js';

const size = { width: 640, height: 480 };
const background = { x: 0, y: 0, ...size, colour: 0x2050a0 };
const box = { x: 96, y: 208, width: 320, height: 144, colour: 0xff8020 };

describeWith(['xvfb', 'ffmpeg'], 'a shared screen', () => {
  let xvfb: Xvfb;
  let drawing: Drawing;
  const codec = createJpegCodec();

  beforeAll(async () => {
    xvfb = await startXvfb(size);
    drawing = await Drawing.on(xvfb.display);
  });
  afterAll(async () => {
    drawing?.close();
    await xvfb?.stop();
    await codec.close();
  });

  it('is what the other participant sees, and goes on to see when it changes', async () => {
    await drawing.fill(background);
    await drawing.fill(box);
    const { url } = await startServer();
    const join = (name: string, ...rest: string[]) => {
      const common = ['join', '--server', url, '--name', name, ...quiet, '--audio', 'none'];
      return hellohaybye([...common, ...rest], { env: { DISPLAY: xvfb.display } });
    };
    join('anna', '--video', 'screen', '--size', `${size.width}x${size.height}`, '--fps', '15');
    const ben = join('ben', '--video', 'none', '--view', 'browser');
    const [, page] = await ben.printed(/shown at (http:\S+)/);
    const viewer = await PageViewer.open(page!);

    const seen = async (place: Rectangle, colour: number) => {
      const picture = await codec.decode(await viewer.nextPicture('anna'));
      expect(picture).toMatchObject(size);
      return corners(place).every(([x, y]) => distance(colourAt(picture, x!, y!), colour) <= 24);
    };
    expect(await seen(box, box.colour)).toBe(true);
    expect(await seen(background, background.colour)).toBe(true);

    const green = { ...box, colour: 0x20c040 };
    await drawing.fill(green);
    // Pictures of before may still be on their way; a second of them is too many.
    let pictures = 1;
    while (!(await seen(green, green.colour))) expect(++pictures).toBeLessThan(15);
    expect(await seen(background, background.colour)).toBe(true);
    viewer.close();
  });
});

/** The corners, as far inside as lossy coding blurs an edge. */
const corners = ({ x, y, width, height }: Rectangle): number[][] => {
  const inside = 16;
  return [x + inside, x + width - 1 - inside].flatMap((column) =>
    [y + inside, y + height - 1 - inside].map((row) => [column, row]),
  );
};

const colourAt = ({ data, width }: { data: Uint8Array; width: number }, x: number, y: number): number => {
  const at = (y * width + x) * 4;
  return (data[at + 2]! << 16) | (data[at + 1]! << 8) | data[at]!;
};

/** The largest difference of red, green or blue. */
const distance = (one: number, other: number): number =>
  Math.max(...[16, 8, 0].map((shift) => Math.abs(((one >> shift) & 255) - ((other >> shift) & 255))));
