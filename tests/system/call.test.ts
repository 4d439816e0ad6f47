import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCall, startCall, takeLine, type PeerStatus } from '@hellohaybye/call';
import type { Browser } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startBrowser } from '../support/browser.js';
import { emptyFolder, hellohaybye, quiet, root, start, startServer, type Running } from '../support/cli.js';
import { describeWith } from '../support/needs.js';
import { PageViewer } from '../support/page-viewer.js';
import { neverCame, received, type Result } from '../support/result.js';
import { ServerProcess } from '../support/server-process.js';

const small = ['--video', 'test', '--size', '320x240', '--fps', '15', '--audio', 'tone', '--json'];

const anyPort = { port: 0, fallback: true };
const inProcess = {
  ...{ video: 'none', audio: 'none', speaker: 'none', page: false, mediaHost: '127.0.0.1' },
  ...{ width: 320, height: 240, fps: 15, quality: 70, sampleRate: 44_100, channels: 1, chunkSamples: 441 },
  ports: { video: anyPort, audio: anyPort },
};

const participant = (url: string, command: string[], name: string, ...rest: string[]): Running =>
  hellohaybye([...command, '--server', url, '--name', name, ...quiet, ...small, ...rest]);

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const readFileIfAny = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** Somebody in a room, who does as told with calls. */
async function present(url: string, name: string, answer: string): Promise<Running> {
  const one = participant(url, ['join'], name, '--answer', answer);
  await one.printed(/You are \w+ in lobby/);
  return one;
}

