import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RoomSecret } from './room-secret.js';

const refused = expect.objectContaining({ code: 'bad-room-secret' });

describe('the secret of a room', () => {
  it('is another one each time, and comes back from its text', () => {
    const [one, other] = [RoomSecret.generate(), RoomSecret.generate()];
    expect(one.text()).not.toBe(other.text());
    expect([one.text().length, RoomSecret.parse(one.text()).text()]).toEqual([43, one.text()]);
  });

  it('makes a psk of 32 bytes, another one for each room and each secret', () => {
    const secret = RoomSecret.generate();
    const all = [secret.pskFor('a'), secret.pskFor('b'), RoomSecret.generate().pskFor('a')];
    expect(new Set(all.map(String)).size).toBe(3);
    expect(secret.pskFor('a')).toEqual(RoomSecret.parse(secret.text()).pskFor('a'));
    expect(all.map(({ length }) => length)).toEqual([32, 32, 32]);
  });

  it.each(['', 'A'.repeat(22), 'A'.repeat(88), `${'A'.repeat(42)}B`, `${'A'.repeat(43)}=`])(
    'is not "%s"',
    (text) => {
      expect(() => RoomSecret.parse(text)).toThrow(refused);
    },
  );

  it('has 32 to 64 bytes, and comes back with any of them', () => {
    for (const length of [0, 16, 31, 65])
      expect(() => new RoomSecret(new Uint8Array(length))).toThrow(refused);
    const long = new RoomSecret(new Uint8Array(64));
    expect([long.text(), RoomSecret.parse(long.text()).text()]).toEqual(['A'.repeat(86), 'A'.repeat(86)]);
  });

  it('does not print or serialise', () => {
    const secret = RoomSecret.generate();
    const shown = inspect(secret, { showHidden: true }) + JSON.stringify(secret) + String(secret);
    expect(shown).not.toContain(secret.text());
  });
});
