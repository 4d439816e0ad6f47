import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastServer, rememberServer } from './last-server.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hellohaybye-state-'));
  file = join(folder, 'deeper', 'last-server.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the last server', () => {
  it('is remembered, and nothing but it', () => {
    expect(lastServer(file)).toBeUndefined();
    rememberServer('ws://192.168.1.20:5000', file);
    rememberServer('wss://calls.example:443', file);
    expect(lastServer(file)).toBe('wss://calls.example:443');
    expect(readdirSync(dirname(file))).toEqual(['last-server.json']);
  });

  it('is remembered without a token that stood in its url', () => {
    rememberServer('ws://192.168.1.20:5000/?access_token=sesame', file);
    expect(lastServer(file)).toBe('ws://192.168.1.20:5000/');
    expect(readFileSync(file, 'utf8')).not.toContain('sesame');
  });

  it.each(['ws://127.0.0.1:5000', 'ws://localhost:5000', 'ws://[::1]:5000', 'http://x', 'nonsense'])(
    'is not %s',
    (server) => {
      rememberServer(server, file);
      expect(existsSync(file)).toBe(false);
    },
  );

  it.each(['', '{', 'null', '[]', '{"server":5}', '{"server":"ftp://x"}'])(
    'is none when the file holds %j',
    (content) => {
      rememberServer('ws://192.168.1.20:5000', file);
      writeFileSync(file, content);
      expect(lastServer(file)).toBeUndefined();
    },
  );

  it('is not remembered where that is not possible, without a word', () => {
    writeFileSync(join(folder, 'deeper'), '');
    expect(() => rememberServer('ws://192.168.1.20:5000', file)).not.toThrow();
  });
});
