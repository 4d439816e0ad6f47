import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessToken } from './access-token.js';
import { loadSettings } from './load.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'hellohaybye-token-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const server = 'ws://calls.example:5000';
const tokenIn = (text: string) => {
  writeFileSync(join(folder, 'token'), text);
  return join(folder, 'token');
};
const read = (flags: Record<string, string>, env: NodeJS.ProcessEnv = {}) =>
  accessToken(loadSettings({ flags, env, workingFolder: folder }), env);

describe('the access token', () => {
  it('comes from a file, or from a variable that nobody has afterwards', () => {
    expect(read({ server, tokenFile: tokenIn('sesame-open-sesame\n') })).toEqual({
      token: 'sesame-open-sesame',
    });
    const env = { HHB_TOKEN: 'sesame-open-sesame' };
    expect(read({ server }, env)).toEqual({ token: 'sesame-open-sesame' });
    expect(env).toEqual({});
  });

  it('is for a server that was named, and for no other', () => {
    const env = { HHB_TOKEN: 'sesame-open-sesame' };
    expect(read({}, env)).toEqual({});
    expect(env).toEqual({});
    expect(read({ server })).toEqual({});
  });

  it('is refused without being told when it is none', () => {
    for (const text of ['', 'sesame\nopen', 'sésame']) {
      const reading = () => read({ server, tokenFile: tokenIn(text) });
      expect(reading).toThrow(/^--token-file: there is no access token in it: [^é]+$/);
    }
    expect(() => read({ server, tokenFile: join(folder, 'none') })).toThrow(/^--token-file: ENOENT/);
    expect(() => read({ server, tokenFile: tokenIn('sesame') }, { HHB_TOKEN: 'open' })).toThrow(/two tokens/);
  });
});
