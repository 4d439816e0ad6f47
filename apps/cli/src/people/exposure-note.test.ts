import { describe, expect, it } from 'vitest';
import { exposureNote } from './exposure-note.js';

const link = 'hellohaybye://127.0.0.1:5000/tea#s3cr3t';

describe('what is told of an invitation that is an argument', () => {
  it('is one line, without it, with the way to give it otherwise', () => {
    const note = exposureNote(link, {})!;
    expect(note).toMatch(/^note: .*list of processes.*history.*"hellohaybye join -"/);
    expect(note).not.toMatch(/s3cr3t|\n|npm/);
  });

  it.each(['npm_execpath', 'npm_lifecycle_event'])('names what npm keeps of it, where %s is set', (name) =>
    expect(exposureNote(link, { [name]: 'x' })).toMatch(/as long as npm runs.*npm’s log/),
  );

  it('is nothing of the name of a room, and of an invitation that came otherwise', () =>
    expect([undefined, '-', 'tea'].map((typed) => exposureNote(typed, {}))).toEqual([
      undefined,
      undefined,
      undefined,
    ]));
});
