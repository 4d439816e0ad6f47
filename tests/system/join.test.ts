import { describe, expect, it } from 'vitest';
import { hellohaybye, quiet, startServer } from '../support/cli.js';
import { neverCame, received, type Result } from '../support/result.js';

const small = ['--video', 'test', '--size', '320x240', '--fps', '15', '--audio', 'tone', '--json'];

describe('join', () => {
  it('shows everybody everybody, while one leaves and another comes', async () => {
    const { url } = await startServer();
    const join = (name: string) => hellohaybye(['join', '--server', url, '--name', name, ...quiet, ...small]);
    const anna = join('anna');
    await anna.printed(/You are anna in lobby/);
    const ben = join('ben');
    const carl = join('carl');
    await anna.printed(/ben: +1\d fps/);
    await anna.printed(/carl: +1\d fps/);
    await ben.printed(/carl: +1\d fps/);
    await carl.printed(/anna: +1\d fps/);

    ben.signal('SIGINT');
    expect(await ben.exited).toMatchObject({ code: 130 });
    await anna.printed(/ben went/);
    await carl.printed(/ben went/);
    const dora = join('dora');
    await dora.printed(/carl: +1\d fps/);
    await anna.printed(/dora: +1\d fps/);

    const rest = [anna, carl, dora];
    for (const participant of rest) participant.signal('SIGINT');
    for (const participant of rest) expect(await participant.exited).toMatchObject({ code: 130 });
    const results = [anna, ben, carl, dora].map(({ json }) => json as Result);
    const pairs = ['anna', 'carl', 'dora'].flatMap((by, index) =>
      ['anna', 'carl', 'dora']
        .filter((from) => from !== by)
        .map((from) => received(results[[0, 2, 3][index]!]!, by, from)),
    );
    for (const { video, audio } of [...pairs, received(results[0]!, 'anna', 'ben')]) {
      expect(video.frames).toBeGreaterThan(10);
      expect(neverCame(video)).toBe(0);
      expect(audio.packets).toBeGreaterThan(50);
    }
  });

  it('needs no server on one machine: the first hosts one, and the others find it', async () => {
    const port = ['--signaling-port', '5961'];
    const join = (name: string) => hellohaybye(['join', '--name', name, ...port, ...quiet, ...small]);
    const anna = join('anna');
    await anna.printed(/this process hosts one on port 5961/);
    await anna.printed(/You are anna/);
    const ben = join('ben');
    await ben.printed(/anna: +1\d fps/);
    await anna.printed(/ben: +1\d fps/);
    expect(ben.stderr).not.toContain('hosts');
  });

  it('alone in a room is a call of one', async () => {
    const { url } = await startServer();
    const anna = hellohaybye([
      'join',
      'attic',
      '--server',
      url,
      '--name',
      'anna',
      '--duration',
      '1',
      ...quiet,
      ...small,
    ]);
    expect(await anna.exited).toMatchObject({ code: 0 });
    // Nothing is sent to nobody.
    const sent = { video: { frames: 0 }, audio: { packets: 0 } };
    expect(anna.json).toMatchObject({ ok: true, participants: [{ name: 'anna', sent, received: [] }] });
  });

  it('goes on when the server is lost', async () => {
    const { server, url } = await startServer();
    const [anna, ben] = ['anna', 'ben'].map((name) =>
      hellohaybye(['join', '--server', url, '--name', name, ...quiet, ...small]),
    );
    await anna!.printed(/ben: +1\d fps/);
    await ben!.printed(/anna: +1\d fps/);
    server.signal('SIGKILL');
    await anna!.printed(/lost the signaling server/);
    const before = anna!.stderr.length;
    await anna!.printed(new RegExp(`[^]{${before}}[^]*ben: +1\\d fps`));
    ben!.signal('SIGINT');
    await ben!.exited;
    await anna!.printed(/ben went/);
  });

  it('moves on when a default port is in use, and says so', async () => {
    const { url } = await startServer();
    const own = ['--media-host', '127.0.0.1', '--view', 'none', '--speaker', 'none', ...small];
    const join = (name: string) => hellohaybye(['join', '--server', url, '--name', name, ...own]);
    const anna = join('anna');
    await anna.printed(/You are anna/);
    const ben = join('ben');
    await ben.printed(/UDP port 500\d is in use; video is on \d+/);
    await ben.printed(/anna: +1\d fps/);
    await anna.printed(/ben: +1\d fps/);
  });
});

describe('connect', () => {
  it('needs no server: who comes first waits, and the other finds it', async () => {
    const port = ['--signaling-port', '5960'];
    const anna = hellohaybye(['connect', '127.0.0.1', '--name', 'anna', ...port, ...quiet, ...small]);
    await anna.printed(/Nobody waits at 127\.0\.0\.1 yet/);
    await anna.printed(/You are anna[^]*open call: anyone who reaches port 5960 of this machine can join\n/);
    // Without a host and without a terminal to ask on, it is this machine.
    const ben = hellohaybye(['connect', '--name', 'ben', ...port, '--duration', '3', ...quiet, ...small]);
    await ben.printed(/open call: anyone who reaches port 5960 of 127\.0\.0\.1 can join\n/);
    await anna.printed(/ben: +1\d fps/);
    expect(await ben.exited).toMatchObject({ code: 0 });
    expect(received(ben.json as Result, 'ben', 'anna').video.frames).toBeGreaterThan(20);
  });
});
