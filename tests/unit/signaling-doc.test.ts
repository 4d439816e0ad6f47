import { readFileSync } from 'node:fs';
import * as protocol from '@hellohaybye/signaling';
import { defaultLimits } from '@hellohaybye/signaling/server';
import { describe, expect, it } from 'vitest';

interface Doc {
  path: string;
  render: (parts: object) => Promise<string>;
}
const script = new URL('../../scripts/signaling-doc.mjs', import.meta.url).href;
const { path, render } = (await import(script)) as Doc;
const signaling = { ...protocol, defaultLimits };

describe('docs/signaling.md', () => {
  it('is what the schemas say; if not: node scripts/signaling-doc.mjs', async () => {
    expect(readFileSync(path, 'utf8')).toBe(await render(signaling));
  });

  it('would be another page with another message, limit or code', async () => {
    const now = await render(signaling);
    const { clientMessageSchemas: messages, limits, protocolErrors } = signaling;
    const others = [
      { clientMessageSchemas: { ...messages, dance: messages.leave } },
      { limits: { ...limits, name: 65 } },
      { defaultLimits: { ...defaultLimits, rooms: 7 } },
      { protocolErrors: { ...protocolErrors, new: 'something new' } },
    ];
    for (const other of others) expect(await render({ ...signaling, ...other })).not.toBe(now);
  });

  it('has a section for every message, and no value that is not known', async () => {
    const text = await render(signaling);
    const { clientMessageSchemas, serverMessageSchemas } = signaling;
    for (const type of Object.keys({ ...clientMessageSchemas, ...serverMessageSchemas })) {
      expect(text).toMatch(new RegExp(`\n### ${type}( \\(from the server\\))?\n`));
    }
    expect(text).not.toContain('undefined');
  });

  it('has one heading of each name, and leads to one from every link', async () => {
    const text = await render(signaling);
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(headings.filter((one, at) => headings.indexOf(one) !== at)).toEqual([]);
    const links = [...text.matchAll(/\]\(#([^)]*)\)/g)].map(([, target]) => target!);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((one) => !headings.includes(one))).toEqual([]);
  });

  it('tells what fields mean, how long texts are, and what a server limits', async () => {
    const lines = (await render(signaling)).split('\n').map((line) => line.replace(/ +/g, ' '));
    expect(
      lines.filter((line) =>
        /^\| `data` .* 0 to 4096 characters .* only the receiver can read it/.test(line),
      ),
    ).toHaveLength(2);
    expect(lines).toContain('| rooms with somebody in them | 5000 | `too-many-rooms` |');
    expect(lines).toContain('| people of one name | 1000 | `name-in-use` |');
  });
});
