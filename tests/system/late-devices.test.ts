import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCall } from '@hellohaybye/call';
import { afterEach, expect, it } from 'vitest';
import { emptyFolder, hellohaybye, quiet, startServer } from '../support/cli.js';

/** Where `arecord` is the recorder. */
const onLinux = it.skipIf(process.platform !== 'linux');
const anyPort = { port: 0, fallback: true };
const silent = {
  ...{ room: 'lobby', video: 'none', audio: 'none', speaker: 'none', page: false, mediaHost: '127.0.0.1' },
  ...{ width: 320, height: 240, fps: 15, quality: 70, sampleRate: 44_100, channels: 1, chunkSamples: 441 },
  ports: { video: anyPort, audio: anyPort },
};

/** A PATH on which `arecord` is a script: what stands there of a microphone. */
function recorder(script: string): string {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'arecord'), `#!/bin/sh\n${script.replaceAll('FOLDER', folder)}\n`);
  chmodSync(join(folder, 'arecord'), 0o755);
  return folder;
}
const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const path = process.env['PATH'];
afterEach(() => void (process.env['PATH'] = path));

onLinux('a call rings before the microphone is open; given up, nothing of it is left', async () => {
  const { url } = await startServer();
  const flags = ['--server', url, ...quiet, '--video', 'none'];
  const ben = hellohaybye(['join', '--name', 'ben', ...flags, '--audio', 'none']);
  await ben.printed(/You are ben/);
  // It gives nothing for longer than the test lasts.
  const folder = recorder('echo $$ > FOLDER/pid; exec sleep 120');
  const anna = hellohaybye(['call', 'ben', '--name', 'anna', ...flags, '--audio', 'auto'], {
    env: { PATH: `${folder}:${path}` },
  });
  await anna.printed(/It rings at ben/);
  expect(anna.stderr).not.toMatch(/microphone/);
  await expect.poll(() => existsSync(join(folder, 'pid'))).toBe(true);
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  expect(isRunning(pid)).toBe(true);
  anna.signal('SIGINT');
  expect(await anna.exited).toMatchObject({ code: 130 });
  expect(isRunning(pid)).toBe(false);
  expect(anna.stderr).not.toMatch(/microphone/);
});

onLinux(
  'who turns out to have no microphone is in the room meanwhile, and offers no sound from then on',
  async () => {
    const { url } = await startServer();
    const ben = await startCall({ ...silent, server: url, name: 'ben' });
    const folder = recorder('while [ ! -e FOLDER/go ]; do sleep 0.05; done; exit 1');
    process.env['PATH'] = `${folder}:${path}`;
    const notices: string[] = [];
    const onNotice = ({ code }: { code: string }) => void notices.push(code);
    // Without a PulseAudio that would have one.
    const anna = await startCall({
      ...{ ...silent, server: url, name: 'anna', audio: 'auto', ffmpeg: '/dev/null', onNotice },
    });
    try {
      const offers = () => ben.others.map(({ media }) => media.streams.map(({ id }) => id));
      await expect.poll(offers).toEqual([['audio', 'control']]);
      expect(anna.sends).toEqual({ audio: true, video: false });
      const told = new Promise((resolve) => anna.once('state', resolve));
      writeFileSync(join(folder, 'go'), '');
      await told;
      expect(anna.sends).toEqual({ audio: false, video: false });
      await expect.poll(offers, { timeout: 5000 }).toEqual([['control']]);
      expect(notices).toContain('no-microphone');
    } finally {
      await Promise.all([anna.leave(), ben.leave()]);
    }
  },
);

it('what is asked for by name is waited for: nobody is called by who has not got it', async () => {
  const { url } = await startServer();
  const flags = ['--server', url, ...quiet];
  const ben = hellohaybye(['join', '--name', 'ben', ...flags, '--video', 'none', '--audio', 'none']);
  await ben.printed(/You are ben/);
  const missing = ['--video', join(emptyFolder(), 'none.mp4'), '--audio', 'none'];
  const anna = hellohaybye(['call', 'ben', '--name', 'anna', ...flags, ...missing]);
  expect(await anna.exited).toMatchObject({ code: 1 });
  expect(anna.stderr).toMatch(/There is no file/);
  expect(ben.stderr).not.toMatch(/is calling/);
});
