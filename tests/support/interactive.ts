// A program for the tests of the terminal: a call without a call, which prints what keys ask for.
import { openTerminal, printable } from '../../apps/cli/src/terminal.js';
import { startInteraction } from '../../apps/cli/src/terminal/interaction.js';

const terminal = openTerminal();
const interaction = startInteraction({
  terminal,
  onAction: (action) => {
    terminal.say(`did ${printable(JSON.stringify(action))}`);
    if (action.type === 'leave') {
      interaction.close();
      process.exit(0);
    }
  },
});
interaction.setContext({ ringing: 'Zoë\x1b[31m', muted: false, canChat: true });
process.on('SIGINT', () => {
  terminal.say('interrupted');
  if (process.argv[2] === 'fail') throw new Error('it failed');
  process.exit(130);
});
let count = 0;
setInterval(() => terminal.status([`anna: status ${++count}`, 'ben: 李李李']), 50);
