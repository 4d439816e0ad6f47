import type { Options } from 'tsup';
import { definePackage } from '../../tsup.base';

/** The page's script runs in the browser, where nothing is installed: one file with all that it needs. */
const pageClient: Options = {
  entry: { 'page-client': 'src/page/client/main.ts' },
  format: ['iife'],
  outExtension: () => ({ js: '.js' }),
  platform: 'browser',
  target: 'es2022',
  tsconfig: 'src/page/client/tsconfig.json',
  minify: true,
  clean: false,
};

export default [
  definePackage(
    { index: 'src/index.ts', 'speaker-child': 'src/speaker/speaker-child.ts' },
    {
      dts: { entry: { index: 'src/index.ts' } },
      // The two builds run side by side: this one does not remove what the other has made.
      clean: ['!page-client.js'],
      publicDir: 'src/page/static',
    },
  ),
  pageClient,
];
