import { emitKeypressEvents } from 'node:readline';
import { printable, type LiveTerminal } from '../terminal.js';
import { press, type KeyAction, type KeyContext, type KeyState } from './keys.js';
import { helpLines, promptOf } from './prompt.js';

export interface InteractionOptions {
  terminal: LiveTerminal;
  /** Called with what somebody asks for. */
  onAction: (action: Exclude<KeyAction, { type: 'help' | 'interrupt' | 'suspend' }>) => void;
  /** Default stdin. */
  input?: NodeJS.ReadStream;
}

/** Keys and a prompt line, for as long as a call runs. */
export interface Interaction {
  /** How the call stands: what keys do, and what the prompt says. Names may be as others gave them. */
  setContext(context: KeyContext): void;
  /** Gives the terminal back. */
  close(): void;
}

/**
 * Lets somebody at a terminal act by single keys and write lines. Where there is no terminal to read from and to
 * write to, nothing changes. The terminal is given back on every exit and while the program is stopped (Ctrl-Z).
 * Ctrl-C is a SIGINT to this process, as it is without this.
 */
export function startInteraction({
  terminal,
  onAction,
  input = process.stdin,
}: InteractionOptions): Interaction {
  if (!input.isTTY || !terminal.isLive) return { setContext: () => undefined, close: () => undefined };
  let context: KeyContext = {};
  let state: KeyState = {};
  const show = () => terminal.prompt((columns) => promptOf(state, context, columns));
  const take = () => {
    input.setRawMode(true);
    terminal.control(PASTE_ON);
    show();
  };
  const giveBack = () => {
    terminal.prompt(undefined);
    terminal.control(PASTE_OFF);
    input.setRawMode(false);
  };
  const act = (action: KeyAction) => {
    if (action.type === 'interrupt') process.kill(process.pid, 'SIGINT');
    else if (action.type === 'suspend') suspendJob();
    else if (action.type === 'help') helpLines(context).forEach((line) => terminal.say(line));
    else onAction(action);
  };
  const onKey = (text: string | undefined, key: { name?: string; ctrl?: boolean; meta?: boolean }) => {
    const pressed = press(state, { ...key, text }, context);
    state = pressed.state;
    show();
    if (pressed.action) act(pressed.action);
  };
  const onStop = () => {
    giveBack();
    process.kill(process.pid, 'SIGSTOP');
  };
  emitKeypressEvents(input);
  input.on('keypress', onKey).resume();
  process.on('exit', giveBack).on('SIGTSTP', onStop).on('SIGCONT', take);
  take();
  return {
    setContext(next) {
      context = { ...next, ringing: next.ringing === undefined ? undefined : printable(next.ringing) };
      show();
    },
    close() {
      process.off('exit', giveBack).off('SIGTSTP', onStop).off('SIGCONT', take);
      input.off('keypress', onKey).pause();
      giveBack();
    },
  };
}

/** Stops all of the job, as the terminal does on Ctrl-Z: a shell waits for each of its processes. Not on Windows. */
function suspendJob(): void {
  if (process.platform !== 'win32') process.kill(0, 'SIGTSTP');
}

/** Bracketed paste: the terminal tells what is pasted from what is typed. */
const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';