describe('call', () => {
  it('is a call of its own when it is accepted; the one who was called goes back to the room', async () => {
    const { url } = await startServer();
    const ben = await present(url, 'ben', 'auto');
    const carl = await present(url, 'carl', 'never');
    const anna = participant(url, ['call', 'ben'], 'anna', '--duration', '2');
    await anna.printed(/Calling ben/);
    await ben.printed(/You are in a call/);
    await carl.printed(/ben went/);
    await anna.printed(/ben: +1\d fps/);
    expect(await anna.exited).toMatchObject({ code: 0 });
    const { video } = received(anna.json as Result, 'anna', 'ben');
    expect(neverCame(video)).toBe(0);
    expect(video.frames).toBeGreaterThan(15);
    expect(anna.stderr).not.toContain('open room');
    await ben.printed(/The call is over[^]*You are in lobby/);
    await carl.printed(/ben came/);
  });

  it('that is declined, busy or taken back tells so by its exit code', async () => {
    const { url } = await startServer();
    const [ben, carl] = [await present(url, 'ben', 'auto'), await present(url, 'carl', 'never')];
    const declined = participant(url, ['call', 'carl'], 'anna');
    expect(await declined.exited).toMatchObject({ code: 3 });
    expect(declined.json).toMatchObject({ ok: false, error: { code: 'call-declined' } });
    expect(declined.stderr).toMatch(/carl declined: takes no calls/);

    const dora = participant(url, ['call', 'ben'], 'dora');
    await dora.printed(/ben came/);
    const busy = participant(url, ['call', 'ben'], 'anna');
    expect(await busy.exited).toMatchObject({ code: 3 });
    expect(busy.json).toMatchObject({ error: { code: 'call-busy' } });
    await ben.printed(/anna called while you were in a call or away/);
    expect(carl.child.exitCode).toBe(null);

    const missing = participant(url, ['call', 'zoe'], 'anna');
    expect(await missing.exited).toMatchObject({ code: 1 });
    expect(missing.json).toMatchObject({ error: { code: 'nobody-there' } });
    expect(missing.stderr).toMatch(/Connected: .*carl/);
  });

  it('rings until it is taken back, and is unanswered when the other leaves', async () => {
    const { url } = await startServer();
    const ben = await present(url, 'ben', 'ask');
    const cancelled = participant(url, ['call', 'ben'], 'anna');
    await cancelled.printed(/It rings at ben/);
    await ben.printed(/anna is calling/);
    cancelled.signal('SIGINT');
    expect(await cancelled.exited).toMatchObject({ code: 130 });
    await ben.printed(/anna calls no more/);

    const unanswered = participant(url, ['call', 'ben'], 'carl');
    await unanswered.printed(/It rings at ben/);
    ben.signal('SIGINT');
    expect(await unanswered.exited).toMatchObject({ code: 4 });
    expect(unanswered.json).toMatchObject({ error: { code: 'call-unanswered' } });
  });

  it('is one of all who accept, when several are called', async () => {
    const { url } = await startServer();
    const [ben, carl] = [await present(url, 'ben', 'auto'), await present(url, 'carl', 'auto')];
    await present(url, 'dora', 'never');
    const anna = participant(url, ['call', 'ben', 'carl', 'dora'], 'anna');
    await anna.printed(/dora declined/);
    const seen = (one: Running, ...names: string[]) =>
      Promise.all(names.map((name) => one.printed(new RegExp(`${name}: +1\\d fps`))));
    await Promise.all([seen(anna, 'ben', 'carl'), seen(ben, 'anna', 'carl'), seen(carl, 'anna', 'ben')]);
  });

  it('takes in who is added, and goes to a room with everybody', async () => {
    const { url } = await startServer();
    const [ben, carl] = [await present(url, 'ben', 'auto'), await present(url, 'carl', 'auto')];
    const anna = await openCall({ ...inProcess, server: url, name: 'anna' });
    try {
      await anna.invite(['ben']);
      await ben.printed(/You are in a call/);
      const came = once(anna, 'joined');
      await takeLine(anna, '/invite carl');
      await came;
      await ben.printed(/carl came/);
      await takeLine(anna, '/move board room');
      await Promise.all([ben, carl].map((one) => one.printed(/You are in board room/)));
      expect([anna.room, anna.inCall, anna.others.length]).toEqual(['board room', false, 2]);
      // It stays private there: who joins the room by its name is not let in, who is invited is.
      const emil = participant(url, ['join', 'board room'], 'emil');
      for (const name of ['ben', 'carl']) await emil.printed(new RegExp(`${name} is neither seen nor heard`));
      const dora = await present(url, 'dora', 'auto');
      await takeLine(anna, '/invite dora');
      await Promise.all(['ben', 'carl'].map((name) => dora.printed(new RegExp(`${name}: +1\\d fps`))));
      for (const one of [ben, carl]) await one.printed(/emil is neither seen nor heard/);
      for (const one of [ben, carl, dora]) expect(one.stderr).not.toMatch(/emil: +[1-9]\d* fps/);
      expect(emil.stderr).not.toMatch(/(ben|carl): +1\d fps/);
    } finally {
      await anna.leave();
    }
    for (const one of [ben, carl]) {
      await one.printed(/anna went/);
      expect(one.stderr).not.toContain('The call is over');
    }
  });

  it('is one when both call each other at once', async () => {
    const { url } = await startServer();
    const open = (name: string) => openCall({ ...inProcess, server: url, name });
    const calls = await Promise.all([open('anna'), open('ben')]);
    const [anna, ben] = calls;
    try {
      const joined = calls.map((call) => once(call, 'joined'));
      await Promise.all([anna.invite(['ben']), ben.invite(['anna'])]);
      await Promise.all(joined);
      expect([anna.inCall, anna.room]).toEqual([true, ben.room]);
      expect([...anna.others, ...ben.others].map(({ name }) => name)).toEqual(['ben', 'anna']);
    } finally {
      await Promise.all(calls.map((call) => call.leave()));
    }
  });
});

it('who is muted, has the camera off or is on hold sends nothing of it, and says so', async () => {
  const { url } = await startServer();
  const open = (name: string) =>
    startCall({ ...inProcess, video: 'test', audio: 'tone', server: url, room: 'r', name });
  const [anna, ben] = await Promise.all([open('anna'), open('ben')]);
  const seen = async (test: (status: PeerStatus) => boolean) =>
    vi.waitFor(async () => expect((await ben.status()).some(test)).toBe(true), {
      timeout: 20_000,
      interval: 100,
    });
  try {
    await seen(({ fps, level }) => fps > 10 && level !== null);
    anna.setState({ muted: true });
    await seen(({ fps, level, state }) => fps > 10 && level === null && state.muted === true);
    anna.setState({ muted: false, cameraOff: true });
    await seen(({ fps, level, state }) => fps === 0 && level !== null && state.cameraOff === true);
    anna.setState({ cameraOff: false, onHold: true });
    await seen(({ fps, level, state }) => fps === 0 && level === null && state.onHold === true);
    anna.setState({ onHold: false });
    await seen(({ fps, level, state }) => fps > 10 && level !== null && state.onHold === false);

    const heard: string[] = [];
    ben.on('chat', ({ from, text, self }) => heard.push(`${from} ${self} ${text}`));
    for (let line = 0; line < 20; line++) anna.chat(`line ${line}`);
    await vi.waitFor(() => expect(heard).toHaveLength(20), { timeout: 20_000 });
    expect(heard).toEqual(heard.map((_, line) => `anna false line ${line}`));
    for (const text of [' ', 'x'.repeat(2001)]) expect(() => anna.chat(text)).toThrow(/1 to 2000/);
  } finally {
    await Promise.all([anna.leave(), ben.leave()]);
  }
});

