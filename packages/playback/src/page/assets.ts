import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A file that the page's server serves. */
export interface Asset {
  type: string;
  body: Buffer;
}

/** The page's files by path. They are in the package's `dist`; nothing is loaded from elsewhere. */
export async function loadAssets(): Promise<Map<string, Asset>> {
  const assets = await Promise.all(
    files.map(async ([path, name, type]) => [path, { type, body: await readFile(locate(name)) }] as const),
  );
  return new Map(assets);
}

/** A file in `dist`, from there or from the source. */
function locate(name: string): string {
  const near = fileURLToPath(new URL(`./${name}`, import.meta.url));
  return existsSync(near) ? near : fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));
}

const files = [
  ['/', 'page.html', 'text/html; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/page-client.js', 'page-client.js', 'text/javascript; charset=utf-8'],
] as const;
