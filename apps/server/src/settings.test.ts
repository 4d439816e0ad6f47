import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settingTable } from './setting-table.js';
import { forgetSecrets, readSettings } from './settings.js';

const defaults = {
  ...Object.fromEntries(Object.entries(settingTable).map(([name, { fallback }]) => [name, fallback])),
  ...{ host: '::', port: 5000, logLevel: 'info', json: false, verbose: false },
};
const read = (args: string[], env: NodeJS.ProcessEnv = {}) => readSettings(args, env, '1.2.3');
const problems = (args: string[], env: NodeJS.ProcessEnv = {}) => {
  const result = read(args, env);
  return result.ok ? undefined : result.problems;
};

afterEach(() => vi.restoreAllMocks());

describe('readSettings', () => {
  it('has defaults', () => expect(read([])).toEqual({ ok: true, settings: defaults }));

  it('takes flags over variables over defaults', () => {
    const env = { HHB_SERVER_PORT: '5001', HHB_SERVER_HOST: '127.0.0.1', HHB_SERVER_LOG_LEVEL: '' };
    expect(read(['--port', '0', '--json'], env)).toEqual({
      ok: true,
      settings: { ...defaults, port: 0, host: '127.0.0.1', json: true },
    });
  });

  it('logs everything when verbose, unless told what to log', () => {
    expect(read(['--verbose'])).toMatchObject({ settings: { logLevel: 'debug', verbose: true } });
    expect(read(['--verbose', '--log-level', 'warn'])).toMatchObject({ settings: { logLevel: 'warn' } });
  });

  it.each([
    [['--port', '70000'], '--port has to be a port from 0 to 65535, not "70000"'],
    [['--port', '-1'], '--port has to be a port from 0 to 65535, not "-1"'],
    [['--port', '5e3'], '--port has to be a port from 0 to 65535, not "5e3"'],
    [['--port'], "option '--port <port>' argument missing"],
    [['--log-level', 'loud'], '--log-level has to be one of debug, info, warn, error, silent, not "loud"'],
    [['--host', 'a b'], '--host has to be an address or a name, not "a b"'],
    [['--prot', '1'], "unknown option '--prot' (Did you mean --port?)"],
    [['--max-rooms', '0'], '--max-rooms has to be a whole number from 1 to 1000000, not "0"'],
    [['--ping-timeout', '1h'], '--ping-timeout has to be a number of seconds from 0.1 to 3600, not "1h"'],
    [
      ['--trusted-proxy', '10.0.0.0/8,proxy'],
      expect.stringMatching(/^--trusted-proxy .+ not "10\.0\.0\.0\/8,proxy"$/),
    ],
    [['--origin', 'calls.example.org'], expect.stringMatching(/^--origin has to be origins such as /)],
    [['--tls-cert', 'cert.pem'], '--tls-cert and --tls-key are needed together'],
    [['--token', 'sesame-open-sesame'], expect.stringMatching(/^unknown option '--token'/)],
    [['--admin-token', 'sesame-open-sesame'], expect.stringMatching(/^unknown option '--admin-token'/)],
    [['now'], 'too many arguments. Expected 0 arguments but got 1.'],
  ])('refuses %j in one line', (args, problem) => expect(problems(args)).toEqual([problem]));

  it('takes the address of a Redis, with a password from a file or a variable alone', () => {
    const url = 'redis://:open-sesame@10.0.0.1:6379/2';
    expect(read(['--store', 'rediss://10.0.0.1'])).toMatchObject({
      settings: { store: 'rediss://10.0.0.1' },
    });
    expect(read([], { HHB_SERVER_STORE: url })).toMatchObject({ settings: { store: url } });
    const folder = mkdtempSync(join(tmpdir(), 'hhb-store-'));
    try {
      const file = join(folder, 'store');
      writeFileSync(file, `${url}\n`);
      expect(read(['--store-file', file])).toMatchObject({ settings: { store: url } });
      expect(problems(['--store-file', file, '--store', 'redis://10.0.0.1'])).toEqual([
        '--store-file and --store are two addresses; give one',
      ]);
      writeFileSync(file, 'http://:open-sesame@10.0.0.1');
      writeFileSync(join(folder, 'config'), JSON.stringify({ store: url }));
      const refused = [
        ...problems(['--store-file', file])!,
        ...problems(['--store', url])!,
        ...problems(['--store', 'http://:open-sesame@10.0.0.1'])!,
        ...problems(['--config', join(folder, 'config')])!,
      ];
      expect(refused).toHaveLength(4);
      expect(refused.join()).not.toContain('sesame');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('leaves secrets in the environment no longer than it takes to read them', () => {
    const secrets = {
      HHB_SERVER_TOKEN: 'sesame-open-sesame',
      HHB_SERVER_ADMIN_TOKEN: 'abracadabra-abracadabra',
      HHB_SERVER_STORE: 'redis://:open-sesame@10.0.0.1:6379/2',
    };
    const env: NodeJS.ProcessEnv = { ...secrets, HHB_SERVER_PORT: '5001' };
    forgetSecrets(env);
    expect(env).toEqual({ HHB_SERVER_PORT: '5001' });
  });

  it('names every mistake', () => {
    const env = { HHB_SERVER_PROT: '1', HHB_SERVER_PORT: 'x', HHB_SERVER_JSON: 'maybe' };
    expect(problems(['--log-level', 'loud'], env)).toEqual([
      expect.stringContaining('HHB_SERVER_PROT is no setting') as string,
      'HHB_SERVER_PORT has to be a port from 0 to 65535, not "x"',
      expect.stringContaining('--log-level') as string,
      'HHB_SERVER_JSON has to be true or false, not "maybe"',
    ]);
  });

  it.each([['--help'], ['--version']])('writes %s to stdout and has no problem', (flag) => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(problems([flag])).toEqual([]);
    expect(write).toHaveBeenCalled();
  });
});

describe('settings from files', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'hellohaybye-settings-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('come before defaults and after variables and flags', () => {
    const config = { port: 6000, host: '127.0.0.1', json: true, 'trusted-proxy': ['10.0.0.0/8', 'fd00::/8'] };
    const path = file('server.json', JSON.stringify(config));
    expect(read(['--config', path, '--port', '0'], { HHB_SERVER_HOST: '::1' })).toMatchObject({
      settings: { port: 0, host: '::1', json: true, trustedProxy: ['10.0.0.0/8', 'fd00::/8'] },
    });
    expect(read([], { HHB_SERVER_CONFIG: path })).toMatchObject({ settings: { port: 6000 } });
  });

  it.each([
    ['nonsense', /can't be read: .*JSON/],
    ['[]', /have to be a JSON object$/],
    ['{"prot":1}', /^"prot" in .+server\.json is no setting/],
    ['{"token":"sesame-open-sesame"}', /^"token" in .+ is no setting/],
    ['{"port":"x"}', /^port in .+server\.json has to be a port from 0 to 65535, not "x"$/],
  ])('that hold %s get one line', (text, problem) => {
    expect(problems(['--config', file('server.json', text)])).toEqual([expect.stringMatching(problem)]);
  });

  it('hold secrets, which are told by no problem', () => {
    const path = file('token', ' sesame-open-sesame\n');
    expect(read(['--token-file', path])).toMatchObject({ settings: { token: 'sesame-open-sesame' } });
    expect(problems(['--token-file', file('short', 'sesame')])).toEqual([
      `--token-file: ${join(folder, 'short')} has to hold at least 16 visible ASCII characters`,
    ]);
    expect(problems([], { HHB_SERVER_TOKEN: 'sesame' })).toEqual([
      'HHB_SERVER_TOKEN has to be at least 16 visible ASCII characters',
    ]);
    expect(problems(['--token-file', join(folder, 'none')])).toEqual([expect.stringMatching(/ENOENT/)]);
    expect(problems(['--token-file', path], { HHB_SERVER_TOKEN: 'sesame-open-sesame' })).toHaveLength(1);
  });

  it('that exclude or need each other get one line', () => {
    const token = 'sesame-open-sesame';
    expect(problems(['--jwt-key-file', 'key.pem'], { HHB_SERVER_TOKEN: token })).toHaveLength(1);
    expect(problems(['--tls-self', 'own.pem', '--tls-cert', 'a.pem', '--tls-key', 'a.key'])).toHaveLength(1);
    expect(problems([], { HHB_SERVER_ADMIN_TOKEN: token })).toEqual([
      expect.stringMatching(/--metrics-port/),
    ]);
    expect(read(['--metrics-port', '0'], { HHB_SERVER_ADMIN_TOKEN: token })).toMatchObject({ ok: true });
  });
});
