import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let clone: string;

// A clone that was installed but never built: the sources, and a node_modules whose workspace links lead to
// these sources and not to the built originals.
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'hellohaybye-clone-'));
  const unbuilt = (path: string) =>
    !/[\\/](dist|node_modules|\.nx|\.git)([\\/]|$)/.test(path.slice(root.length - 1));
  for (const entry of readdirSync(root)) {
    if (!['node_modules', '.nx', '.git'].includes(entry)) {
      cpSync(join(root, entry), join(clone, entry), { recursive: true, filter: unbuilt });
    }
  }
  const modules = join(clone, 'node_modules');
  mkdirSync(join(modules, '@hellohaybye'), { recursive: true });
  for (const entry of readdirSync(join(root, 'node_modules'))) {
    if (entry !== '@hellohaybye' && !entry.startsWith('hellohaybye')) {
      symlinkSync(join(root, 'node_modules', entry), join(modules, entry), 'junction');
    }
  }
  for (const name of readdirSync(join(clone, 'packages'))) {
    symlinkSync(join(clone, 'packages', name), join(modules, '@hellohaybye', name), 'junction');
  }
});

afterAll(() => rmSync(clone, { recursive: true, force: true }));

function check(script: string): { status: number | null; printed: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`scripts/${script}.mjs`], {
    cwd: clone,
    encoding: 'utf8',
  });
  return { status, printed: stdout + stderr };
}

function withPlanted<T>(file: string, content: string, look: () => T): T {
  const path = join(clone, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  try {
    return look();
  } finally {
    rmSync(path);
  }
}

describe('boundaries on a clone that was never built', { timeout: 60_000 }, () => {
  it('hold', () => {
    expect(check('check-boundaries')).toMatchObject({
      status: 0,
      printed: expect.stringContaining('0 violations'),
    });
  });

  it.each([
    ['core-imports-nobody', 'packages/core/src/planted.ts', '@hellohaybye/transport'],
    ['middle-packages-know-core-alone', 'packages/transport/src/planted.ts', '@hellohaybye/codec'],
    ['middle-packages-know-core-alone', 'packages/signaling/src/planted.ts', '@hellohaybye/call'],
    ['call-imports-no-app', 'packages/call/src/planted.ts', '../../../apps/cli/src/exit-codes.js'],
    ['server-knows-signaling-and-core-alone', 'apps/server/src/planted.ts', '@hellohaybye/transport'],
    ['no-sibling-by-relative-path', 'packages/call/src/planted.ts', '../../core/src/clock.js'],
    ['transport-is-pure-but-for-node', 'packages/transport/src/planted.ts', './node/index.js'],
    ['resolvable', 'packages/codec/src/planted.ts', 'no-such-package'],
    ['declared', 'packages/codec/src/planted.ts', 'ws'],
  ])('%s bites in %s', (rule, file, specifier) => {
    const { status, printed } = withPlanted(file, `export * from '${specifier}';\n`, () =>
      check('check-boundaries'),
    );
    expect(printed).toContain(`${rule}: ${file} ->`);
    expect(status).toBe(1);
  });
});

describe('purity on a clone that was never built', { timeout: 60_000 }, () => {
  it('holds', () => {
    expect(check('check-purity')).toMatchObject({
      status: 0,
      printed: expect.stringContaining('0 violations'),
    });
  });

  it('bites at every way out', () => {
    const planted = [
      'export const a = Date.now();',
      'export const b = Math.random();',
      'export const c = setTimeout(() => undefined, 1);',
      'export const d = performance.now();',
      "export * from 'node:fs';",
      "export * from 'dgram';",
      "export * from '@hellohaybye/core/node';",
      'export const e = globalThis.Date;',
      'export const f = process.env;',
      'export const g = Buffer.alloc(1);',
    ];
    const { status, printed } = withPlanted(
      'packages/transport/src/endpoint/planted.ts',
      planted.join('\n'),
      () => check('check-purity'),
    );
    for (const line of planted.keys()) expect(printed).toContain(`planted.ts:${line + 1}:`);
    expect(printed).toContain('types do not hold');
    expect(status).toBe(1);
  });

  it('bites where ciphers are let in, too', () => {
    const planted = [
      "export { randomBytes } from 'node:crypto';",
      "import * as all from 'node:crypto';",
      "import { readFileSync } from 'node:fs';",
      'export const a = [all, readFileSync, Date.now()];',
    ];
    const { status, printed } = withPlanted(
      'packages/transport/src/protect/planted.ts',
      planted.join('\n'),
      () => check('check-purity'),
    );
    for (const line of planted.keys()) expect(printed).toContain(`planted.ts:${line + 1}:`);
    expect(printed).toContain('types do not hold');
    expect(status).toBe(1);
  });
});
