// Checks that pure code is pure: eslint.pure.mjs for what exists in every JavaScript, and a compilation
// without Node's types for all the rest. Exits 1 with a line for each violation.
import { spawnSync } from 'node:child_process';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { cipherFiles, cipherRules, impureFiles, pureFiles, pureRules } from '../eslint.pure.mjs';

const eslint = new ESLint({
  overrideConfigFile: true,
  errorOnUnmatchedPattern: true, // a folder without files is a list that has gone stale
  overrideConfig: [
    { ignores: impureFiles },
    {
      files: ['**/*.ts'],
      languageOptions: { parser: tseslint.parser },
      linterOptions: { noInlineConfig: true },
      rules: pureRules,
    },
    { files: cipherFiles, rules: cipherRules },
  ],
});
const results = await eslint.lintFiles(pureFiles);
const problems = results.flatMap(({ filePath, messages }) =>
  messages.map(({ line, message }) => `${filePath}:${line}: ${message}`),
);
for (const problem of problems) console.error(problem);

const tsc = spawnSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.pure.json'],
  {
    stdio: ['ignore', 2, 2],
  },
);
console.error(
  `purity: ${problems.length} violations in ${results.length} files, types ${tsc.status === 0 ? 'hold' : 'do not hold'}`,
);
process.exitCode = problems.length > 0 || results.length === 0 || tsc.status !== 0 ? 1 : 0;
