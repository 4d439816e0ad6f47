import { describe, expect, it } from 'vitest';
import { shortcutOf, toggleOf } from './shortcuts.js';

const press = (key: string, more = {}) => ({
  ...{ key, ctrlKey: false, metaKey: false, altKey: false, repeat: false },
  ...more,
});

describe('shortcutOf', () => {
  it('asks for the other of what is', () => {
    expect(shortcutOf(press('m'), { muted: false })).toBe('mute');
    expect(shortcutOf(press('M'), { muted: true })).toBe('unmute');
    expect(shortcutOf(press('v'), { cameraOff: true })).toBe('camera-on');
    expect(shortcutOf(press('h'), { onHold: false })).toBe('hold');
    expect(shortcutOf(press('w'), { away: false })).toBe('away');
    expect(shortcutOf(press('w'), { away: true })).toBe('back');
    expect(shortcutOf(press('c'), {})).toBe('chat');
    expect(shortcutOf(press('p'), {})).toBe('people');
  });

  it('does nothing where there is no such button, and leaves the keys of the browser alone', () => {
    expect(shortcutOf(press('m'), {})).toBeUndefined();
    expect(shortcutOf(press('x'), { muted: false })).toBeUndefined();
    expect(shortcutOf(press('constructor'), { muted: false })).toBeUndefined();
    for (const modifier of ['ctrlKey', 'metaKey', 'altKey', 'repeat']) {
      expect(shortcutOf(press('m', { [modifier]: true }), { muted: false })).toBeUndefined();
    }
  });

  it('toggleOf knows no button for what is not given', () => {
    expect(toggleOf('onHold', { muted: true })).toBeUndefined();
  });
});
