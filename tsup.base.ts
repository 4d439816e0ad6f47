import { defineConfig, type Options } from 'tsup';

const common: Options = {
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
  // One copy of every class, whichever entry it is imported through.
  splitting: true,
};

/** The build of a library: every entry as ESM, CJS and types, all flat in `dist/`. */
export function definePackage(entry: Record<string, string>, overrides: Options = {}) {
  return defineConfig({ ...common, entry, format: ['esm', 'cjs'], dts: true, shims: true, ...overrides });
}

/** The build of a program: ESM only, no types. */
export function defineApp(entry: Record<string, string> = { main: 'src/main.ts' }) {
  return defineConfig({ ...common, entry, format: ['esm'] });
}
