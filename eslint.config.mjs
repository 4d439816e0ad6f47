import tseslint from 'typescript-eslint';
import { cipherFiles, cipherRules, impureFiles, pureFiles, pureRules } from './eslint.pure.mjs';

/** The browser page's script is checked against the DOM, and nothing else is. */
const pageClient = './packages/playback/src/page/client/tsconfig.json';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', 'pure/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', pageClient], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines': ['error', 350],
    },
  },
  { files: ['**/*.test.ts', 'tests/**/*.ts'], rules: { 'max-lines': 'off' } },
  { files: pureFiles, ignores: impureFiles, rules: pureRules },
  { files: cipherFiles, ignores: impureFiles, rules: cipherRules },
);