it('who tells people and rooms, and goes on with --watch', async () => {
  const { url } = await startServer();
  const list = ['who', '--server', url, '--json'];
  const empty = hellohaybye(list);
  expect(await empty.exited).toMatchObject({ code: 0 });
  expect(empty.json).toMatchObject({ ok: true, people: [], rooms: [] });

  const watching = hellohaybye([...list, '--watch']);
  await watching.printed(/"people":\[\]/, 'stdout');
  await present(url, 'ben', 'never');
  await watching.printed(/"name":"ben","room":"lobby"/, 'stdout');
  const full = hellohaybye(['who', '--server', url]);
  expect(await full.exited).toMatchObject({ code: 0 });
  expect(full.stderr).toMatch(/ben {2}lobby[^]*Rooms: lobby \(1\)/);
});

describeWith(['tmux'], 'a call in a terminal', () => {
  const socket = `hellohaybye-call-${process.pid}`;
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args]).toString();
  const shown = (pattern: RegExp) =>
    vi.waitFor(() => expect(tmux('capture-pane', '-p', '-t', 'it')).toMatch(pattern), {
      timeout: 20_000,
      interval: 50,
    });
  const type = (...keys: string[]) => tmux('send-keys', '-t', 'it', ...keys);
  afterEach(() => tmux('kill-server'));

  it('a accepts, m mutes, c writes, /invite adds somebody, q leaves', async () => {
    const { url } = await startServer();
    const program = join(root, 'apps/cli/bin/hellohaybye.js');
    const flags = [...quiet, ...small.filter((flag) => flag !== '--json')].join(' ');
    tmux(
      ...['new-session', '-d', '-s', 'it', '-x', '100', '-y', '30', '-c', emptyFolder()],
      ...['env', 'PS1=$ ', 'TERM=screen', 'HHB_DISCOVERY=none', `XDG_CONFIG_HOME=${emptyFolder()}`, 'sh'],
    );
    type(
      `"${process.execPath}" "${program}" join --server ${url} --name ben ${flags}; echo exit=$?`,
      'Enter',
    );
    await shown(/You are ben in lobby/);
    const anna = participant(url, ['call', 'ben'], 'anna');
    await shown(/anna is calling: {2}a accept {2}d decline/);
    type('a');
    await anna.printed(/ben came/);
    type('m');
    await anna.printed(/ben: .*\(muted\)/);
    await shown(/m unmute/);
    type('c');
    type('-l', 'qué tal');
    type('Enter');
    await anna.printed(/ben: qué tal/);
    await shown(/ben: qué tal/);
    const carl = await present(url, 'carl', 'auto');
    type('/');
    type('-l', 'invite carl');
    await shown(/> \/invite carl/);
    type('Enter');
    await anna.printed(/carl came/);
    carl.signal('SIGINT');
    await anna.printed(/carl went/);
    type('q');
    await shown(/exit=0/);
    await anna.printed(/The call is over/);
    expect(await anna.exited).toMatchObject({ code: 0 });
  });
});

