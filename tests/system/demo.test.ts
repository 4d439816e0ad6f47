import { describe, expect, it } from 'vitest';
import { hellohaybye, start } from '../support/cli.js';
import { descendants, survivors } from '../support/processes.js';
import { neverCame, received, type Result } from '../support/result.js';

describe('npm start', () => {
  it('is a call in which each of the two receives pictures and sound of the other, whole', async () => {
    const demo = start('npm', ['start', '--silent', '--', '--duration', '10', '--view', 'none', '--json']);
    expect(await demo.exited, demo.stderr).toMatchObject({ code: 0 });
    const result = demo.json as Result;
    expect(result).toMatchObject({ ok: true, participants: [{ name: 'you' }, { name: 'test' }] });
    for (const [by, from] of [
      ['you', 'test'],
      ['test', 'you'],
    ] as const) {
      const { video, audio } = received(result, by, from);
      const { sent } = result.participants.find(({ name }) => name === from)!;
      // A busy machine captures fewer. Of what was sent, all came but what was under way when the other left, too.
      expect(sent.video.frames).toBeGreaterThan(60);
      expect(video.frames + video.late).toBeGreaterThanOrEqual(sent.video.frames - 5);
      expect(neverCame(video)).toBe(0);
      expect(sent.audio.packets).toBeGreaterThan(300);
      expect(audio.packets + audio.late).toBeGreaterThanOrEqual(sent.audio.packets - 20);
      expect(video.latencyMs.p50).toBeGreaterThan(0);
      expect(audio.latencyMs.p50).toBeGreaterThan(0);
    }
    expect(demo.stderr).toMatch(/test → you: +\d+ fps +[\d.]+ Mbit\/s +loss 0\.0 % +[\d.]+ ms/);
  });

  it('prints its page’s address, and goes on where no browser can be opened', async () => {
    // In a second a busy machine may not come to see anything, which is no success.
    const demo = hellohaybye(['demo', '--duration', '5', '--speaker', 'none'], {
      env: { DISPLAY: '', WAYLAND_DISPLAY: '' },
    });
    const [, url] = await demo.printed(/shown at (http:\/\/127\.0\.0\.1:\d+\S*)/);
    expect((await fetch(url!)).status).toBe(200);
    expect(await demo.exited).toMatchObject({ code: 0 });
    expect(demo.stderr).toContain('no screen to open a browser on');
    expect(demo.stderr).toMatch(/test received from you in [\d.]+ s: [1-9]\d* frames/);
  });
});

describe('Ctrl-C', () => {
  it('leaves the call cleanly with exit code 130, and no process stays', async () => {
    const demo = hellohaybye(['demo', '--view', 'none', '--speaker', 'none']);
    await demo.printed(/test → you: +\d+ fps/);
    const family = descendants(demo.pid);
    expect(family.length).toBeGreaterThanOrEqual(2);
    demo.signal('SIGINT');
    expect(await demo.exited).toMatchObject({ code: 130 });
    expect(await survivors(family)).toEqual([]);
  });

  it('a second time ends it at once', async () => {
    const demo = hellohaybye(['demo', '--view', 'none', '--speaker', 'none']);
    await demo.printed(/test → you: +\d+ fps/);
    const family = descendants(demo.pid);
    demo.signal('SIGINT');
    demo.signal('SIGINT');
    expect(await demo.exited).toMatchObject({ code: 130 });
    expect(await survivors(family)).toEqual([]);
  });
});

describe('kill -9', () => {
  it('of the demo leaves no process behind, though its sources go on', async () => {
    const demo = hellohaybye(['demo', '--view', 'none', '--speaker', 'none']);
    await demo.printed(/test → you: +\d+ fps/);
    const family = descendants(demo.pid);
    demo.signal('SIGKILL');
    await demo.exited;
    expect(await survivors(family, 10_000)).toEqual([]);
  });
});
