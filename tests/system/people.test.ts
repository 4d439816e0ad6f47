import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyFolder, hellohaybye, quiet, startServer } from '../support/cli.js';

const key = (fill: string) => Buffer.alloc(32, fill).toString('base64url');
const secret = 'AAECAwQFBgcICQoLDA0ODw';

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
  });
});
