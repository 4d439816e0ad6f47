import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { startBrowser } from '../support/browser.js';
import { emptyFolder, hellohaybye, startServer, type Running } from '../support/cli.js';
import { FakeBrowser } from '../support/fake-browser.js';
import { describeWith } from '../support/needs.js';
import { PageViewer } from '../support/page-viewer.js';

describe.skipIf(process.platform !== 'linux')('the browser that a call starts', () => {
  let browser: FakeBrowser;
  let temporary: string;
  let call: Running;
  beforeEach(async () => {
    browser = new FakeBrowser(emptyFolder());
    temporary = emptyFolder();
    const { url } = await startServer();
    call = hellohaybye(['join', 'tea', '--server', url, '--name', 'Anna', ...shown], {
      env: { ...browser.env, TMPDIR: temporary },
    });
  });

  it('finds no token in its arguments, but a file for this user alone, which goes once it was used', async () => {
    const [, printed] = await call.printed(/shown at (http:\S+)/);
    const { args, env } = await browser.started();
    const place = args.at(-1)!;
    expect(place).toMatch(/^(file:\/\/)?\/.*\.html$/);
    const file = place.startsWith('file:') ? fileURLToPath(place) : place;
    const [, address] = /url=(http:[^"]+)"/.exec(readFileSync(file, 'utf8'))!;
    const told = [...args, ...env].join('\n');
    for (const url of [printed!, address!]) expect(told).not.toContain(new URL(url).hash.slice(1));

    expect(address).not.toBe(printed);
    const first = await PageViewer.open(address!);
    await expect(PageViewer.open(address!)).rejects.toThrow('403');
    expect(existsSync(dirname(file))).toBe(false);
    expect(readdirSync(temporary)).toEqual([]);

    // The printed address is still good, once; then the next one is printed.
    const second = await PageViewer.open(printed!);
    await expect(PageViewer.open(printed!)).rejects.toThrow('403');
    const [, next] = await call.printed(/Another window.*(http:\S+)/);
    const third = await PageViewer.open(next!);
    for (const viewer of [first, second, third]) viewer.close();
    call.signal('SIGTERM');
    expect(await call.exited).toMatchObject({ code: 143 });
  });

  describeWith(['chromium'], 'if it is Chromium', () => {
    it('shows the call by that file, of which nothing is left', async () => {
      const { args } = await browser.started();
      const chromium = await startBrowser();
      try {
        const page = await chromium.newPage();
        await page.goto(args.at(-1)!.replace(/^\//, 'file:///'));
        await page.getByRole('article', { name: 'Anna' }).waitFor();
        expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
        expect(readdirSync(temporary)).toEqual([]);
      } finally {
        await chromium.close();
      }
    });
  });

  it('that shows nothing leaves no file behind', async () => {
    await browser.started();
    expect(readdirSync(temporary)).toHaveLength(1);
    call.signal('SIGTERM');
    await call.exited;
    expect(readdirSync(temporary)).toEqual([]);
  });
});

/** A participant without camera and sound, with a page. */
const shown = [
  ...['--media-host', '127.0.0.1', '--video-port', '0', '--audio-port', '0'],
  ...['--speaker', 'none', '--video', 'none', '--audio', 'none'],
];
