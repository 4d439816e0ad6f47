import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeRedirect } from './redirect-file.js';

let parent: string;
beforeEach(() => (parent = mkdtempSync(join(tmpdir(), 'hellohaybye-redirect-'))));
afterEach(() => rmSync(parent, { recursive: true }));

const url = 'http://127.0.0.1:1234/#s3cr3t-token';

describe('a file that leads to an address', () => {
  it('holds it, and its own place does not', () => {
    const { place } = writeRedirect(url, parent);
    expect(place).toMatch(/^file:\/\/\/.*\.html$/);
    expect(place).not.toContain('s3cr3t');
    expect(readFileSync(fileURLToPath(place), 'utf8')).toContain(`content="0; url=${url}"`);
  });

  it.skipIf(process.platform === 'win32')('is for its owner alone', () => {
    const file = fileURLToPath(writeRedirect(url, parent).place);
    expect([file, dirname(file)].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o700]);
  });

  it('is gone once it is removed, with its folder', () => {
    const { place, remove } = writeRedirect(url, parent);
    remove();
    remove();
    expect(existsSync(fileURLToPath(place))).toBe(false);
    expect(readdirSync(parent)).toEqual([]);
  });
});
