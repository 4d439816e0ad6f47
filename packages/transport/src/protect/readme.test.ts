import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it("README.md's example of encryption does what it says", () => {
  const folder = new URL('../../', import.meta.url);
  const readme = readFileSync(new URL('README.md', folder), 'utf8');
  const [, example] = /^## Encryption$[^]*?^```js$([^]*?)^```$/m.exec(readme)!;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', example!], {
    cwd: fileURLToPath(folder),
    encoding: 'utf8',
    timeout: 60_000,
  });
  const lines = ['alice uses alice 1', 'hello', 'alice uses alice 2', 'hello again'];
  expect(printed.trim().split('\n').sort()).toEqual(lines.sort());
});
