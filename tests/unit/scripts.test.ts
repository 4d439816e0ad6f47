import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'hellohaybye-scripts-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('count-results', () => {
  const file = (
    name: string,
    passed: number,
    failed: number,
    skipped: number,
    testResults: object[] = [],
  ) => {
    const path = join(folder, name);
    const total = passed + failed + skipped;
    const counts = {
      numPassedTests: passed,
      numFailedTests: failed,
      numPendingTests: skipped,
      numTodoTests: 0,
    };
    writeFileSync(path, JSON.stringify({ numTotalTests: total, ...counts, testResults }));
    return path;
  };
  const count = (files: string[], requireAll = '1') => {
    const { status, stdout } = spawnSync(process.execPath, ['scripts/count-results.mjs', ...files], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, HHB_REQUIRE_ALL: requireAll },
    });
    return { status, last: stdout.trim().split('\n').at(-1)!, stdout };
  };

  it('adds up runs', () => {
    const files = [file('a.json', 10, 0, 0), file('b.json', 5, 0, 0)];
    expect(count(files)).toMatchObject({ status: 0, last: '15 passed, 0 failed, 0 skipped' });
  });

  it('fails with a failed test, a run that left nothing, one without tests, and a file that could not be run', () => {
    expect(count([file('a.json', 10, 1, 0)])).toMatchObject({
      status: 1,
      last: '10 passed, 1 failed, 0 skipped',
    });
    expect(count([join(folder, 'missing.json')])).toMatchObject({
      status: 1,
      last: '0 passed, 1 failed, 0 skipped',
    });
    expect(count([file('c.json', 0, 0, 0)])).toMatchObject({
      status: 1,
      last: '0 passed, 1 failed, 0 skipped',
    });
    const broken = [{ name: 'x.test.ts', status: 'failed', message: 'no such module', assertionResults: [] }];
    expect(count([file('d.json', 3, 0, 0, broken)])).toMatchObject({
      status: 1,
      last: '3 passed, 1 failed, 0 skipped',
    });
  });

  it('names each test that failed, with why', () => {
    const result = (fullName: string, status: string, failureMessages: string[] = []) => ({
      ...{ fullName, status, failureMessages },
    });
    const results = [result('adds up', 'passed'), result('goes on', 'failed', ['expected 4 to be 3'])];
    const { stdout } = count([
      file('a.json', 1, 1, 0, [{ name: 'a.test.ts', status: 'failed', assertionResults: results }]),
    ]);
    expect(stdout.split('\n').slice(0, 2)).toEqual(['failed: a.test.ts: goes on', 'expected 4 to be 3']);
  });

  it('fails with a skip only where nothing may be skipped', () => {
    const files = [file('a.json', 10, 0, 2)];
    expect(count(files)).toMatchObject({ status: 1, last: '10 passed, 0 failed, 2 skipped' });
    expect(count(files, '')).toMatchObject({ status: 0, last: '10 passed, 0 failed, 2 skipped' });
  });
});

describe('package-lock.json', () => {
  interface Locked {
    resolved?: string;
    link?: boolean;
    optionalDependencies?: Record<string, string>;
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };

  it('records no hosts: whoever installs uses the registry that they have set', () => {
    const withHosts = Object.values(packages).filter(({ resolved, link }) => resolved !== undefined && !link);
    expect(withHosts).toEqual([]);
  });

  it('has an entry for every optional dependency, so that npm ci works on every platform', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => {
        const places = path
          .split('/node_modules/')
          .map((_, index, parts) => parts.slice(0, index + 1).join('/node_modules/'));
        return ![...places.map((place) => `${place}/node_modules/${name}`), `node_modules/${name}`].some(
          (key) => packages[key],
        );
      }),
    );
    expect(missing).toEqual([]);
  });
});
