import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { openPage, type Page as CallPage } from '@hellohaybye/playback';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startBrowser } from '../support/browser.js';
import { describeWith } from '../support/needs.js';

const FRAMES = 20;

describeWith(['chromium'], 'the page in a browser', () => {
  let browser: Browser;
  let pictures: Buffer[][];
  let call: CallPage;
  let page: Page;
  let complaints: string[];
  let show: NodeJS.Timeout;

  beforeAll(async () => {
    pictures = [
      testPictures('testsrc=size=320x240:rate=10'),
      testPictures('mandelbrot=size=320x180:rate=10'),
    ];
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    call = await openPage({ title: 'lobby' });
    page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    complaints = [];
    page.on('console', (message) => {
      // The test's own looking at pixels is what that hint of the browser is about.
      const ours = !message.text().includes('willReadFrequently');
      if (ours && ['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(call.url) && !request.url().startsWith('data:')) {
        complaints.push(`loaded ${request.url()}`);
      }
    });
    let count = 0;
    show = setInterval(() => {
      call.showFrame('a', pictures[0]![count % FRAMES]!);
      call.showFrame('b', pictures[1]![count % FRAMES]!);
      count++;
    }, 50);
  });
  afterEach(async () => {
    clearInterval(show);
    await page.close();
    await call.close();
  });

  const tile = (name: string) => page.locator('.tile', { hasText: name });

  /** Waits until a canvas has shown so many different pictures. */
  const waitForPictures = (name: string, different: number) =>
    tile(name)
      .locator('canvas')
      .evaluate((canvas: { getContext(kind: '2d'): PixelSource; width: number; height: number }, wanted) => {
        const seen = new Set<string>();
        return new Promise<number>((resolve) => {
          const look = () => {
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let sum = 0;
            for (let index = 0; index < data.length; index += 97) sum = (sum * 31 + data[index]!) | 0;
            seen.add(`${sum}`);
            if (seen.size >= wanted) resolve(seen.size);
            else setTimeout(look, 20);
          };
          look();
        });
      }, different);

  it('shows moving pictures of everybody, with their names and states', async () => {
    await page.goto(call.url);
    await page.getByRole('heading', { name: 'Waiting for others' }).waitFor();
    expect(call.viewers).toBe(1);

    call.setParticipant('a', { name: 'Anna', self: true, fps: 29.97, level: -20 });
    call.setParticipant('b', { name: '<img src=x onerror=alert(1)>', muted: true });
    await waitForPictures('Anna', 5);
    await waitForPictures('<img', 5);

    expect(await page.getByRole('article').count()).toBe(2);
    await page.getByRole('article', { name: 'Anna, you' }).waitFor();
    await page.getByRole('article', { name: '<img src=x onerror=alert(1)>, muted' }).waitFor();
    expect(await tile('Anna').locator('.fps').textContent()).toBe('30 fps');
    expect(await tile('Anna').locator('.muted').isVisible()).toBe(false);
    expect(await tile('<img').locator('.muted').isVisible()).toBe(true);
    expect(await page.title()).toBe('lobby');
    expect(complaints).toEqual([]);
  });

  it('follows changes, and takes the tile of someone away who leaves', async () => {
    call.setParticipant('a', { name: 'Anna' });
    call.setParticipant('b', { name: 'Ben' });
    await page.goto(call.url);
    await waitForPictures('Ben', 2);
    call.setParticipant('b', { name: 'Ben', cameraOff: true });
    await page.getByRole('article', { name: 'Ben, camera off' }).waitFor();
    expect(await tile('Ben').locator('canvas').isVisible()).toBe(false);
    expect(await tile('Ben').locator('.initials').textContent()).toBe('B');
    call.removeParticipant('b');
    await tile('Ben').waitFor({ state: 'detached' });
    expect(await page.getByRole('article').count()).toBe(1);
    await page.getByText('Ben has left').waitFor({ state: 'attached' });
    expect(complaints).toEqual([]);
  });

  it('lays out up to five people without scrolling, on a screen and on a phone', async () => {
    const names = ['Anna', 'Ben', 'Chiara', 'Dmitri', 'Eve'];
    await page.goto(call.url);
    for (const [index, name] of names.entries()) {
      call.setParticipant(String(index), { name });
      await tile(name).waitFor();
      for (const size of [
        { width: 1280, height: 720 },
        { width: 390, height: 844 },
      ]) {
        await page.setViewportSize(size);
        const boxes = await Promise.all(names.slice(0, index + 1).map((each) => tile(each).boundingBox()));
        for (const box of boxes) {
          expect(box!.x).toBeGreaterThanOrEqual(0);
          expect(box!.x + box!.width).toBeLessThanOrEqual(size.width);
          expect(box!.y + box!.height).toBeLessThanOrEqual(size.height);
          expect(box!.width).toBeGreaterThan(150);
        }
      }
    }
  });

  it('says so when the call is over', async () => {
    call.setParticipant('a', { name: 'Anna' });
    await page.goto(call.url);
    await tile('Anna').waitFor();
    await call.close();
    await page.getByRole('alert').getByText('The call is over').waitFor();
  });

  it('finds a server again that was gone', async () => {
    call.setParticipant('a', { name: 'Anna' });
    // A route that can be cut stands in for a process that dies.
    const routes: { close(options: { code: number }): Promise<void> }[] = [];
    await page.routeWebSocket(/socket/, (route) => {
      route.connectToServer();
      routes.push(route);
    });
    await page.goto(call.url);
    await tile('Anna').waitFor();
    await routes[0]!.close({ code: 1012 });
    await page.getByRole('alert').getByText('Trying again').waitFor();
    await page.getByRole('alert').waitFor({ state: 'hidden' });
    await waitForPictures('Anna', 3);
    expect(await page.getByRole('article').count()).toBe(1);
  });

  it('keeps still for those who want it', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto(call.url);
    await page.locator('.dots i').first().waitFor();
    const name = await page
      .locator('.dots i')
      .first()
      .evaluate((dot) => (globalThis as unknown as StyleSource).getComputedStyle(dot).animationName);
    expect(name).toBe('none');
  });
});

interface PixelSource {
  getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
}
interface StyleSource {
  getComputedStyle(element: unknown): { animationName: string };
}

/** JPEGs of a moving source of ffmpeg. */
function testPictures(source: string): Buffer[] {
  const { path } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string };
  const args = ['-v', 'error', '-f', 'lavfi', '-i', source, '-frames:v', String(FRAMES)];
  const stream = execFileSync(path, [...args, '-c:v', 'mjpeg', '-q:v', '4', '-f', 'mjpeg', '-'], {
    maxBuffer: 1e8,
  });
  const pictures: Buffer[] = [];
  for (let from = 0; from < stream.length;) {
    const end = stream.indexOf(Buffer.of(0xff, 0xd9), from) + 2;
    pictures.push(stream.subarray(from, end));
    from = end;
  }
  return pictures;
}
