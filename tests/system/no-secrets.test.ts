import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { startCall, type Call } from '@hellohaybye/call';
import { generateIdentity, identityToJson } from '@hellohaybye/signaling/keys';
import { Transport } from '@hellohaybye/transport/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyFolder, hellohaybye, quiet, root, start, type Running } from '../support/cli.js';
import { FakeBrowser } from '../support/fake-browser.js';
import { PageViewer } from '../support/page-viewer.js';
import { descendants } from '../support/processes.js';
import { processMemory } from '../support/process-memory.js';
import { RecordingProxy } from '../support/recording-proxy.js';
import { Secrets } from '../support/secrets.js';

const roomSecret = randomBytes(32);
const otherSecret = randomBytes(32);
const accessToken = 'sesame-open-sesame';
const adminToken = 'abracadabra-abracadabra';
const line = 'the kettle is on the hob';

const secrets = new Secrets();
let masterKeys: Secrets;
let folder: string;
let browser: FakeBrowser;
let proxy: RecordingProxy | undefined;
let call: Call | undefined;

beforeEach(() => {
  folder = emptyFolder();
  browser = new FakeBrowser(folder);
  masterKeys = new Secrets();
  writeFileSync(
    join(folder, 'failing.cjs'),
    `process.on('SIGUSR2', () => { throw new Error('it failed'); });`,
  );
});
afterEach(async () => {
  vi.restoreAllMocks();
  await call?.leave();
  proxy?.close();
});

describe.skipIf(!existsSync('/proc/self/mem'))('a whole call at the most verbose level', () => {
  it('leaves no secret in any output, file, list of processes, message, or memory of the server', async () => {
    secrets.add('room secret', roomSecret);
    secrets.add('secret of another invitation', otherSecret);
    secrets.add('access token', accessToken);
    secrets.add('admin token', adminToken);
    const epochs = watchKeys();
    const { server, url, metrics } = await startVerboseServer();
    proxy = await RecordingProxy.start(url, { authorization: `Bearer ${accessToken}` });
    const link = `hellohaybye://127.0.0.1:${proxy.port}/tea#`;
    call = await observe(roomSecret.toString('base64url'));

    const invitation = link + roomSecret.toString('base64url');
    const anna = participant('anna', invitation, { page: true });
    const ben = participant('ben', invitation, { byArgument: true });
    const chiara = participant('chiara', invitation);
    const stranger = participant('stranger', link + otherSecret.toString('base64url'));
    const mistaken = participant(
      'mistaken',
      `hellohaybye://127.0.0.1/tea#${otherSecret.toString('base64url')}`,
    );
    const participants = [anna, ben, chiara, stranger, mistaken];
    await Promise.all([epochs(1, 3), stranger.printed(/neither seen nor heard/)]);
    expect(await mistaken.exited).toMatchObject({ code: 2 });
    const page = await lookAtPage(anna);
    // Who is heard is ready to be written to.
    await Promise.all([anna, ben, chiara].map((one) => one.printed(/observer: .* 0\.[1-9] Mbit/)));
    call.chat(line);
    await Promise.all([anna, ben, chiara].map((one) => one.printed(new RegExp(line))));
    const listed = [server, anna, ben, chiara, stranger].map(({ pid }) => ofProcesses(pid));

    anna.signal('SIGINT');
    expect(await anna.exited).toMatchObject({ code: 130 });
    await epochs(2, 2);
    ben.signal('SIGKILL');
    const answers = await askAll(url, metrics);
    const participantMemory = searchMemory(chiara.pid);
    // One that fails where nobody expects it, one that is asked for: both write what Node knows of the process.
    chiara.signal('SIGUSR2');
    server.signal('SIGUSR2');
    await chiara.printed(/report completed/);
    await server.printed(/report completed/);
    expect(await chiara.exited).not.toMatchObject({ code: 0 });
    const memory = searchMemory(server.pid);
    const shown = inspect(call, { depth: 12, showHidden: true, maxArrayLength: 100 });
    stranger.signal('SIGTERM');
    expect(await stranger.exited).toMatchObject({ code: 143 });
    const report = await call.leave();
    server.signal('SIGTERM');
    expect(await server.exited).toMatchObject({ code: 0 });

    proxy.confidences.forEach((secret, index) => secrets.add(`confidence ${index} in a greeting`, secret));
    expect(proxy.confidences.length).toBeGreaterThan(8);
    const files = filesIn(folder);
    expect(files.filter((path) => /report.*\.json$/.test(path))).toHaveLength(2);
    for (const name of ['anna', 'ben', 'chiara', 'stranger'])
      secrets.add(`key of ${name}`, privateKeyOf(name));

    const outputs: Record<string, string> = {
      metrics: answers,
      'a call, printed': shown,
      'the result of a call': JSON.stringify(report),
      'the log of the server': server.stdout + server.stderr,
    };
    participants.forEach(({ stdout, stderr }, index) => (outputs[`participant ${index}`] = stdout + stderr));
    for (const path of files) {
      if (!/identity\.json|admin-token/.test(path)) outputs[path] = readFileSync(path, 'utf8');
    }
    // What the browser was told, all of its environment included, is among the files.
    expect(outputs[join(folder, 'browser-was-told')]).toContain('HHB_DISCOVERY=');
    const lists = { 'lists of processes': listed.join('\n') };
    expect(lists['lists of processes']).toContain('hellohaybye');
    expect(page.inText(lists['lists of processes'])).toEqual([]);
    for (const path of files) expect(page.inText(outputs[path] ?? '')).toEqual([]);
    const leaks = Object.entries({ ...outputs, ...lists }).map(([where, text]) => ({
      where,
      holds: [...secrets.inText(text), ...masterKeys.inText(text)],
    }));
    expect(leaks.filter(({ holds }) => holds.length > 0)).toEqual([]);
    // The server sees who is there, and nothing of what they say and of their keys.
    const messages = proxy.messages.join('\n');
    expect(messages).toContain(publicKeyOf('anna'));
    const told = [...secrets.inText(messages), ...masterKeys.inText(messages)];
    expect(told.filter((name) => !name.startsWith('confidence'))).toEqual([]);
    expect(messages + server.stdout).not.toContain(line);
    expect(memory).toEqual(['public key']);
    // The same search finds them where they have to be.
    const inUse = expect.stringMatching(/^master key/) as string;
    expect(participantMemory).toEqual(expect.arrayContaining(['room secret', 'key of chiara', inUse]));
    expect(masterKeys.names.length).toBeGreaterThan(20);
  }, 90_000);
});

