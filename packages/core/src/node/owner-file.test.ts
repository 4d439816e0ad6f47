import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeOwnerFile, othersMay, readOwnerFile } from './owner-file.js';

const onPosix = it.skipIf(process.platform === 'win32');
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hellohaybye-owner-'));
  file = join(folder, 'secret');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file for its owner alone', () => {
  it('is made once, and read as it is', () => {
    expect(readOwnerFile(file)).toBeUndefined();
    expect(makeOwnerFile(file, 'first ü')).toBe(true);
    expect(makeOwnerFile(file, 'second')).toBe(false);
    expect(readOwnerFile(file)).toEqual({ exposed: false, text: 'first ü' });
    expect(readdirSync(folder)).toEqual(['secret']);
  });

  it('replaces none that is there, whoever made it', () => {
    writeFileSync(file, 'other', { mode: 0o600 });
    expect(makeOwnerFile(file, 'ours')).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('other');
  });

  onPosix('has no rights for others, whatever the umask', () => {
    const before = process.umask(0);
    try {
      makeOwnerFile(file, 'text');
    } finally {
      process.umask(before);
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  onPosix.each([0o640, 0o620, 0o610, 0o604, 0o602, 0o601])('is not given out with the rights %o', (mode) => {
    makeOwnerFile(file, 'text');
    chmodSync(file, mode);
    expect(readOwnerFile(file)).toEqual({ exposed: true });
  });

  it('can’t be made or read where that is not possible, and leaves nothing behind', () => {
    expect(() => makeOwnerFile(join(folder, 'missing', 'secret'), '')).toThrow(/ENOENT/);
    writeFileSync(join(folder, 'plain'), '');
    expect(() => makeOwnerFile(join(folder, 'plain', 'secret'), '')).toThrow(/ENOTDIR|ENOENT/);
    expect(() => readOwnerFile(join(folder, 'plain', 'secret'))).toThrow(/ENOTDIR/);
    expect(readdirSync(folder)).toEqual(['plain']);
  });
});

onPosix('othersMay looks at the rights of group and others', () => {
  expect(othersMay(0o100600, 0o077)).toBe(false);
  expect(othersMay(0o100640, 0o022)).toBe(false);
  expect(othersMay(0o100620, 0o022)).toBe(true);
});
