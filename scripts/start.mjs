// `npm start`: prepares the workspace and runs the demo call in this very process, so that Ctrl-C and
// the exit code are the demo's own. Arguments after `--` go to the demo.
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';

prepare();
const cli = new URL('../apps/cli/bin/hellohaybye.js', import.meta.url);
process.argv.splice(1, 1, fileURLToPath(cli), 'demo');
await import(cli.href);
