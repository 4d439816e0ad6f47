import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, start } from '../support/cli.js';

/** What each example prints, at least. */
const prints: Record<string, RegExp> = {
  'call.mjs':
    /Anna received from Ben: [1-9]\d* frames, [1-9]\d* audio packets\nBen received from Anna: [1-9]/,
  'capture.mjs': /\d/,
  'codec.mjs': /\d/,
  'core.mjs': /^864000 packets in 86400 seconds of virtual time$/m,
  'discovery.mjs': /^found Example at ws:\/\/127\.0\.0\.1:\d+\nit said goodbye$/m,
  'netsim.mjs':
    /^1800 frames sent over wifi-bad, [1-9]\d* came whole$[\s\S]*^[1-9]\d* of 50 questions answered through the relay/m,
  'playback.mjs': /http:\/\/127\.0\.0\.1:\d+/,
  'keys.mjs': /anna accepts 1\.1 from ben[\s\S]*anna and ben hold each other's keys/,
  'signaling.mjs': /./,
  'transport.mjs': /\d/,
};

describe('examples', () => {
  const examples = readdirSync(join(root, 'examples'));

  it('there is one for each package, for the simulated network, for discovery and for keys', () => {
    const names = [...readdirSync(join(root, 'packages')), 'netsim', 'discovery', 'keys'];
    expect(examples.sort()).toEqual(names.map((name) => `${name}.mjs`).sort());
  });

  it.each(examples)('%s runs', async (file) => {
    const example = start(process.execPath, [join(root, 'examples', file)]);
    expect(await example.exited).toEqual({ code: 0, signal: null });
    expect(example.stdout).toMatch(prints[file]!);
    expect(example.stderr).toBe('');
  });
});
