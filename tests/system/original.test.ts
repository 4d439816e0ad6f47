import { describe, expect, it } from 'vitest';
import { hellohaybye, quiet, type Running } from '../support/cli.js';
import { freePort } from '../support/ports.js';
import { neverCame, received, type Result } from '../support/result.js';

// What the original project tested, between two processes that call each other directly, without a server.
describe('two machines that call each other', () => {
  it('are connected', async () => {
    const [anna, ben] = await call(['--video', 'none', '--audio', 'none']);
    await anna.printed(/ben came/);
    await ben.printed(/Here: anna/);
    const [first] = await hangUp(ben, anna);
    expect(first).toMatchObject({ ok: true, participants: [{ name: 'ben', received: [{ from: 'anna' }] }] });
    expect(anna.stderr).toContain('ben went');
  });

  it('see each other', async () => {
    const [anna, ben] = await call(['--video', 'test', '--audio', 'none']);
    await Promise.all([anna.printed(/ben: +(29|30|31) fps/), ben.printed(/anna: +(29|30|31) fps/)]);
    const results = await hangUp(anna, ben);
    for (const { video, audio } of bothWays(results)) {
      expect(video.frames).toBeGreaterThan(30);
      expect(neverCame(video)).toBe(0);
      expect(video.bytes / video.frames).toBeGreaterThan(5000);
      expect(audio.packets).toBe(0);
    }
  });

  it('hear each other', async () => {
    const [anna, ben] = await call(['--video', 'none', '--audio', 'tone']);
    // 44100 samples a second of 16 bits are 0.7 Mbit/s.
    await Promise.all([anna.printed(/ben: .* 0\.7 Mbit/), ben.printed(/anna: .* 0\.7 Mbit/)]);
    const results = await hangUp(anna, ben);
    for (const { video, audio } of bothWays(results)) {
      expect(audio.packets).toBeGreaterThan(90);
      // What comes late from a busy machine is asked for again, and counts as lost before that.
      expect([audio.givenUp, audio.lossAfter]).toEqual([0, 0]);
      expect(video.frames).toBe(0);
    }
  });
});

/** Anna waits, and ben calls her. */
async function call(media: string[]): Promise<[Running, Running]> {
  const port = String(await freePort());
  const connect = (name: string) =>
    hellohaybye([
      ...['connect', '127.0.0.1', '--signaling-port', port, '--name', name],
      ...[...quiet, ...media, '--json'],
    ]);
  const anna = connect('anna');
  await anna.printed(/You are anna/);
  return [anna, connect('ben')];
}

/** Both leave, one after the other, each by Ctrl-C. */
async function hangUp(first: Running, second: Running): Promise<Result[]> {
  for (const participant of [first, second]) {
    participant.signal('SIGINT');
    expect(await participant.exited, participant.stderr).toMatchObject({ code: 130 });
  }
  return [first, second].map(({ json }) => json as Result);
}

const bothWays = ([anna, ben]: Result[]) => [received(anna!, 'anna', 'ben'), received(ben!, 'ben', 'anna')];
