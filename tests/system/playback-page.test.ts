import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { micros } from '@hellohaybye/core';
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
      if (!request.url().startsWith(new URL(call.url).origin) && !request.url().startsWith('data:')) {
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
    call.setTitle('Call with Anna');
    await page.getByRole('heading', { name: 'Call with Anna' }).waitFor();
    expect(await page.title()).toBe('Call with Anna');
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

  it('shows nothing to who does not know the whole address', async () => {
    call.setParticipant('a', { name: 'Anna' });
    await page.goto(new URL(call.url).origin);
    await page.getByRole('alert').getByText('open the whole address').waitFor();
    expect(call.viewers).toBe(0);
  });

  it('is opened by an address once, and then reloaded, found again and doubled without it', async () => {
    const address = call.url;
    call.setParticipant('a', { name: 'Anna' });
    const routes: { close(options: { code: number }): Promise<void> }[] = [];
    await page.routeWebSocket(/socket/, (route) => {
      route.connectToServer();
      routes.push(route);
    });
    await page.goto(address);
    await tile('Anna').waitFor();
    expect(page.url()).toBe(new URL(call.url).origin + '/');
    await page.reload();
    await tile('Anna').waitFor();
    await routes.at(-1)!.close({ code: 1012 });
    await page.getByRole('alert').getByText('Trying again').waitFor();
    await page.getByRole('alert').waitFor({ state: 'hidden' });
    const doubled = page.context().waitForEvent('page');
    await page.evaluate('void open(location.href)');
    await (await doubled).locator('.tile', { hasText: 'Anna' }).waitFor();

    // Somebody else has the address by now, such as from a list of processes.
    const other = await browser.newPage();
    await other.goto(address);
    await other.getByRole('alert').getByText('opened a window already').waitFor();
    // To paste the next address over it is enough.
    await other.goto(call.url);
    await other.locator('.tile', { hasText: 'Anna' }).waitFor();
    await other.close();
    expect(complaints).toEqual([]);
  });

  const ringing = (of = page) => of.getByRole('alertdialog');

  it('rings in every window until somebody answers in one: Enter accepts', async () => {
    const other = await browser.newPage();
    await Promise.all([page.goto(call.url), other.goto(call.newUrl())]);
    call.ring({ id: 'c1', from: 'Zoë', room: 'kitchen', people: ['Ben'] });
    const dialog = page.getByRole('alertdialog', { name: 'Zoë' });
    await dialog.waitFor();
    expect(await dialog.textContent()).toContain('is calling youin kitchen, with Ben');
    await ringing(other).waitFor();
    await page.waitForFunction(() =>
      (globalThis as unknown as Titled).document.title.includes('Zoë is calling'),
    );
    await page.waitForFunction(() => (globalThis as unknown as Titled).document.title === 'lobby');

    const accepted = once(call, 'accept');
    await page.keyboard.press('Enter');
    expect(await accepted).toEqual(['c1']);
    await ringing().waitFor({ state: 'hidden' });
    await ringing(other).waitFor({ state: 'hidden' });
    expect(await other.title()).toBe('lobby');
    await other.close();
    expect(call.ignored).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('declines with Escape, and says why if one wants to', async () => {
    await page.goto(call.url);
    call.ring({ id: 'c1', from: 'Zoë' });
    call.ring({ id: 'c2', from: 'Ben' });
    await page.getByRole('alertdialog', { name: 'Zoë' }).getByText('1 more call is waiting').waitFor();
    const first = once(call, 'decline');
    await page.keyboard.press('Escape');
    expect(await first).toEqual(['c1', undefined]);

    await page.getByRole('alertdialog', { name: 'Ben' }).waitFor();
    await page.getByRole('textbox', { name: 'Message when declining' }).fill('in ten minutes');
    const second = once(call, 'decline');
    await page.getByRole('button', { name: 'Decline' }).click();
    expect(await second).toEqual(['c2', 'in ten minutes']);
    await ringing().waitFor({ state: 'hidden' });

    call.ring({ id: 'c3', from: 'Eve' });
    await ringing().waitFor();
    call.stopRinging('c3', 'cancelled');
    await page.getByRole('status').getByText('Missed call from Eve').waitFor();
    expect(await ringing().isVisible()).toBe(false);
  });

  it('does not take the Enter of a line that is being written for an answer', async () => {
    call.setControls({ canChat: true });
    await page.goto(call.url);
    await page.getByRole('button', { name: 'Chat' }).click();
    await page.keyboard.type('half a line');
    call.ring({ id: 'c1', from: 'Zoë' });
    await ringing().waitFor();
    const answered = once(call, 'accept');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await ringing().isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Accept' }).click();
    expect(await answered).toEqual(['c1']);
    await ringing().waitFor({ state: 'hidden' });
    expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('half a line');
  });

  it('sounds while it rings, as soon as the browser lets it', async () => {
    // The test's own looking at the page counts as a gesture: the page is told that there was none.
    await page.addInitScript(`
      Object.defineProperty(navigator, 'userActivation', { value: { hasBeenActive: false } });
      const { start } = OscillatorNode.prototype;
      OscillatorNode.prototype.start = function (...when) {
        globalThis.tones = (globalThis.tones ?? 0) + 1;
        return start.apply(this, when);
      };`);
    await page.goto(call.url);
    call.ring({ id: 'c1', from: 'Zoë' });
    await page.getByText('Click anywhere to hear it ring').waitFor();
    expect(await page.evaluate('globalThis.tones')).toBeUndefined();
    await page.mouse.click(5, 5);
    await page.waitForFunction(() => ((globalThis as unknown as Sounding).tones ?? 0) >= 3);
    await page.getByText('Click anywhere to hear it ring').waitFor({ state: 'hidden' });
    expect(complaints).toEqual([]);
  });

  it('has buttons and keys for the call, which show what was set', async () => {
    call.setControls({ muted: false, cameraOff: false, onHold: false, canHangUp: true, canChat: true });
    await page.goto(call.url);
    const next = () => once(call, 'control').then(([control]) => control as string);
    let asked = next();
    await page.getByRole('button', { name: 'Mute (M)', exact: true }).click();
    expect(await asked).toBe('mute');
    // Nothing is shown before it is so.
    await page.getByRole('button', { name: 'Mute (M)', exact: true }).waitFor();
    const others = { onHold: false, away: false, canHangUp: true, canChat: true };
    call.setControls({ muted: true, cameraOff: false, ...others });
    await page.getByRole('button', { name: 'Unmute (M)' }).waitFor();
    await page.getByRole('button', { name: 'Show that you are away (W)' }).waitFor();

    for (const [key, control] of [
      ['m', 'unmute'],
      ['v', 'camera-off'],
      ['h', 'hold'],
      ['w', 'away'],
    ]) {
      asked = next();
      await page.keyboard.press(key!);
      expect(await asked).toBe(control);
    }
    // Keys are letters while one writes.
    await page.keyboard.press('c');
    const written = once(call, 'chat');
    await page.keyboard.type('hm, vmh');
    await page.keyboard.press('Enter');
    expect(await written).toEqual(['hm, vmh']);
    asked = next();
    await page.getByRole('button', { name: 'Hang up' }).click();
    expect(await asked).toBe('hang-up');
    expect(complaints).toEqual([]);
  });

  it('shows the chat as text, with plain links, and counts what is new', async () => {
    const at = micros(1_767_225_600e6);
    call.setControls({ canChat: true });
    await page.goto(call.url);
    await page.getByRole('button', { name: 'Chat' }).waitFor();
    call.addChat({
      id: '1',
      from: '<i>Anna</i>',
      text: '<b>x</b> https://example.org/?a, javascript:alert(1)',
      at,
    });
    call.addChat({ id: '2', from: 'أحمد', text: 'صباح الخير', at });
    await page.getByRole('button', { name: 'Chat (C), 2 new' }).click();
    const log = page.getByRole('log');
    await log.getByText('<b>x</b>').waitFor();
    await log.getByText('<i>Anna</i>').waitFor();
    expect(await log.locator('b, i').count()).toBe(0);
    const links = log.getByRole('link');
    expect(await links.count()).toBe(1);
    expect(await links.getAttribute('href')).toBe('https://example.org/?a');
    expect(await links.getAttribute('rel')).toBe('noopener noreferrer');
    expect(await log.locator('bdi', { hasText: 'أحمد' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Chat (C)', exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await log.waitFor({ state: 'hidden' });
    expect(complaints).toEqual([]);
  });

  it('calls people of the roster, and gives calls up', async () => {
    call.setParticipant('a', { name: 'Anna', self: true });
    call.setRoster([
      { id: 'p1', name: 'Zoë', callable: true, muted: true },
      { id: 'p2', name: 'Ben', busy: true, room: 'kitchen' },
    ]);
    await page.goto(call.url);
    await page.getByRole('button', { name: 'People (P)' }).waitFor();
    await page.keyboard.press('p');
    const panel = page.getByRole('complementary', { name: 'People' });
    await panel.getByText('in kitchen · in a call').waitFor();
    expect(await panel.getByRole('button', { name: 'Call Ben' }).count()).toBe(0);
    const called = once(call, 'call');
    await panel.getByRole('button', { name: 'Call Zoë' }).click();
    expect(await called).toEqual(['p1']);

    const card = page.getByRole('group', { name: 'Call to Zoë' });
    call.showCalling({ id: 'o1', to: 'Zoë', state: 'ringing' });
    await card.getByText('Ringing…').waitFor();
    const cancelled = once(call, 'cancel');
    await card.getByRole('button', { name: 'Cancel' }).click();
    expect(await cancelled).toEqual(['o1']);
    call.showCalling({ id: 'o1', to: 'Zoë', state: 'declined', reason: 'later' });
    await card.getByText('Declined: later').waitFor();
    await card.getByRole('button', { name: 'Close' }).click();
    await card.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('shows the words of everybody’s keys to compare', async () => {
    await page.goto(call.url);
    const words = 'mimic income owner charge mechanic design drop business';
    call.setParticipant('a', { name: 'Anna', self: true, words });
    call.setParticipant('b', { name: 'Ben', words: '<b>abandon</b> ability', key: 'changed' });
    call.setParticipant('c', { name: 'Eve', words: 'able about', key: 'new' });
    await page.getByRole('button', { name: 'People' }).click();
    const shown = page.locator('#people .compared');
    await shown.nth(2).waitFor();
    expect(await shown.allInnerTexts()).toEqual([
      expect.stringMatching(/^Ben\s+<b>abandon<\/b> ability\s+not the key they had before$/),
      expect.stringMatching(/^Eve\s+able about\s+met for the first time$/),
      expect.stringMatching(new RegExp(`^Anna\\s+${words}\\s+you$`)),
    ]);
    if (process.env['SHOT']) await page.screenshot({ path: process.env['SHOT'] });
    expect(complaints).toEqual([]);
  });

  it('keeps all of it on a phone', async () => {
    const size = { width: 390, height: 844 };
    await page.setViewportSize(size);
    const name = 'Maximiliane-Charlotte von Hohenstein-Wittelsbach zu Niederbayern'.repeat(3);
    call.setParticipant('a', { name });
    call.setControls({ muted: false, cameraOff: false, onHold: false, canHangUp: true, canChat: true });
    call.setRoster([{ id: 'p1', name, callable: true }]);
    call.showCalling({ id: 'o1', to: name, state: 'calling' });
    call.addChat({ id: '1', from: name, text: 'w'.repeat(500), at: micros(0) });
    await page.goto(call.url);
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    const inside = async () => {
      for (const button of await page.getByRole('button').all()) {
        const box = (await button.boundingBox())!;
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(size.width);
        expect(box.y + box.height).toBeLessThanOrEqual(size.height);
      }
    };
    await inside();
    await page.getByRole('button', { name: 'People' }).click();
    await page.getByRole('button', { name: 'Call Max' }).waitFor();
    await inside();
    await page.getByRole('button', { name: 'Chat' }).click();
    await page.getByRole('log').waitFor();
    await inside();
    call.ring({ id: 'c1', from: name, people: [name, name] });
    await ringing().waitFor();
    await inside();
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
interface Titled {
  document: { title: string };
}
interface Sounding {
  tones?: number;
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
