import { readFileSync } from 'node:fs';
import * as signaling from '@hellohaybye/signaling';
import { describe, expect, it } from 'vitest';

interface Doc {
  path: string;
  render: (parts: object) => Promise<string>;
}
const script = new URL('../../scripts/signaling-doc.mjs', import.meta.url).href;
const { path, render } = (await import(script)) as Doc;

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
      { protocolErrors: { ...protocolErrors, new: 'something new' } },
    ];
    for (const other of others) expect(await render({ ...signaling, ...other })).not.toBe(now);
  });

  it('has a section for every message, and no value that is not known', async () => {
    const text = await render(signaling);
    const { clientMessageSchemas, serverMessageSchemas } = signaling;
    for (const type of Object.keys({ ...clientMessageSchemas, ...serverMessageSchemas })) {
      expect(text).toContain(`\n### ${type}\n`);
    }
    expect(text).not.toContain('undefined');
  });
});
