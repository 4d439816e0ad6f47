import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { emptyFolder, quiet, root, startServer } from '../support/cli.js';
import { describeWith } from '../support/needs.js';

const NAME = `hellohaybye-test-${process.pid}`;
const built = join(root, 'node_modules', '.cache', NAME);

describeWith(['tmux'], 'the keys of a call, in a terminal', () => {
  // A server for each test: one that is ending can't be told from one that runs.
  let servers = 0;
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', `${NAME}-${servers}`, '-f', '/dev/null', ...args]).toString();
  const screen = () => tmux('capture-pane', '-p', '-t', 'it');
  const type = (...keys: string[]) => tmux('send-keys', '-t', 'it', ...keys);
  const shown = (pattern: RegExp) =>
    vi.waitFor(() => expect(screen()).toMatch(pattern), { timeout: 20_000, interval: 50 });
  const run = (...args: string[]) =>
    type(`"${process.execPath}" "${join(built, 'interactive.js')}" ${args.join(' ')}; echo exit=$?`, 'Enter');
  /** The shell's terminal is as before: it echoes, and gives lines. */
  const isGivenBack = async () => {
    type('clear; stty -a | tr ";" "\\n" | grep -oE " -?(icanon|echo) " | xargs echo modes', 'Enter');
    await shown(/^modes icanon echo$/m);
  };

  beforeAll(async () => {
    const entry = join(root, 'tests/support/interactive.ts');
    const output = { entryFileNames: 'interactive.js' };
    await build({
      root,
      configFile: false,
      logLevel: 'silent',
      ssr: { noExternal: true },
      build: { ssr: entry, outDir: built, rollupOptions: { output } },
    });
  });
  afterAll(() => rmSync(built, { recursive: true, force: true }));
  beforeEach(() => {
    servers++;
    const folder = emptyFolder();
    tmux(
      'new-session',
      '-d',
      '-s',
      'it',
      '-x',
      '70',
      '-y',
      '20',
      '-c',
      folder,
      'env PS1="$ " TERM=screen sh',
    );
  });
  afterEach(() => tmux('kill-server'));

  it('act, write lines, and leave the status in its place', async () => {
    run();
    await shown(/anna: status \d+\nben: 李李李\nZoë\ufffd\[31m is calling: {2}a accept {2}d decline/);
    type('m');
    await shown(/did .*"mute"/);
    type('a');
    await shown(/did .*"accept"/);
    type('c');
    type('-l', 'qué 李');
    await shown(/status \d+\nben: 李李李\n> qué 李\n/);
    type('BSpace', 'BSpace', 'Enter');
    await shown(/did .*"chat","text":"qué"/);
    expect(screen().match(/anna: status/g)).toHaveLength(1);
    type('q');
    await shown(/exit=0/);
    await isGivenBack();
  });

  it('give the terminal back after Ctrl-C and after an error', async () => {
    run();
    await shown(/is calling/);
    type('C-c');
    await shown(/interrupted[^]*exit=130/);
    await isGivenBack();
    run('fail');
    await shown(/is calling/);
    type('C-c');
    await shown(/exit=[1-9]/);
    await isGivenBack();
  });

  it('work in a call whose invitation was pasted', async () => {
    const { url } = await startServer();
    const flags = [...quiet, '--video', 'none', '--audio', 'tone', '--name', 'Anna'].join(' ');
    const home = `XDG_CONFIG_HOME=${emptyFolder()} HHB_DISCOVERY=none`;
    const cli = join(root, 'apps/cli/bin/hellohaybye.js');
    type(`clear; ${home} "${process.execPath}" "${cli}" join - ${flags}; echo exit=$?`, 'Enter');
    await shown(/^Paste the invitation, and press Enter:$/m);
    type('-l', `hellohaybye://${new URL(url).host}/tea#${'A'.repeat(43)}`);
    type('Enter');
    await shown(/private room: only who has the invitation can join/);
    type('m');
    await shown(/You are muted\./);
    type('q');
    await shown(/exit=0/);
    await isGivenBack();
  });

  it('give the terminal back while the program is stopped', async () => {
    run();
    await shown(/is calling/);
    type('C-z');
    await shown(/Stopped|suspended/i);
    await isGivenBack();
    type('fg', 'Enter');
    await shown(/is calling/);
    type('m');
    await shown(/did .*"mute"/);
    type('q');
    await shown(/"leave"/);
    await isGivenBack();
  });
});
