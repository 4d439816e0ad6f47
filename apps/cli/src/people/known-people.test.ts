import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isIdentity, KnownPeople } from './known-people.js';

let folder: string;
let people: KnownPeople;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hellohaybye-known-'));
  people = new KnownPeople(folder, () => new Date('2026-01-02T03:04:05Z'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const first = Buffer.alloc(32, 1).toString('base64url');
const second = Buffer.alloc(32, 2).toString('base64url');
const at = '2026-01-02T03:04:05.000Z';

describe('known people', () => {
  it('are known from the first time on, by other processes too', () => {
    expect(people.list()).toEqual([]);
    expect(people.verdict('Anna', first)).toBe('new');
    expect(people.meet('Anna', first)).toBe('new');
    expect(people.meet('Anna', first)).toBe('known');
    expect(new KnownPeople(folder).verdict('Anna', first)).toBe('known');
    expect(people.list()).toEqual([{ name: 'Anna', identity: first, since: at }]);
  });

  it('are changed with another identity, and stay who they were', () => {
    people.meet('Anna', first);
    expect(people.meet('Anna', second)).toBe('changed');
    expect(people.verdict('Anna', second)).toBe('changed');
    expect(people.verdict('Anna', first)).toBe('known');
  });

  it('are the same in upper and lower case and in every normal form, as the server has it', () => {
    people.meet('Zoë', first);
    expect(['zoË'.normalize('NFD'), ' ZOË '].map((name) => people.verdict(name, first))).toEqual([
      'known',
      'known',
    ]);
    expect(people.verdict('Zoe', first)).toBe('new');
  });

  it('are the same with a number of the server behind the name, and nobody else is kept or refused by it', () => {
    people.meet('Anna', first);
    expect(people.verdict('anna (2)', first)).toBe('known');
    expect(people.namesake('anna (2)', first)).toBeUndefined();
    // Somebody else who asked for that name is not taken for them, and does not become them.
    expect(people.meet('Anna (2)', second)).toBe('new');
    expect(people.meet('Anna (2)', second)).toBe('new');
    expect(people.namesake('Anna (2)', second)).toMatchObject({ name: 'Anna', identity: first });
    expect(people.verdict('Anna', second)).toBe('changed');
    expect(people.list()).toHaveLength(1);
    // Nor does a number keep anybody out who is there in another order.
    people.trust('Anna (2)', second);
    expect(['Anna (2)', 'Anna (3)'].map((name) => people.verdict(name, second))).toEqual(['known', 'new']);
    expect(people.verdict('Anna (2)', first)).toBe('known');
    expect(people.namesake('Ben (2)', second)).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'line\nbreak', '"', '李'])('may be called %j', (name) => {
    expect(people.meet(name, first)).toBe('new');
    expect(people.verdict(name, second)).toBe('changed');
  });

  it('remember who was refused last, until they are trusted', () => {
    people.refuse('Anna', second);
    expect(people.find('anna')).toBeUndefined();
    people.meet('Anna', first);
    people.refuse('Anna', second);
    const size = readFileSync(people.file).length;
    people.refuse('Anna', second);
    expect(readFileSync(people.file)).toHaveLength(size);
    expect(people.find('anna')).toMatchObject({ identity: first, refused: { identity: second, at } });
    people.trust('Anna', second);
    expect(people.find('anna')).toEqual({ name: 'Anna', identity: second, since: at });
    expect(people.verdict('Anna', first)).toBe('changed');
  });

  it('are forgotten, and may then be met anew', () => {
    people.meet('Anna', first);
    people.forget('anna');
    expect(people.list()).toEqual([]);
    expect(people.meet('Anna', second)).toBe('new');
  });

  it('are those of the first of two processes that meet somebody at once', () => {
    people.meet('Anna', first);
    const line = readFileSync(people.file, 'utf8');
    appendFileSync(people.file, line.replace(first, second));
    expect(people.verdict('Anna', second)).toBe('changed');
  });

  it.each([
    'nonsense',
    '{}',
    '[]',
    '{"did":"met","name":"Ben","at":"2026-01-02T03:04:05.000Z"}',
    '{"did":"met"\n',
    '{"did":"met"\n\n{"did":"forgotten","name":"Eve","at":"2026-01-02T03:04:05.000Z"}\n',
    '{"did":"met","name":"Ben","at":"2026-01-02T03:04:05.000Z"}',
    'nonsense\n{"did":"forgotten","name":"Eve","at":"2026-01-02T03:04:05.000Z"}\n',
  ])('are refused, with the line, when the file holds %s', (line) => {
    people.meet('Anna', first);
    appendFileSync(people.file, line);
    const broken = expect.objectContaining({
      code: 'known-people-broken',
      message: expect.stringContaining('line 3') as string,
    }) as Error;
    for (const use of [
      () => people.list(),
      () => people.verdict('Anna', first),
      () => people.meet('Ben', first),
    ])
      expect(use).toThrow(broken);
  });

  it('lose nothing but a line that somebody did not get to the end of, wherever that ended', () => {
    people.meet('Anna', first);
    const whole = readFileSync(people.file, 'utf8');
    people.meet('Zoë', second);
    const line = readFileSync(people.file).subarray(whole.length);
    for (let length = 1; length < line.length; length += 1) {
      writeFileSync(people.file, Buffer.concat([Buffer.from(whole), line.subarray(0, length)]));
      const isWhole = length === line.length - 1;
      expect(people.list().map(({ name }) => name)).toEqual(['Anna', ...(isWhole ? ['Zoë'] : [])]);
      // Those who write after it are read, one that is torn as well among them.
      appendFileSync(people.file, '\n{"did":"met","na');
      people.trust('Eve', second);
      expect(people.verdict('Eve', second)).toBe('known');
      expect(people.verdict('Anna', second)).toBe('changed');
      expect(people.meet('Zoë', second)).toBe(isWhole ? 'known' : 'new');
    }
  });

  it.skipIf(process.platform === 'win32').each([0o620, 0o602])('are refused with the rights %o', (mode) => {
    people.meet('Anna', first);
    chmodSync(people.file, mode);
    const exposed = expect.objectContaining({ code: 'identity-exposed' }) as Error;
    expect(() => people.list()).toThrow(exposed);
    expect(() => people.trust('Anna', first)).toThrow(exposed);
  });
});

it('an identity is 32 bytes in base64url', () => {
  expect([first, 'A'.repeat(43)].map(isIdentity)).toEqual([true, true]);
  expect(['', `${first}A`, first.slice(1), `${first.slice(0, -1)}B`, `${first}=`].map(isIdentity)).toEqual(
    Array(5).fill(false),
  );
});
