import { systemClock } from '@hellohaybye/core/node';
import { afterEach, expect, it } from 'vitest';
import type { Notice } from '../notice.js';
import { openPlayerSink } from './player-sink.js';
import { readSpeakerChild, type Player } from './players.js';
import type { Sink } from './sink.js';
import { SinkRunner, type SinkCandidate } from './sink-runner.js';

// The players are real processes: small programs that read samples and tell their position, or die.

const format = { sampleRate: 48_000, channels: 1 };
const playsOn = `let n = 0; process.stdin.on('data', (d) => { n += d.length / 2; console.log('position ' + n); })`;
const dies = `console.error('no device'); process.exit(3)`;
const aborts = `process.abort()`;
const diesOnce = (marker: string) =>
  `const fs = require('fs'); if (!fs.existsSync(${JSON.stringify(marker)})) process.exit(1); ${playsOn}`;

const runners: SinkRunner[] = [];
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.close()));
});

function candidate(
  label: string,
  program: string,
  env: Record<string, string> = {},
): SinkCandidate & { sinks: Sink[] } {
  const player: Player = {
    name: 'speaker',
    lead: 0.04,
    freeRunning: false,
    command: process.execPath,
    args: ['-e', program],
    env,
    reports: 'stdout',
    read: () => readSpeakerChild(),
  };
  const sinks: Sink[] = [];
  return {
    label,
    sinks,
    open(events) {
      const sink = { ...openPlayerSink(player, process.env, events), label };
      sinks.push(sink);
      return sink;
    },
  };
}

function start(candidates: SinkCandidate[]) {
  const notices: Notice[] = [];
  const waiting: { code: string; resolve: (notice: Notice) => void }[] = [];
  const pulls = { count: 0, waiting: undefined as (() => void) | undefined, until: 0 };
  const runner = new SinkRunner({
    format,
    blockLength: 480,
    candidates,
    pull: () => {
      pulls.count++;
      if (pulls.count >= pulls.until) pulls.waiting?.();
      return new Int16Array(480);
    },
    clock: systemClock,
    onNotice(notice) {
      notices.push(notice);
      waiting.filter(({ code }) => code === notice.code).forEach(({ resolve }) => resolve(notice));
    },
  });
  runners.push(runner);
  return {
    runner,
    notices,
    notice: (code: string) => new Promise<Notice>((resolve) => waiting.push({ code, resolve })),
    pulled: (more: number) => {
      pulls.until = pulls.count + more;
      return new Promise<void>((resolve) => (pulls.waiting = resolve));
    },
  };
}

it('plays on the first sink that works', async () => {
  const { runner, notices, pulled } = start([candidate('good', playsOn)]);
  await runner.ready;
  expect(runner.label).toBe('good');
  await pulled(20);
  expect(runner.queued).toBeLessThanOrEqual(40_000);
  expect(notices).toEqual([]);
});

it('goes on to the next when one dies at once, and says why', async () => {
  const { runner, notices } = start([
    candidate('bad', dies),
    candidate('worse', aborts),
    candidate('good', playsOn),
  ]);
  await runner.ready;
  expect(runner.label).toBe('good');
  expect(notices.map(({ code }) => code)).toEqual(['speaker-fallback', 'speaker-fallback']);
  expect(notices[0]?.detail).toContain('exit code 3: no device');
  expect(notices[1]?.detail).toContain('SIGABRT');
});

it('goes on to the next when one is not there at all', async () => {
  const absent = candidate('absent', '');
  const { runner, notices } = start([
    { ...absent, open: (events) => openPlayerSink({ ...missing }, process.env, events) },
    candidate('good', playsOn),
  ]);
  await runner.ready;
  expect(runner.label).toBe('good');
  expect(notices[0]?.detail).toContain('ENOENT');
});

const missing: Player = {
  name: 'paplay',
  lead: 0.04,
  freeRunning: false,
  command: '/no/such/program',
  args: [],
  env: {},
  reports: 'stdout',
  read: () => readSpeakerChild(),
};

it('goes on without sound when none works, at the pace of the clock, and tries again', async () => {
  const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const folder = await mkdtemp(join(tmpdir(), 'hhb-'));
  const marker = join(folder, 'device');
  const { runner, notices, notice, pulled } = start([candidate('later', diesOnce(marker))]);
  await runner.ready;
  expect(runner.label).toBe('none');
  expect(notices.map(({ code }) => code)).toEqual(['speaker-unavailable']);
  const restored = notice('speaker-restored');
  const began = performance.now();
  await pulled(30);
  expect(performance.now() - began).toBeGreaterThan(250);
  await writeFile(marker, '');
  await restored;
  expect(runner.label).toBe('later');
  await rm(folder, { recursive: true });
});

it('starts a sink again that died after it had played', async () => {
  const dieAfter = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2300)`;
  const { runner, notice } = start([candidate('mortal', `${playsOn}; ${dieAfter}`)]);
  await runner.ready;
  expect((await notice('speaker-restarted')).detail).toContain('SIGKILL');
  expect(runner.label).toBe('none');
});

it('ends its children when it is closed', async () => {
  const stubborn = candidate(
    'stubborn',
    `${playsOn}; process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`,
  );
  const { runner } = start([stubborn]);
  await runner.ready;
  const began = performance.now();
  await runner.close();
  expect(performance.now() - began).toBeLessThan(2000);
});
