import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startBrowser, waitForPictures } from '../support/browser.js';
import { hellohaybye, mediaFolder, quiet, root, startServer } from '../support/cli.js';
import { describeWith } from '../support/needs.js';
import { startXvfb } from '../support/xvfb.js';

const moving = ['--video', 'test', '--size', '320x240', '--fps', '15', '--audio', 'tone'];
const withPage = ['--view', 'browser', '--no-open'];

describeWith(['chromium'], 'the page of a call', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 720 }, colorScheme: 'dark' });
    complaints.length = 0;
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  });
  afterEach(() => page.close());

  const tile = (label: string) => page.getByRole('article', { name: label, exact: true });

  it('shows everybody moving, with their names, while a third comes and goes', async () => {
    const { url } = await startServer();
    const participant = (name: string, ...rest: string[]) =>
      hellohaybye(['join', '--server', url, '--name', name, ...quiet, ...moving, ...rest]);
    const anna = participant('Anna', ...withPage);
    const [, address] = await anna.printed(/shown at (http:\/\/127\.0\.0\.1:\d+\S*)/);
    participant('Ben <b>');
    await page.goto(address!);

    await waitForPictures(tile('Anna, you').locator('canvas'), 10);
    await waitForPictures(tile('Ben <b>').locator('canvas'), 10);
    expect(await page.getByRole('article').count()).toBe(2);
    await tile('Ben <b>').getByText('15 fps').waitFor();

    const carla = participant('Carla', '--audio', 'none');
    await waitForPictures(tile('Carla, muted').locator('canvas'), 5);
    expect(await page.getByRole('article').count()).toBe(3);
    await waitForPictures(tile('Ben <b>').locator('canvas'), 5);

    carla.signal('SIGINT');
    await tile('Carla, muted').waitFor({ state: 'detached' });
    expect(await page.getByRole('article').count()).toBe(2);
    await waitForPictures(tile('Ben <b>').locator('canvas'), 5);
    expect(complaints).toEqual([]);

    anna.signal('SIGINT');
    await page.getByRole('alert').getByText('The call is over').waitFor();
  });

  // The README's picture is made on request: UPDATE_SCREENSHOT=1, where there are the footage and Xvfb.
  if (process.env['UPDATE_SCREENSHOT'] !== '1') return;
  it('is a picture for the README', async () => {
    const size = { width: 1280, height: 720 };
    const xvfb = await startXvfb(size);
    // What belongs to the browser, not to the slide, is above the screen.
    const desk = await startBrowser(xvfb.display, ['--window-position=0,-85', '--window-size=1280,805']);
    try {
      const shared = await desk.newPage({ viewport: null });
      await shared.setContent(slide);
      const { url } = await startServer();
      const media = ['--quality', '92', '--fps', '15', '--audio'];
      const participant = (name: string, ...rest: string[]) =>
        hellohaybye(['join', '--server', url, '--name', name, ...quiet, ...media, ...rest], {
          env: { DISPLAY: xvfb.display },
        });
      const voice = `file:${join(mediaFolder, 'voice.wav')}`;
      const mia = participant('Mia', 'none', '--video', 'test', '--size', '640x360', ...withPage);
      participant('Jonas', voice, '--video', `file:${join(mediaFolder, 'street.mp4')}`, '--size', '640x480');
      participant('Aylin', 'none', '--video', 'screen', '--size', '960x540');
      const [, address] = await mia.printed(/shown at (http:\S+)/);
      await page.goto(address!);
      for (const label of ['Mia, you, muted', 'Jonas', 'Aylin, muted']) {
        await waitForPictures(tile(label).locator('canvas'), label.startsWith('Aylin') ? 1 : 10);
      }
      // At their best: all in time, and one speaking.
      await tile('Aylin, muted').getByText('15 fps').waitFor();
      await tile('Jonas').getByText('15 fps').waitFor();
      const speaking = page.locator('article.is-speaking', { hasText: 'Jonas' });
      do {
        await speaking.waitFor();
        await page.screenshot({ path: join(root, 'docs/call.png') });
      } while ((await speaking.count()) === 0);
    } finally {
      await desk.close();
      await xvfb.stop();
    }
  });
});

const slide = `<!doctype html><meta charset="utf-8"><style>
  body { margin: 0; height: 100vh; background: #f6f4ee; color: #20262d; font: 34px/1.3 'DejaVu Sans', sans-serif;
    display: flex; flex-direction: column; justify-content: center; gap: 64px; padding: 0 96px; box-sizing: border-box }
  h1 { font-size: 62px; margin: 0 } ol { list-style: none; display: flex; gap: 20px; margin: 0; padding: 0 }
  li { flex: 1; padding: 38px 0; border-radius: 18px; text-align: center; background: #dfe7e2; font-size: 30px }
  li:nth-child(3) { background: #2f8f6b; color: #fff } p { margin: 0; color: #5b646d }
  </style><h1>A frame’s journey</h1>
  <ol><li>capture<li>encode<li>packets<li>decode<li>show</ol><p>over plain UDP, straight to each of the others</p>`;
