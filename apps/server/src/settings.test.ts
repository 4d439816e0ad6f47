import { afterEach, describe, expect, it, vi } from 'vitest';
import { readSettings } from './settings.js';

const defaults = {
  ...{ host: '0.0.0.0', port: 5000, logLevel: 'info', json: false, verbose: false },
  ...{ hidden: false, announceName: false },
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

  it('takes whether and how the server is announced', () => {
    expect(read(['--hidden'])).toMatchObject({ settings: { hidden: true, announceName: false } });
    expect(read([], { HHB_SERVER_ANNOUNCE_NAME: '1', HHB_SERVER_HIDDEN: '0' })).toMatchObject({
      settings: { hidden: false, announceName: true },
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
    [['now'], 'too many arguments. Expected 0 arguments but got 1.'],
  ])('refuses %j in one line', (args, problem) => expect(problems(args)).toEqual([problem]));

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
