// Assembles wasm/reed-solomon.wat into src/repair/reed-solomon/kernel-module.ts. Run it after a change of the
// former. The latter is committed, so that nothing else needs an assembler; a test checks that they agree.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../wasm/reed-solomon.wat', import.meta.url));
const target = fileURLToPath(new URL('../src/repair/reed-solomon/kernel-module.ts', import.meta.url));
const assembler = fileURLToPath(import.meta.resolve('wabt/bin/wat2wasm'));

const code = assemble();
let rows = '';
for (let at = 0; at < code.length; at += 24) rows += `  ${code.subarray(at, at + 24).join(', ')},\n`;
writeFileSync(
  target,
  `// Made by scripts/build-kernel.mjs from wasm/reed-solomon.wat: change that, and run it.

/** The kernel as a WebAssembly module, ${code.length} bytes. It needs SIMD. */
// prettier-ignore
export const kernelModule = new Uint8Array([
${rows}]);
`,
);

function assemble() {
  const folder = mkdtempSync(join(tmpdir(), 'hellohaybye-kernel-'));
  try {
    const output = join(folder, 'kernel.wasm');
    execFileSync(process.execPath, [assembler, source, `--output=${output}`], { stdio: 'inherit' });
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
