#!/usr/bin/env node
import { existsSync } from 'node:fs';

const command = new URL('../dist/netsim-cli.js', import.meta.url);
if (existsSync(command)) {
  const { run } = await import(command.href);
  process.exitCode = await run(process.argv.slice(2));
} else {
  process.stderr.write(
    'hellohaybye-transport: not built yet. Run "npm run build" in the repository first.\n',
  );
  process.exitCode = 1;
}
