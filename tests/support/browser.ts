import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Locator } from 'playwright-core';

/** Starts the Chromium of this machine, without a window unless `display` names a screen. */
export function startBrowser(display?: string, more: string[] = []): Promise<Browser> {
  const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)))
    .find(canRun);
  if (executablePath === undefined) throw new Error('no Chromium on the PATH');
  return chromium.launch({
    executablePath,
    headless: display === undefined,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run', ...more],
    ...(display === undefined ? {} : { env: { ...process.env, DISPLAY: display } as Record<string, string> }),
  });
}

/** Waits until a canvas has shown so many different pictures. */
export function waitForPictures(canvas: Locator, different: number): Promise<number> {
  return canvas.evaluate((element: Canvas, wanted) => {
    const seen = new Set<number>();
    return new Promise<number>((resolve) => {
      const look = () => {
        const { data } = element.getContext('2d').getImageData(0, 0, element.width, element.height);
        let sum = 0;
        for (let index = 0; index < data.length; index += 97) sum = (sum * 31 + data[index]!) | 0;
        seen.add(sum);
        if (seen.size >= wanted) resolve(seen.size);
        else setTimeout(look, 20);
      };
      look();
    });
  }, different);
}

/** As much of a canvas as is used here: the tests are compiled without the browser's types. */
interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  };
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
