import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { press, type KeyAction, type KeyContext, type KeyState } from './keys.js';
import { textOf, type Key } from './line-editor.js';
import { promptOf } from './prompt.js';
import { textWidth } from './text-width.js';

const all: KeyContext = {
  ringing: 'Zoë',
  muted: false,
  cameraOff: true,
  onHold: false,
  away: false,
  canChat: true,
};
const ENTER: Key = { name: 'return' };
const letters = (text: string): Key[] => [...text].map((each) => ({ name: each, text: each }));

function type(keys: Key[], context = all) {
  let state: KeyState = {};
  const actions: KeyAction[] = [];
  for (const key of keys) {
    const pressed = press(state, key, context);
    state = pressed.state;
    if (pressed.action) actions.push(pressed.action);
  }
  return { state, actions };
}

describe('press', () => {
  it('acts by single keys, as things stand', () => {
    expect(type(letters('admvhwq?')).actions).toEqual([
      { type: 'accept' },
      { type: 'decline' },
      { type: 'control', control: 'mute' },
      { type: 'control', control: 'camera-on' },
      { type: 'control', control: 'hold' },
      { type: 'control', control: 'away' },
      { type: 'leave' },
      { type: 'help' },
    ]);
    expect(type(letters('admvhwc/x'), {})).toEqual({ state: {}, actions: [] });
    expect(type(letters('w'), { away: true }).actions).toEqual([{ type: 'control', control: 'back' }]);
  });

  it('writes a line, whose letters are no keys, and sends it with Enter', () => {
    const left = { name: 'left' };
    const { state, actions } = type([...letters('c'), ...letters('qaZ'), left, { name: 'backspace' }, ENTER]);
    expect(actions).toEqual([{ type: 'chat', text: 'qZ' }]);
    expect(state.line).toBeUndefined();
    expect(type([ENTER, ...letters('  '), ENTER]).actions).toEqual([]);
    expect(type([...letters('/x'), { name: 'escape' }, ...letters('m')]).actions).toEqual([
      { type: 'control', control: 'mute' },
    ]);
    expect(type([...letters('c'), { name: 'backspace' }]).state.line).toBeUndefined();
  });

  it('takes an emoji or an accented letter for one character', () => {
    const typed = [...letters('c'), ...letters('x👩‍🚀e\u0301')];
    expect(textOf(type([...typed, { name: 'backspace' }]).state.line!)).toBe('x👩‍🚀');
    const twice = [...typed, { name: 'backspace' }, { name: 'backspace' }];
    expect(textOf(type(twice).state.line!)).toBe('x');
  });

  it('ends no call by what is pasted, and pastes several lines as one', () => {
    const paste = [{ name: 'paste-start' }, ...letters('qa'), ENTER, ...letters('q'), { name: 'paste-end' }];
    expect(type(paste).actions).toEqual([]);
    const into = [
      ...letters('c'),
      ...paste.map((key) => (key === ENTER ? { ...ENTER, text: '\r' } : key)),
      ENTER,
    ];
    expect(type(into).actions).toEqual([{ type: 'chat', text: 'qa q' }]);
  });

  it('is interrupted by Ctrl-C always', () => {
    const interrupt = { name: 'c', ctrl: true };
    expect(type([interrupt, ...letters('c'), interrupt]).actions).toEqual([
      { type: 'interrupt' },
      { type: 'interrupt' },
    ]);
  });

  it('keeps a line and a prompt free of control characters and within the terminal, whatever is typed', () => {
    const named = ['left', 'right', 'home', 'end', 'backspace', 'delete'].map((name) => ({ name }));
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('李', '🙂', '\u0301', '\x1b', 'x'));
    const key = fc.oneof(
      fc.constantFrom<Key>(...named),
      text.map((typed): Key => ({ text: typed })),
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 60 }), fc.integer({ min: 4, max: 60 }), (keys, columns) => {
        const { state } = type([...letters('c'), ...keys.filter((each) => each.name !== 'backspace')]);
        const prompt = promptOf(state, all, columns);
        expect(prompt.text).not.toMatch(/\p{Control}/u);
        expect(textWidth(prompt.text)).toBeLessThan(columns);
        expect(prompt.column).toBeLessThan(columns);
        expect(textOf(state.line!).length).toBeLessThanOrEqual(2000);
      }),
    );
  });
});