describeWith(['chromium'], 'a call in the page', () => {
  let browser: Browser;
  beforeEach(async () => {
    browser = await startBrowser();
  });
  afterEach(() => browser?.close());

  it('rings, is accepted, and carries chat and state both ways', async () => {
    const { url } = await startServer();
    const ben = participant(url, ['join'], 'ben', '--view', 'browser');
    const [, address] = await ben.printed(/shown at (http:\S+)/);
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, colorScheme: 'dark' });
    await page.goto(address!);
    const anna = participant(url, ['call', 'ben'], 'anna');
    await page.getByRole('button', { name: 'Accept' }).click();
    await anna.printed(/ben came/);
    await page.getByRole('button', { name: 'Mute (M)', exact: true }).click();
    await anna.printed(/ben: .*\(muted\)/);
    expect(await page.title()).toBe('Call with anna · HelloHayBye');
    await page.keyboard.press('w');
    await anna.printed(/ben: .*\(muted, away\)/);
    await page.getByRole('button', { name: 'Chat' }).click();
    await page.getByRole('textbox', { name: 'Message' }).fill('<b>hello</b>');
    await page.keyboard.press('Enter');
    await anna.printed(/ben: <b>hello<\/b>/);
    await page.getByRole('article', { name: 'ben, you, away, muted' }).waitFor();
    await page.getByRole('log').getByText('<b>hello</b>').waitFor();
    await page.getByRole('button', { name: 'Hang up' }).click();
    await anna.printed(/The call is over/);
    expect(await ben.exited).toMatchObject({ code: 0 });
  });
});

describe('when the server goes', () => {
  it('people of one name keep their names, and see each other all the time', async () => {
    const { server, url } = await startServer();
    const homes: string[] = [];
    const all: Running[] = [];
    // Three people by the name of their account, the default; each knows the others from then on.
    for (let count = 0; count < 3; count += 1) {
      const home = emptyFolder();
      homes.push(home);
      const one = hellohaybye(['join', '--server', url, ...quiet, ...small], {
        env: { XDG_CONFIG_HOME: home },
      });
      all.push(one);
      await one.printed(/You are .+ in lobby/);
    }
    const names = all.map((one) => /You are (.+) in lobby/.exec(one.stderr)![1]!);
    expect(names).toEqual([names[0], `${names[0]} (2)`, `${names[0]} (3)`]);
    const seen = (one: Running, name: string, since = 0) =>
      one.printed(new RegExp(`^[^]{${since}}[^]*\\n${literal(name)}: +1\\d fps`));
    const allSeen = (since: number[] = []) =>
      Promise.all(
        all.flatMap((one, at) =>
          names.filter((_, other) => other !== at).map((name) => seen(one, name, since[at])),
        ),
      );
    await allSeen();
    server.signal('SIGKILL');
    await server.exited;
    start(process.execPath, [
      ...[join(root, 'apps/server/bin/hellohaybye-server.js'), '--host', '127.0.0.1'],
      ...['--port', new URL(url).port],
    ]);
    for (const one of all) await one.printed(/the signaling server is back/);
    // Somebody of that name who comes now is the fourth, for everybody is there again.
    const fourth = hellohaybye(['join', '--server', url, ...quiet, ...small], {
      env: { XDG_CONFIG_HOME: emptyFolder() },
    });
    for (const one of all) await one.printed(new RegExp(`${literal(`${names[0]} (4)`)} came`));
    await fourth.printed(/You are .+ \(4\) in lobby/);
    await allSeen(all.map(({ stderr }) => stderr.length));
    for (const one of all) expect(one.stderr).not.toMatch(/refused| went |is called/);
    // Whom each remembers, by the number of nobody.
    const known = homes.map((home) => readFileIfAny(join(home, 'hellohaybye/known.jsonl')));
    expect(known[1]).toContain(`"name":"${names[0]}"`);
    for (const lines of known) expect(lines).not.toContain('(2)');
  });

  it('nothing is missed, people are heard of all the same, and all is as before when it is back', async () => {
    const { server, url } = await startServer();
    const flags = (name: string, ...rest: string[]) => participant(url, ['join'], name, ...rest);
    const [anna, ben, carl] = [flags('anna', '--view', 'browser'), flags('ben'), flags('carl')];
    const all = [anna, ben, carl];
    for (const one of all) {
      for (const other of ['anna', 'ben', 'carl']) {
        if (all[['anna', 'ben', 'carl'].indexOf(other)] !== one)
          await one.printed(new RegExp(`${other}: +1\\d fps`));
      }
    }
    server.signal('SIGKILL');
    for (const one of all) await one.printed(/lost the signaling server/);
    // Sound and pictures go on without it.
    const before = carl.stderr.length;
    await carl.printed(new RegExp(`[^]{${before}}[^]*anna: +1[45] fps[^]*anna: +1[45] fps`));
    const [, address] = await anna.printed(/shown at (http:\S+)/);
    const viewer = await PageViewer.open(address!);
    viewer.say({ type: 'control', control: 'mute' });
    viewer.say({ type: 'chat', text: 'still here?' });
    for (const one of [ben, carl]) await one.printed(/anna: still here\?[^]*anna: .*\(muted\)/);
    viewer.close();
    const port = new URL(url).port;
    const again = start(process.execPath, [
      ...[join(root, 'apps/server/bin/hellohaybye-server.js'), '--host', '127.0.0.1', '--port', port],
    ]);
    for (const one of all) await one.printed(/the signaling server is back/);
    const dora = flags('dora');
    // From when the program runs: how long a busy machine takes to start one is not the call's doing.
    await dora.printed(/./);
    const since = performance.now();
    await dora.printed(/Here: (?=.*anna)(?=.*ben)(?=.*carl)/);
    for (const one of all) await one.printed(/dora came/);
    expect(performance.now() - since).toBeLessThan(5000);
    for (const one of all) {
      expect(one.stderr).not.toMatch(/ went /);
      expect(one.stderr.match(/still here\?/g)).toHaveLength(1);
    }
    // Who came after the mute, by a server that was started after it, knows of it.
    await dora.printed(/anna: .*\(muted\)/);

    // Anna goes first: by then the others have all that she sent.
    anna.signal('SIGINT');
    expect(await anna.exited).toMatchObject({ code: 130 });
    for (const one of [ben, carl]) await one.printed(/anna went/);
    for (const one of [ben, carl, dora]) one.signal('SIGINT');
    for (const one of [ben, carl]) expect(await one.exited).toMatchObject({ code: 130 });
    expect(again.child.exitCode).toBe(null);
    // Nobody began anew, which would hide what was missing between, and nothing was missing.
    const reports = all.map((one) => (one.json as Result).participants[0]!);
    for (const { name, received: from } of reports) {
      const others = ['anna', 'ben', 'carl', 'dora'].filter((other) => other !== name);
      expect(from.map(({ from: who }) => who).toSorted()).toEqual(others);
      for (const { from: who, video, audio } of from) {
        const missing = [neverCame(video), video.lossAfter, audio.lossAfter];
        expect([who, ...missing]).toEqual([who, 0, 0, 0]);
      }
    }
    // All that she sent, from when there was somebody to send to, came to whoever that was. (What came too late to be
    // shown is the doing of a busy machine.)
    const { video, audio } = reports[0]!.sent;
    const came = reports.slice(1).map((by) => by.received.find(({ from }) => from === 'anna')!);
    expect(Math.max(...came.map((by) => by.video.frames + by.video.late))).toBe(video.frames);
    expect(Math.max(...came.map((by) => by.audio.packets + by.audio.late))).toBe(audio.packets);
  });
});

