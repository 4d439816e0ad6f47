import { readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, root, start, type Running } from '../support/cli.js';
import { describeWith } from '../support/needs.js';

const examples = join(root, 'apps/server/examples');
const unit = join(examples, 'hellohaybye-server.service');

/** What whoever runs it here adds, so that nobody else on the network notices. */
const here = { HHB_SERVER_HOST: '127.0.0.1', HHB_SERVER_PORT: '0', HHB_SERVER_HIDDEN: 'true' };

/** The values of a directive, in their order; lines that end in a backslash go on. */
function valuesOf(file: string, pattern: RegExp): string[] {
  const lines = readFileSync(file, 'utf8').replaceAll('\\\n', ' ').split('\n');
  return lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
}

const variables = (values: string[]) => Object.fromEntries(values.map((value) => value.split(/=(.*)/s, 2)));

/** Waits until it listens, and asks whether it is ready. @returns its port */
async function becomesReady(program: Running): Promise<string> {
  const [line] = await program.printed(/^.*"msg":"listening".*$/m, 'stdout');
  const { port } = JSON.parse(line) as { port: number };
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([answer.status, await answer.json()]).toEqual([200, { status: 'ready' }]);
  return String(port);
}

describe.skipIf(process.platform === 'win32')('the example', () => {
  it('for systemd starts a server that is ready, lives through a reload, and ends well', async () => {
    // Where a global installation puts the program, and beside it what runs it.
    const bin = emptyFolder();
    symlinkSync(join(root, 'apps/server/bin/hellohaybye-server.js'), join(bin, 'hellohaybye-server'));
    const [command = '', ...args] = valuesOf(unit, /^ExecStart=(.+)$/)[0]!.split(' ');
    const given = variables(valuesOf(unit, /^Environment=(.+)$/));
    expect(given).toEqual({ HHB_SERVER_JSON: 'true' });
    const PATH = `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`;
    const program = start(command, args, { cwd: '/', env: { ...given, ...here, PATH } });
    const port = await becomesReady(program);

    const [kill = '', ...reload] = valuesOf(unit, /^ExecReload=(.+)$/)[0]!
      .replace('$MAINPID', `${program.pid}`)
      .split(' ');
    expect(await start(kill, reload).exited).toMatchObject({ code: 0 });
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);

    // What systemd does first, long before TimeoutStopSec.
    program.signal('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });

  it('for a container starts a server whose health its check tells, and ends well', async () => {
    const file = join(examples, 'Containerfile');
    const [command = '', ...args] = JSON.parse(valuesOf(file, /^CMD (.+)$/)[0]!) as string[];
    const given = variables(valuesOf(file, /^ENV (.+)$/));
    // WORKDIR is where the repository was copied to.
    const program = start(command, args, { cwd: root, env: { ...given, ...here } });
    const port = await becomesReady(program);

    const [check = ''] = valuesOf(file, /^HEALTHCHECK CMD (.+)$/);
    const [exposed = ''] = valuesOf(file, /^EXPOSE (.+)$/);
    expect(check).toContain(`:${exposed}/healthz`);
    const checked = check.replace(`:${exposed}/`, `:${port}/`);
    expect(await start('sh', ['-c', checked]).exited).toMatchObject({ code: 0 });

    program.signal(valuesOf(file, /^STOPSIGNAL (.+)$/)[0] as NodeJS.Signals);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(await start('sh', ['-c', checked]).exited).toMatchObject({ code: 1 });
    expect(program.stderr).toBe('');
    // The port that it exposes and asks is the one that the program takes when nobody says another.
    const help = start(command, [...args, '--help'], { cwd: root });
    expect((await help.exited).code).toBe(0);
    expect(help.stdout).toMatch(new RegExp(`--port <port>[^]{0,200}${exposed}`));
  });
});

describeWith(['systemd-analyze'], 'systemd', () => {
  it('finds nothing wrong with the example', async () => {
    const verify = start('systemd-analyze', ['verify', unit]);
    expect(await verify.exited).toMatchObject({ code: 0 });
    expect(verify.stdout + verify.stderr).toBe('');
  });
});
