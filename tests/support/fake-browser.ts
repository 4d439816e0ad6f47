import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';

/**
 * A browser that shows nothing, and keeps what it was told: its arguments and its environment. It goes by each name by
 * which a desktop without settings starts one (Linux).
 */
export class FakeBrowser {
  /** What makes a program start it. */
  readonly env: Record<string, string>;
  readonly #told: string;

  /** @param folder where it is put, with what it is told */
  constructor(folder: string) {
    this.#told = join(folder, 'browser-was-told');
    const put = (name: string, lines: string[]) => {
      writeFileSync(join(folder, name), ['#!/bin/sh', ...lines, ''].join('\n'));
      chmodSync(join(folder, name), 0o755);
    };
    const keep = [
      `{ printf '%s\\n' "$@"; echo; env; } > ${this.#told}.part`,
      `mv ${this.#told}.part ${this.#told}`,
    ];
    for (const name of ['run-mailcap', 'x-www-browser', 'firefox', 'chromium']) put(name, keep);
    // It knows of no browser that is installed here.
    put('xdg-mime', ['exit 1']);
    this.env = {
      ...{ DISPLAY: ':77', XDG_CURRENT_DESKTOP: '', BROWSER: join(folder, 'firefox') },
      PATH: `${folder}:${process.env['PATH']}`,
    };
  }

  /** Its arguments and its environment, as soon as it was started. */
  started(): Promise<{ args: string[]; env: string[] }> {
    const look = () => {
      const [args = '', env = ''] = readFileSync(this.#told, 'utf8').split('\n\n');
      return { args: args.split('\n'), env: env.split('\n') };
    };
    return vi.waitFor(look, { timeout: 20_000, interval: 50 });
  }
}