it('who is removed by whoever runs the server is told so, and is in the call no more', async () => {
  const token = 'sesame-open-sesame';
  const server = await ServerProcess.start(['--metrics-port', '0'], { HHB_SERVER_ADMIN_TOKEN: token });
  try {
    const port = (await server.line('metrics and administration'))['port'] as number;
    const url = `ws://127.0.0.1:${server.port}`;
    const anna = participant(url, ['join'], 'anna');
    await anna.printed(/You are anna/);
    const ben = participant(url, ['join'], 'ben');
    await anna.printed(/ben: +1\d fps/);
    await ben.printed(/anna: +1\d fps/);
    const [, second] = server.log.filter(({ msg }) => msg === 'client connected');
    const id = second!['id'];
    const response = await fetch(`http://127.0.0.1:${port}/participants/${String(id)}`, {
      ...{ method: 'DELETE', headers: { authorization: `Bearer ${token}` } },
    });
    expect(response.status).toBe(200);
    expect(await ben.exited).toMatchObject({ code: 1 });
    expect(ben.stderr).toMatch(/The call is over: you were removed by whoever runs the server/);
    expect(ben.stderr).not.toMatch(/lost the signaling server/);
    expect(ben.json).toMatchObject({ ok: false, error: { code: 'call-closed' } });
    await anna.printed(/ben went/);
    expect(anna.child.exitCode).toBe(null);
  } finally {
    server.child.kill();
    await server.exited;
  }
});
