import { describe, expect, it } from 'vitest';
import { hellohaybye } from '../support/cli.js';
import { descendants, survivors } from '../support/processes.js';
import { received, type Result } from '../support/result.js';

const demo = ['demo', '--view', 'none', '--speaker', 'none', '--json'];
const bothWays = (result: Result) => [received(result, 'you', 'test'), received(result, 'test', 'you')];

describe('demo --impair', () => {
  it('is a call over a bad network, and what repair does about it', async () => {
    const program = hellohaybye([...demo, '--impair', 'wifi-bad', '--duration', '8']);
    expect(await program.exited, program.stderr).toMatchObject({ code: 0 });
    const result = program.json as Result;
    expect(result).toMatchObject({ ok: true, impair: 'wifi-bad' });
    for (const { video, audio } of bothWays(result)) {
      const told = JSON.stringify({ video, audio });
      expect(video.lossBefore, told).toBeGreaterThan(0);
      expect(video.repaired.request + video.repaired.parity, told).toBeGreaterThan(0);
      expect(video.overheadPct, told).toBeGreaterThan(0);
      expect(video.frames, told).toBeGreaterThan(8 * 30 * 0.7);
      expect(video.givenUp, told).toBe(video.incomplete);
      expect(audio.lossBefore, told).toBeGreaterThan(0);
      expect(audio.lossAfter, told).toBeLessThan(audio.lossBefore);
      expect(audio.repaired.request, told).toBeGreaterThan(0);
    }
    // Well below: what is left are mostly bursts and stalls that outlast a picture.
    const [before, after] = (['lossBefore', 'lossAfter'] as const).map((loss) =>
      bothWays(result).reduce((sum, { video }) => sum + video[loss], 0),
    );
    expect(after, program.stderr).toBeLessThan(0.75 * before!);
    const line = /test → you: +\d+ fps +[\d.]+ Mbit\/s +loss \d+\.\d % → \d+\.\d % +[\d.]+ ms/;
    expect(program.stderr).toMatch(line);
    expect(program.stderr).toContain('The network between them is wifi-bad.');
  });

  it('goes around the network nowhere: where that loses everything, nothing arrives', async () => {
    const program = hellohaybye([...demo, '--duration', '2'], { env: { HHB_IMPAIR: 'unplugged' } });
    expect(await program.exited, program.stderr).toMatchObject({ code: 1 });
    const result = program.json as Result;
    expect(result).toMatchObject({ ok: false, impair: 'unplugged' });
    for (const { video, audio } of bothWays(result)) {
      expect([video.frames, video.bytes, video.lossBefore, audio.packets, audio.lossBefore]).toEqual([
        0, 0, 0, 0, 0,
      ]);
    }
  });

  it('leaves nothing behind after Ctrl-C, neither in the call nor before it', async () => {
    for (const moment of [/test → you: +\d+ fps/, /The network between/]) {
      const program = hellohaybye([...demo, '--impair', 'wifi-bad']);
      await program.printed(moment);
      const family = descendants(program.pid);
      expect(family.length).toBeGreaterThanOrEqual(2);
      program.signal('SIGINT');
      expect(await program.exited).toMatchObject({ code: 130 });
      expect(await survivors(family)).toEqual([]);
    }
  });

  it('tells what networks there are when it does not know one', async () => {
    const program = hellohaybye([...demo.slice(0, 1), '--impair', 'wifi']);
    expect(await program.exited).toMatchObject({ code: 2 });
    expect(program.stdout).toBe('');
    expect(program.stderr).toMatch(/^hellohaybye: --impair: "wifi" must be ethernet or .*wifi-bad.*\n$/);
  });
});
