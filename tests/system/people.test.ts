import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyFolder, hellohaybye, quiet, startServer } from '../support/cli.js';
import { PageViewer } from '../support/page-viewer.js';
import { freePort } from '../support/ports.js';

const key = (fill: string) => Buffer.alloc(32, fill).toString('base64url');
const secret = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';

let home: string;
beforeEach(() => (home = emptyFolder()));
const folder = () => join(home, 'hellohaybye');
const run = async (...args: string[]) => {
  const program = hellohaybye(args, { env: { XDG_CONFIG_HOME: home } });
  const { code } = await program.exited;
  const { stdout, stderr } = program;
  return { code, stdout, stderr };
};
const json = async (...args: string[]) =>
  JSON.parse((await run(...args, '--json')).stdout) as Record<string, unknown>;

describe.skipIf(process.platform !== 'linux')('people, from the command line', () => {
  it('have one identity, however many processes make it at once', async () => {
    const told = await Promise.all(Array.from({ length: 5 }, () => json('id')));
    expect(new Set(told.map(({ identity }) => identity)).size).toBe(1);
    expect(readdirSync(folder())).toEqual(['identity.json']);
    const { stdout, code } = await run('id');
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe(told[0]!['words']);
    expect(stdout).toContain(told[0]!['fingerprint']);
    expect(stdout).toMatch(/[█▀▄]{20}/);
  });

  it('are refused an identity that others can read, in one line', async () => {
    await run('id');
    chmodSync(join(folder(), 'identity.json'), 0o644);
    for (const args of [['id'], ['join', '--server', 'ws://127.0.0.1:9', ...quiet]]) {
      const { code, stderr, stdout } = await run(...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^hellohaybye: Others than you .*identity\.json.*chmod 600.*\n$/);
    }
  });

  it('are trusted, listed and forgotten, by several processes at once', async () => {
    const names = ['Anna', 'Ben', 'Chiara', 'Dmitri'];
    await Promise.all(names.map((name) => run('trust', name, key(name))));
    const { people } = (await json('known')) as { people: { name: string; identity: string }[] };
    expect(people.map(({ name }) => name).sort()).toEqual(names);
    expect(people.find(({ name }) => name === 'Ben')?.identity).toBe(key('Ben'));
    expect(await run('forget', 'ben')).toMatchObject({ code: 0, stdout: 'ben is forgotten.\n' });
    expect((await run('known')).stdout).not.toContain('Ben');
    expect(await run('forget', 'ben')).toMatchObject({ code: 1, stderr: expect.stringMatching(/know nobody/) as string }); // prettier-ignore
    expect(await run('trust', 'Anna')).toMatchObject({ code: 1, stderr: expect.stringMatching(/Nobody was refused/) as string }); // prettier-ignore
  });
});

describe('an invitation', () => {
  it('that is broken is wrong usage, and no line tells its secret', async () => {
    for (const args of [
      ['join', `hellohaybye://127.0.0.1/tea#${secret}`],
      [`hellohaybye://127.0.0.1:5000/tea#${secret}`],
      ['who', '--server', `hellohaybye://127.0.0.1:5000/tea#${secret}`],
    ]) {
      const { code, stdout, stderr } = await run(...args, '--json');
      expect(code).toBe(2);
      expect(stderr + stdout).not.toContain(secret.slice(0, 6));
    }
  });

  it('says where the room is, and stands in no output and no list of processes', async () => {
    const { url } = await startServer();
    const link = `hellohaybye://${new URL(url).host}/tea#${secret}`;
    const env = { XDG_CONFIG_HOME: home, XDG_STATE_HOME: home };
    const args = [...quiet, '--video', 'none', '--audio', 'none', '--json', '--verbose', '--duration', '1'];
    const byArgument = hellohaybye(['join', link, ...args], { env });
    await byArgument.printed(/in tea at/);
    if (existsSync('/proc/self/cmdline'))
      expect(readFileSync(`/proc/${byArgument.pid}/cmdline`, 'utf8')).not.toContain(secret);
    const byVariable = hellohaybye(['join', ...args], { env: { ...env, HHB_INVITATION: link } });
    await byVariable.printed(/in tea at/);
    for (const program of [byArgument, byVariable]) {
      expect(await program.exited).toMatchObject({ code: 0 });
      expect(program.stdout + program.stderr).not.toContain(secret);
    }
    const note =
      /^note: an invitation that is an argument .*"hellohaybye join -" lets you paste it instead$/m;
    expect(byArgument.stderr).toMatch(note);
    expect(byVariable.stderr).not.toMatch(note);
  });
});

