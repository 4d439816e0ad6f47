import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from './load.js';

let workingFolder: string;
beforeEach(() => (workingFolder = mkdtempSync(join(tmpdir(), 'hellohaybye-settings-'))));
afterEach(() => rmSync(workingFolder, { recursive: true }));

const load = (flags: Record<string, unknown> = {}, env: NodeJS.ProcessEnv = {}, config?: string) =>
  loadSettings({ flags, env, config, workingFolder });
const writeConfig = (content: string) =>
  writeFileSync(join(workingFolder, 'hellohaybye.config.json'), content);

describe('loadSettings', () => {
  it('has the original’s defaults', () => {
    expect(load().values).toMatchObject({
      ...{ signalingPort: 5000, videoPort: 5001, audioPort: 5002, size: '640x480', quality: 80, fps: 30 },
      ...{ audioFormat: 's16', channels: 1, sampleRate: 44_100, chunkSamples: 1024 },
    });
    expect(load().asked.size).toBe(0);
  });

  it('takes flags over variables over the file over defaults', () => {
    writeConfig('{"quality": 10, "fps": 11, "videoPort": 6001}');
    const { values, asked } = load({ quality: '30' }, { HHB_QUALITY: '20', HHB_FPS: '21' });
    expect(values).toMatchObject({ quality: 30, fps: 21, videoPort: 6001, audioPort: 5002 });
    expect([...asked].sort()).toEqual(['fps', 'quality', 'videoPort']);
  });

  it('takes a network for the demo from a flag, a variable or the file', () => {
    expect(load().values.impair).toBeUndefined();
    expect(load({ impair: 'wifi-bad' }).values.impair).toBe('wifi-bad');
    expect(load({}, { HHB_IMPAIR: 'powerline' }).values.impair).toBe('powerline');
    writeConfig('{"impair": "unplugged"}');
    expect(load().values.impair).toBe('unplugged');
    expect(messageOf(() => load({ impair: 'wifi' }))).toMatch(
      /^--impair: "wifi" must be ethernet or wifi-good or .* or unplugged$/,
    );
  });

  it('names every mistake of a file at once, unknown settings included', () => {
    writeConfig('{"quality": 400, "videoport": 6001, "size": "huge"}');
    expect(() => load()).toThrow(expect.objectContaining({ code: 'bad-settings' }));
    const lines = messageOf(() => load()).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.join('\n')).toMatch(/quality: 400 must be at most 100/);
    expect(lines.join('\n')).toMatch(/videoport: no such setting \(did you mean videoPort\?\)/);
    expect(lines.join('\n')).toMatch(/size: "huge" must look like 640x480/);
  });

  it.each(['null', 'true', '[90]', '" "'])('takes %s for no number', (value) => {
    writeConfig(`{"videoPort": ${value}}`);
    expect(messageOf(() => load())).toMatch(/videoPort: .* must be a number$/);
  });

  it.each([
    [{ server: 'http://x' }, {}, '--server: "http://x" must look like ws://host:5000'],
    [{ server: 'http://x?access_token=sesame' }, {}, '--server: "http://x" must look like ws://host:5000'],
    [{}, { HHB_CHANELS: '2' }, 'HHB_CHANELS: no such setting (did you mean HHB_CHANNELS?)'],
    [{ view: 'cinema' }, {}, '--view: "cinema" must be browser or none'],
    [{ quality: '80.5' }, {}, '--quality: "80.5" must be a whole number'],
    [{}, { HHB_VIDEO_PORT: '' }, 'HHB_VIDEO_PORT: "" must be a number'],
    [{}, { HHB_OPEN: 'maybe' }, 'HHB_OPEN: "maybe" must be true or false'],
    [{}, { HHB_NAME: '' }, 'HHB_NAME: "" must not be empty'],
    [{ mediaHost: 'example' }, {}, '--media-host: "example" must be an IP address of this machine'],
    [
      {},
      { HHB_MEDIA_HOST: 'fe80::1' },
      'HHB_MEDIA_HOST: "fe80::1" must have its zone, the network that it is in, such as fe80::1%eth0',
    ],
  ])('%j %j is refused', (flags, env, message) => {
    expect(messageOf(() => load(flags, env))).toBe(message);
  });

  it('leaves the variables of the server and the tests alone', () => {
    expect(load({}, { HHB_SERVER_PORT: '1', HHB_REQUIRE_ALL: '1' }).asked.size).toBe(0);
  });

  it('tells a file that is no JSON, or is missing', () => {
    writeConfig('{quality: 3}');
    expect(messageOf(() => load())).toMatch(/hellohaybye\.config\.json: .*JSON/);
    expect(messageOf(() => load({}, {}, 'no.json'))).toMatch(/no\.json: ENOENT/);
  });
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
