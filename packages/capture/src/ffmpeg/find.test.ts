import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFfmpeg } from './find.js';

const path = process.env['PATH'];
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hhb-find-'));
  process.env['PATH'] = folder;
});
afterEach(async () => {
  process.env['PATH'] = path;
  await rm(folder, { recursive: true });
});

/** A program that lists these devices. */
async function fake(name: string, devices: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\necho ' D  ${devices}   x'\n`);
  await chmod(file, 0o755);
  return file;
}

describe.skipIf(process.platform === 'win32')('findFfmpeg', () => {
  it('takes the bundled one when there is no other', async () => {
    expect(await findFfmpeg()).toMatchObject({ origin: 'bundled' });
  });

  it('prefers the one on the PATH, where it has what is needed', async () => {
    const file = await fake('ffmpeg', 'pulse');
    process.env['PATH'] = `${join(folder, 'nowhere')}${delimiter}${folder}`;
    expect(await findFfmpeg()).toEqual({ path: file, origin: 'path' });
    expect(await findFfmpeg({ device: 'pulse' })).toEqual({ path: file, origin: 'path' });
    expect(await findFfmpeg({ device: 'lavfi' })).toMatchObject({ origin: 'bundled' });
    await expect(findFfmpeg({ device: 'nothing' })).rejects.toMatchObject({ code: 'ffmpeg-missing' });
  });

  it('takes the one that was given, or none', async () => {
    const file = await fake('mine', 'x');
    expect(await findFfmpeg({ path: file })).toEqual({ path: file, origin: 'given' });
    expect(await findFfmpeg({ path: 'mine' })).toEqual({ path: file, origin: 'given' });
    await expect(findFfmpeg({ path: 'yours' })).rejects.toMatchObject({ code: 'ffmpeg-missing' });
    await symlink(join(folder, 'gone'), join(folder, 'dangling'));
    for (const wrong of ['gone', 'dangling']) {
      await expect(findFfmpeg({ path: join(folder, wrong) })).rejects.toMatchObject({
        code: 'ffmpeg-missing',
      });
    }
  });
});
