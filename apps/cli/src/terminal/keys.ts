import { edit, emptyLine, textOf, type Key, type Line } from './line-editor.js';

/** How the call stands, as far as keys depend on it. What is left out has no key. */
export interface KeyContext {
  /** Who calls, while a call rings. */
  ringing?: string | undefined;
  muted?: boolean | undefined;
  cameraOff?: boolean | undefined;
  onHold?: boolean | undefined;
  away?: boolean | undefined;
  canChat?: boolean | undefined;
}

type Control = 'mute' | 'unmute' | 'camera-off' | 'camera-on' | 'hold' | 'resume' | 'away' | 'back';

/** What somebody asks for by keys. */
export type KeyAction =
  | { type: 'accept' }
  | { type: 'decline' }
  | { type: 'control'; control: Control }
  | { type: 'chat'; text: string }
  | { type: 'help' }
  | { type: 'leave' }
  /** Ctrl-C, which the terminal does not turn into a signal by itself now. */
  | { type: 'interrupt' }
  /** Ctrl-Z, likewise. */
  | { type: 'suspend' };

/** Whether a line is being written, and whether what comes was pasted. */
export interface KeyState {
  line?: Line | undefined;
  pasting?: boolean;
}

/** What a key does: the state after it, and what is asked for. */
export function press(
  state: KeyState,
  key: Key,
  context: KeyContext,
): { state: KeyState; action?: KeyAction } {
  if (key.ctrl && key.name === 'c') return { state, action: { type: 'interrupt' } };
  if (key.ctrl && key.name === 'z') return { state, action: { type: 'suspend' } };
  if (key.name === 'paste-start') return { state: { ...state, pasting: true } };
  if (key.name === 'paste-end') return { state: { ...state, pasting: false } };
  if (state.line) return write(state, state.line, key);
  // What is pasted without a line to go to would be taken for keys, and end calls.
  if (state.pasting || key.ctrl || key.meta) return { state };
  if (isEnter(key) || key.text === 'c' || key.text === '/') {
    // What begins with a slash may be a command: it stands in the line.
    const line = key.text === '/' ? edit(emptyLine, key) : emptyLine;
    return { state: context.canChat ? { ...state, line } : state };
  }
  const action = actionOf(key.text, context);
  return action ? { state, action } : { state };
}

function write(state: KeyState, line: Line, key: Key): { state: KeyState; action?: KeyAction } {
  const done = { ...state, line: undefined };
  if (isEnter(key) && !state.pasting) {
    const text = textOf(line).trim();
    return text === '' ? { state: done } : { state: done, action: { type: 'chat', text } };
  }
  const isEmpty = line.characters.length === 0;
  if (key.name === 'escape' || (key.name === 'backspace' && isEmpty)) return { state: done };
  return { state: { ...state, line: edit(line, key) } };
}

function actionOf(text: string | undefined, context: KeyContext): KeyAction | undefined {
  const { ringing, muted, cameraOff, onHold, away } = context;
  const control = (name: Control): KeyAction => ({ type: 'control', control: name });
  switch (text?.toLowerCase()) {
    case 'a':
      return ringing === undefined ? undefined : { type: 'accept' };
    case 'd':
      return ringing === undefined ? undefined : { type: 'decline' };
    case 'm':
      return muted === undefined ? undefined : control(muted ? 'unmute' : 'mute');
    case 'v':
      return cameraOff === undefined ? undefined : control(cameraOff ? 'camera-on' : 'camera-off');
    case 'h':
      return onHold === undefined ? undefined : control(onHold ? 'resume' : 'hold');
    case 'w':
      return away === undefined ? undefined : control(away ? 'back' : 'away');
    case '?':
      return { type: 'help' };
    case 'q':
      return { type: 'leave' };
    default:
      return undefined;
  }
}

const isEnter = ({ name }: Key): boolean => name === 'return' || name === 'enter';