describe.skipIf(process.platform !== 'linux')('people in a call', () => {
  const participant = (name: string, url: string, own: string, more: string[] = []) =>
    hellohaybye(['join', 'tea', '--server', url, '--name', name, ...quiet, ...heard, ...more], {
      env: { XDG_CONFIG_HOME: own, XDG_STATE_HOME: own },
    });
  /** Sound goes only to, and comes only from, those who are let in. */
  const hears = (name: string) => new RegExp(`^${name}: .* 0\\.[1-9] Mbit`, 'm');

  it('are refused with another key than before, until the command that is printed was run', async () => {
    const { url } = await startServer();
    const ben = participant('Ben', url, home);
    const anna = participant('Anna', url, emptyFolder());
    await Promise.all([ben.printed(hears('Anna')), anna.printed(hears('Ben'))]);
    for (const one of [anna, ben]) one.signal('SIGTERM');
    await Promise.all([anna.exited, ben.exited]);

    const [again, elsewhere] = [participant('Ben', url, home), emptyFolder()];
    const stranger = participant('Anna', url, elsewhere);
    const [, words] = await again.printed(
      /Anna was refused: this is not the key that Anna had before.* are they "([a-z ]+)", accept them with: hellohaybye trust Anna [a-z-]+$/m,
    );
    const theirs = hellohaybye(['id', '--json'], { env: { XDG_CONFIG_HOME: elsewhere } });
    await theirs.exited;
    expect(theirs.json).toMatchObject({ words });
    await stranger.printed(/^Ben: .* 0\.0 Mbit/m);
    const [, command] = /accept them with: hellohaybye (.*)$/m.exec(again.stderr)!;
    expect(await run(...command!.split(' '))).toMatchObject({ code: 0 });
    expect(again.stderr).not.toMatch(hears('Anna'));
    expect(stranger.stderr).not.toMatch(hears('Ben'));
    stranger.signal('SIGTERM');
    await stranger.exited;

    const trusted = participant('Anna', url, elsewhere);
    await Promise.all([again.printed(hears('Anna')), trusted.printed(hears('Ben'))]);
  });

  it('are let in by --only-known when they are known, and only then', async () => {
    const { url } = await startServer();
    const [annas, carls] = [emptyFolder(), emptyFolder()];
    const id = hellohaybye(['id', '--json'], { env: { XDG_CONFIG_HOME: annas } });
    await id.exited;
    await run('trust', 'Anna', (id.json as { identity: string }).identity);
    const ben = participant('Ben', url, home, ['--only-known']);
    const carl = participant('Carl', url, carls);
    await ben.printed(/Carl was refused: not known, and only known people are let in/);
    const anna = participant('Anna', url, annas);
    await Promise.all([ben.printed(hears('Anna')), anna.printed(hears('Ben'))]);
    await Promise.all([anna.printed(hears('Carl')), carl.printed(hears('Anna'))]);
    expect(ben.stderr).not.toMatch(hears('Carl'));
    expect(carl.stderr).not.toMatch(hears('Ben'));
    expect((await run('known')).stdout).not.toContain('Carl');
  });

  it('see the words of both keys in the page', async () => {
    const { url } = await startServer();
    const bens = emptyFolder();
    const anna = participant('Anna', url, home, ['--view', 'browser']);
    const [, address] = await anna.printed(/shown at (http:\S+)/);
    const viewer = await PageViewer.open(address!);
    const ben = participant('Ben', url, bens);
    await ben.printed(hears('Anna'));
    const shown = await Promise.all(
      ['Anna', 'Ben'].map((name) => viewer.shown(name, ({ words }) => words !== undefined)),
    );
    const ids = [home, bens].map((own) => hellohaybye(['id', '--json'], { env: { XDG_CONFIG_HOME: own } }));
    await Promise.all(ids.map(({ exited }) => exited));
    expect(shown.map(({ words }) => words)).toEqual(ids.map(({ json }) => (json as { words: string }).words));
    expect(shown[0]).toMatchObject({ self: true });
    viewer.close();
  });
});

