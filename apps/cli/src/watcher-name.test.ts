import { describe, expect, it } from 'vitest';
import { watcherName } from './watcher-name.js';

const length = (name: string) => [...name].length;

describe('watcherName', () => {
  it('tells who watches whom', () => {
    expect(watcherName('ben', 'Anna')).toBe('ben (watching Anna)');
  });

  it('fits into the 64 characters of a name, with as much of both as there is room for', () => {
    const [long, short] = ['x'.repeat(64), 'anna'];
    expect(watcherName(long, short)).toBe(`${'x'.repeat(47)}… (watching anna)`);
    expect(watcherName(short, long)).toBe(`anna (watching ${'x'.repeat(47)}…)`);
    expect(watcherName(long, long)).toBe(`${'x'.repeat(25)}… (watching ${'x'.repeat(25)}…)`);
    for (const name of [watcherName(long, short), watcherName(short, long), watcherName(long, long)]) {
      expect(length(name)).toBe(64);
    }
  });

  it('counts as the server does, and cuts no character in two', () => {
    const name = watcherName('👋'.repeat(40), '🎥'.repeat(40));
    expect(length(name)).toBe(64);
    expect(name).not.toMatch(/\p{Cs}/u);
  });
});
