// Packs packages as they would be published.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root } from './prepare.mjs';

export const libraries = ['core', 'transport', 'codec', 'capture', 'playback', 'signaling', 'call'];

/**
 * Packs packages into a folder and returns the tarballs' paths by package name.
 * @param {string[]} names folders below packages/
 * @param {string} folder where to
 * @returns {Record<string, string>}
 */
export function pack(names, folder) {
  return Object.fromEntries(
    names.map((name) => {
      const source = join(root, 'packages', name);
      const [command, args] = npm(['pack', '--json', '--silent', '--pack-destination', folder]);
      const result = spawnSync(command, args, {
        cwd: source,
        encoding: 'utf8',
        shell: process.platform === 'win32' && command === 'npm',
      });
      if (result.status !== 0) throw new Error(`npm pack of ${name} failed: ${result.stderr}`);
      const printed = JSON.parse(result.stdout);
      const [{ filename }] = Array.isArray(printed) ? printed : Object.values(printed);
      return [JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')).name, join(folder, filename)];
    }),
  );
}