describe.skipIf(process.platform !== 'linux')('a room made with --private', () => {
  it('is reached by its invitation, on a server with TLS, by its pin', async () => {
    const port = String(await freePort());
    const own = (name: string) => ({ env: { XDG_CONFIG_HOME: join(home, name), XDG_STATE_HOME: home } });
    const flags = [...quiet, ...heard, '--signaling-port', port];
    const anna = hellohaybye(['join', '--private', '--name', 'Anna', ...flags], own('Anna'));
    const [link, pin] = await anna.printed(
      /hellohaybye:\/\/127\.0\.0\.1:\d+\/private-\w+#[\w-]{43}\.([\w-]{43})/,
    );
    const ben = hellohaybye(['join', '-', '--name', 'Ben', ...flags], { ...own('Ben'), input: `${link}\n` });
    await Promise.all([anna.printed(/^Ben: .* 0\.[1-9] Mbit/m), ben.printed(/^Anna: .* 0\.[1-9] Mbit/m)]);
    for (const one of [anna, ben]) {
      expect(one.stderr).toContain(`at wss://127.0.0.1:${port}#${pin}`);
      expect(one.stderr).toMatch(/private room: only who has th/);
      expect(one.stderr).not.toContain('open room');
    }
  });
});

describe.skipIf(process.platform !== 'linux')('an invitation in the environment', () => {
  const link = `hellohaybye://127.0.0.1:9/tea#${secret}`;

  it.each([
    ['call', ['Nobody', '--server', 'ws://127.0.0.1:9']],
    ['connect', ['127.0.0.1']],
    ['demo', ['--no-open', '--view', 'none', '--duration', '1']],
    ['devices', []],
  ])('is handed on to no program that %s starts', async (command, args) => {
    const [told, programs] = [join(home, 'told'), join(home, 'programs')];
    mkdirSync(programs);
    mkdirSync(told);
    for (const name of ['ffmpeg', 'paplay', 'pactl', 'arecord', 'aplay', 'ffplay']) {
      writeFileSync(
        join(programs, name),
        `#!/bin/sh\nenv > "${told}.$$" && mv "${told}.$$" "${told}/$$"\nexit 1\n`,
        { mode: 0o755 },
      );
    }
    const port = String(await freePort());
    const program = hellohaybye([command, ...args, '--json'], {
      env: {
        ...{ HHB_INVITATION: link, HHB_SIGNALING_PORT: port, HHB_MEDIA_HOST: '127.0.0.1' },
        ...{
          HHB_VIDEO_PORT: '0',
          HHB_AUDIO_PORT: '0',
          HHB_VIEW: 'none',
          HHB_FFMPEG: join(programs, 'ffmpeg'),
        },
        ...{
          HHB_VIDEO: `file:${fileURLToPath(import.meta.url)}`,
          HHB_AUDIO: 'none',
          HHB_SPEAKER: 'default',
        },
        PATH: `${programs}:${process.env['PATH']}`,
      },
    });
    await vi.waitFor(() => expect(readdirSync(told)).not.toEqual([]), { timeout: 20_000, interval: 50 });
    program.signal('SIGTERM');
    await program.exited;
    const environments = readdirSync(told).map((name) => readFileSync(join(told, name), 'utf8'));
    expect(environments.join('\n')).toContain('HHB_FFMPEG');
    expect(environments.join('\n')).not.toMatch(/HHB_INVITATION|AAECAwQF/);
  });
});

/** A participant that is heard, and needs nothing of this machine. */
const heard = ['--video', 'none', '--audio', 'tone'];
