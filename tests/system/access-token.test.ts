import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyFolder, hellohaybye, quiet, type Running } from '../support/cli.js';
import { ServerProcess } from '../support/server-process.js';

const secret = 'sesame-open-sesame';
const silent = [...quiet, '--video', 'none', '--audio', 'none', '--json', '--verbose', '--duration', '1'];
let server: ServerProcess;
let file: string;
let url: string;
beforeEach(async () => {
  file = join(emptyFolder(), 'token');
  writeFileSync(file, `${secret}\n`);
  server = await ServerProcess.start(['--token-file', file]);
  url = `ws://127.0.0.1:${server.port}`;
});
afterEach(() => server.stop());

const nothingIsTold = ({ stdout, stderr }: Running) => expect(stdout + stderr).not.toContain('sesame');

describe('a server that wants an access token', () => {
  it('lets in who has it in a file or a variable, and nobody is told it', async () => {
    const anna = hellohaybye(['join', '--name', 'anna', '--server', url, '--token-file', file, ...silent]);
    await anna.printed(/You are anna in lobby/);
    if (existsSync('/proc/self/environ')) {
      expect(readFileSync(`/proc/${anna.pid}/cmdline`, 'utf8')).not.toContain('sesame');
    }
    const who = hellohaybye(['who', '--server', url, '--json'], { env: { HHB_TOKEN: secret } });
    expect(await who.exited).toMatchObject({ code: 0 });
    expect(who.json).toMatchObject({ people: [{ name: 'anna' }] });
    const call = hellohaybye(['call', 'nobody', '--server', url, '--token-file', file, ...silent]);
    expect(await call.exited).toMatchObject({ code: 1 });
    expect(call.json).toMatchObject({ error: { code: 'nobody-there' } });
    expect(await anna.exited).toMatchObject({ code: 0 });
    for (const program of [anna, who, call]) nothingIsTold(program);
  });

  it('is told apart from one that is not there, and a wrong token is not told either', async () => {
    const without = hellohaybye(['who', '--server', url]);
    expect(await without.exited).toMatchObject({ code: 1 });
    expect(without.stderr).toMatch(/^hellohaybye: .*token-required.*\n$/);
    const wrong = hellohaybye(['who', '--server', url], { env: { HHB_TOKEN: `not-${secret}` } });
    expect(await wrong.exited).toMatchObject({ code: 1 });
    expect(wrong.stderr).toMatch(/bad-token/);
    nothingIsTold(wrong);
  });

  it('may be named with the token in its url, which is printed without it', async () => {
    const inUrl = `${url}/?access_token=${secret}`;
    const anna = hellohaybye(['join', '--name', 'anna', '--server', inUrl, ...silent]);
    await anna.printed(/You are anna in lobby at ws:\/\/127\.0\.0\.1:\d+\/\. /);
    expect(await anna.exited).toMatchObject({ code: 0 });
    const who = hellohaybye(['who', '--server', inUrl, '--json']);
    expect(await who.exited).toMatchObject({ code: 0 });
    const wrong = hellohaybye(['who', '--server', `${url}/?access_token=not-${secret}`, '--json']);
    expect(await wrong.exited).toMatchObject({ code: 1 });
    for (const program of [anna, who, wrong]) nothingIsTold(program);
  });
});