/** What of participants is in the memory of a process; their public key, which all are told, shows that it is looked through. */
function searchMemory(pid: number): string[] {
  const wanted = new Secrets(masterKeys);
  wanted.add('room secret', roomSecret);
  wanted.add('a line of the chat', line);
  for (const name of ['anna', 'chiara']) wanted.add(`key of ${name}`, privateKeyOf(name));
  wanted.add('public key', publicKeyOf('anna'));
  return wanted.inMemory(processMemory(pid));
}

/**
 * Keeps every key that the participant of this process is given: its own, and those of all others.
 * @returns waits until so many of the others have told a key of this epoch or a later one
 */
function watchKeys(): (epoch: number, people: number) => Promise<void> {
  const latest = new Map<string, number>();
  const waiting = new Set<() => void>();
  const keep = (whose: string, { id, key, salt }: { id: string; key: Uint8Array; salt: Uint8Array }) => {
    masterKeys.add(`master key ${id} of ${whose}`, key);
    masterKeys.add(`master salt ${id} of ${whose}`, salt);
  };
  const { setSendKey, setPeerKeys } = Transport.prototype;
  vi.spyOn(Transport.prototype, 'setSendKey').mockImplementation(function (this: Transport, key) {
    keep('ours', key);
    setSendKey.call(this, key);
  });
  vi.spyOn(Transport.prototype, 'setPeerKeys').mockImplementation(function (this: Transport, peer, keys, at) {
    for (const key of keys) keep(peer, key);
    setPeerKeys.call(this, peer, keys, at);
    latest.set(peer, Math.max(0, ...keys.map(({ id }) => Number.parseInt(id))));
    for (const look of waiting) look();
  });
  return (epoch, people) =>
    new Promise((resolve) => {
      const look = () => {
        if ([...latest.values()].filter((one) => one >= epoch).length < people) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
}

async function startVerboseServer(): Promise<{ server: Running; url: string; metrics: string }> {
  const tokenFile = join(folder, 'admin-token');
  writeFileSync(tokenFile, adminToken, { mode: 0o600 });
  const flags = ['--host', '127.0.0.1', '--port', '0', '--log-level', 'debug', '--verbose', '--json'];
  const server = start(
    process.execPath,
    [
      join(root, 'apps/server/bin/hellohaybye-server.js'),
      ...flags,
      ...['--metrics-port', '0', '--admin-token-file', tokenFile],
    ],
    {
      env: {
        HHB_SERVER_TOKEN: accessToken,
        NODE_OPTIONS: `--report-on-signal --report-signal=SIGUSR2 --report-directory=${folder}`,
      },
    },
  );
  const [, metrics] = await server.printed(/"port":(\d+)[^\n]*metrics and administration/, 'stdout');
  const [, port] = await server.printed(/"port":(\d+)[^\n]*"listening"/, 'stdout');
  return { server, url: `ws://127.0.0.1:${port}`, metrics: `http://127.0.0.1:${metrics}` };
}

/**
 * A participant in a process of its own, which fails where nobody expects it at SIGUSR2. The invitation stands on its
 * standard input, or is an argument.
 */
function participant(
  name: string,
  invitation: string,
  { page = false, byArgument = false }: { page?: boolean; byArgument?: boolean } = {},
): Running {
  const failing = join(folder, 'failing.cjs');
  const small = ['--video', 'test', '--size', '64x48', '--fps', '5', '--audio', 'tone'];
  const flags = [...(page ? shown : quiet), ...small];
  return hellohaybye(
    ['join', byArgument ? invitation : '-', '--name', name, ...flags, '--json', '--verbose'],
    {
      ...(!byArgument && { input: `${invitation}\n` }),
      env: {
        ...(page && browser.env),
        XDG_CONFIG_HOME: join(folder, name),
        XDG_STATE_HOME: join(folder, name),
        NODE_OPTIONS: `--require ${failing} --report-uncaught-exception --report-directory=${folder}`,
      },
    },
  );
}

/** As `quiet`, with a page and a browser that is started. */
const shown = quiet.filter(
  (flag, index) => flag !== '--no-open' && flag !== '--view' && quiet[index - 1] !== '--view',
);

/**
 * Opens somebody's page by the address that is printed, and by the one that their browser was started with.
 * @returns what opened it, and the printed one that opens it now; what else lets windows in is put to the secrets
 */
async function lookAtPage(participant: Running): Promise<Secrets> {
  const tokenOf = (url: string) => new URL(url).hash.slice(1);
  const [, printed] = await participant.printed(/shown at (http:\S+)/);
  const { args } = await browser.started();
  const file = args.at(-1)!.replace('file://', '');
  const [, started] = /url=(http:[^"]+)"/.exec(readFileSync(file, 'utf8'))!;
  const viewers = [await PageViewer.open(printed!), await PageViewer.open(started!)];
  const [, next] = await participant.printed(/Another window.*(http:\S+)/);
  secrets.add('session key of the page', await viewers[0]!.sessionKey);
  secrets.add('token of the started browser', tokenOf(started!));
  const page = new Secrets(secrets);
  page.add('printed token', tokenOf(printed!));
  page.add('next token', tokenOf(next!));
  for (const viewer of viewers) viewer.close();
  return page;
}

/** What every user of this machine sees of a process and those that it started, and what its own user sees of the latter. */
function ofProcesses(pid: number): string {
  const below = descendants(pid);
  const files = [pid, ...below]
    .map((one) => `/proc/${one}/cmdline`)
    .concat(below.map((one) => `/proc/${one}/environ`));
  return files.map(contentOf).join('\n');
}

/** Nothing, of a process that is gone. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A participant in this process, which is given everybody's keys. */
function observe(secret: string): Promise<Call> {
  const identity = generateIdentity();
  secrets.add('key of the observer', identityToJson(identity).d);
  secrets.add('key of the observer', Buffer.from(identityToJson(identity).d, 'base64url'));
  const any = { port: 0, fallback: false };
  return startCall({
    ...{
      server: `ws://127.0.0.1:${proxy!.port}`,
      room: 'tea',
      name: 'observer',
      speaker: 'none',
      page: false,
    },
    ...{ video: 'none', audio: 'tone', width: 64, height: 48, fps: 5, quality: 80 },
    ...{ sampleRate: 44100, channels: 1, chunkSamples: 1024 },
    ...{ ports: { video: any, audio: any }, mediaHost: '127.0.0.1', security: { identity, secret } },
  });
}

/** What the server tells over HTTP, to who may ask and who may not. */
async function askAll(url: string, metrics: string): Promise<string> {
  const server = url.replace('ws', 'http');
  const remove = (token: string) => ({ method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  const answers = await Promise.all([
    fetch(`${server}/healthz`),
    fetch(`${server}/?token=${accessToken}`, remove(accessToken)),
    fetch(`${metrics}/metrics`),
    fetch(`${metrics}/rooms/cellar`, remove(adminToken)),
    fetch(`${metrics}/rooms/cellar`, remove(`${adminToken}!`)),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, expect.any(Number), 200, 404, 401]);
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  return answers.map(({ headers }, index) => JSON.stringify([...headers]) + texts[index]).join('\n');
}

const identityOf = (name: string) =>
  JSON.parse(readFileSync(join(folder, name, 'hellohaybye', 'identity.json'), 'utf8')) as {
    publicKey: string;
    privateKey: string;
  };
const publicKeyOf = (name: string): string => identityOf(name).publicKey;
const privateKeyOf = (name: string): Buffer => Buffer.from(identityOf(name).privateKey, 'base64url');

function filesIn(where: string): string[] {
  return readdirSync(where, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(where, entry.name)) : [join(where, entry.name)],
  );
}
