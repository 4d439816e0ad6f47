import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCallSecurity } from './call-security.js';
import { fingerprint } from './fingerprint.js';
import { ownIdentity } from './identity-file.js';
import { KnownPeople } from './known-people.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'hellohaybye-security-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const first = Buffer.alloc(32, 1).toString('base64url');
const second = Buffer.alloc(32, 2).toString('base64url');
const open = (onlyKnown = false) => openCallSecurity({ name: 'me', onlyKnown, folder });

describe('the security of a call', () => {
  it('has one’s own identity, and hands the secret on', () => {
    const secret = new Uint8Array(32);
    const security = openCallSecurity({ name: 'me', onlyKnown: false, secret, pin: 'p', folder });
    expect(security).toMatchObject({ identity: ownIdentity(folder), secret, pin: 'p' });
    expect(security.words).toBe(fingerprint(security.identity.publicKey).words);
  });

  it('admits who is new, and keeps them only once they have proved who they are', () => {
    const security = open();
    const words = fingerprint(first).words;
    expect(security.judge('Anna', first)).toEqual({ verdict: 'new', admitted: true, words });
    expect(security.judge('Anna', second)).toMatchObject({ verdict: 'new', admitted: true });
    expect(security.met('Anna', first)).toEqual({ verdict: 'new', admitted: true, words });
    expect(security.judge('Anna', first)).toEqual({ verdict: 'known', admitted: true, words });
    expect(security.met('Anna', second)).toMatchObject({ verdict: 'changed', admitted: false });
  });

  it('refuses who has another key, tells the command that accepts it, and remembers the key for that', () => {
    const security = open();
    security.met('Anna B.', first);
    const { words } = fingerprint(second);
    const { reason, ...refusal } = security.judge('Anna B.', second);
    expect(refusal).toEqual({ verdict: 'changed', admitted: false, words });
    expect(reason).toContain(`hellohaybye trust "Anna B." ${words.replaceAll(' ', '-')}`);
    expect(reason?.split('\n')).toHaveLength(1);
    expect(new KnownPeople(folder).find('Anna B.')?.refused?.identity).toBe(second);
    new KnownPeople(folder).trust('Anna B.', second);
    expect(security.judge('Anna B.', second)).toMatchObject({ verdict: 'known', admitted: true });
  });

  it('admits somebody else of a known name, whom the server numbers, and says that they are not who one knows', () => {
    const security = open();
    security.met('Anna', first);
    for (const ask of ['judge', 'met'] as const) {
      const { warning, ...judgement } = security[ask]('Anna (2)', second);
      const { words } = fingerprint(second);
      expect(judgement).toEqual({ verdict: 'new', admitted: true, words });
      expect(warning).toMatch(/^Anna \(2\) is not the Anna that you know/);
      expect(warning).toContain(`"${words}"`);
    }
    // They are not remembered by that, and not taken for Anna the next time.
    expect(new KnownPeople(folder).list()).toHaveLength(1);
    expect(security.judge('Anna', second)).toMatchObject({ verdict: 'changed', admitted: false });
    expect(security.judge('Anna (2)', first)).not.toHaveProperty('warning');
    expect(open(true).judge('Anna (2)', first)).toMatchObject({ verdict: 'known', admitted: true });
    expect(open(true).judge('Anna (2)', second)).toMatchObject({ verdict: 'new', admitted: false });
  });

  it('lets nobody in but known people when only they are wanted, and keeps nobody', () => {
    open().met('Anna', first);
    const security = open(true);
    expect(security.judge('Anna', first)).toMatchObject({ verdict: 'known', admitted: true });
    for (const ask of ['judge', 'met'] as const) {
      const answer = security[ask]('Ben', second);
      expect(answer).toMatchObject({ verdict: 'new', admitted: false });
      expect(answer.reason).toMatch(/--only-known/);
    }
    expect(new KnownPeople(folder).find('Ben')).toBeUndefined();
  });

  it('knows another process of one’s own, but not by the name of somebody else', () => {
    const security = open(true);
    const own = security.identity.publicKey;
    for (const name of ['me (2)', 'ME', 'me (watching Anna)', 'me (watching Anna) (2)'])
      expect(security.met(name, own)).toMatchObject({ verdict: 'known', admitted: true });
    expect(existsSync(new KnownPeople(folder).file)).toBe(false);
    open().met('Anna', first);
    expect(security.judge('Anna', own)).toMatchObject({ verdict: 'changed', admitted: false });
  });

  it.each([false, true])(
    'refuses one’s own key under another name, with the reason (only known: %s)',
    (onlyKnown) => {
      const security = open(onlyKnown);
      const own = security.identity.publicKey;
      for (const ask of ['judge', 'met'] as const) {
        const { reason, ...refusal } = security[ask]('Ben', own);
        expect(refusal).toMatchObject({ verdict: 'new', admitted: false });
        expect(reason).toMatch(new RegExp(`^Ben was refused: this is your own key.*trust Ben ${own}$`));
      }
      expect(existsSync(new KnownPeople(folder).file)).toBe(false);
      new KnownPeople(folder).trust('Ben', own);
      expect(security.judge('Ben', own)).toMatchObject({ verdict: 'known', admitted: true });
    },
  );

  it('admits nobody when the known people can’t be read any more, and does not begin so', () => {
    const security = open();
    security.met('Anna', first);
    appendFileSync(new KnownPeople(folder).file, 'nonsense');
    expect(security.judge('Anna', first)).toMatchObject({ admitted: false, reason: expect.stringMatching(/line 3.*Remove/) as string }); // prettier-ignore
    expect(() => open()).toThrow(expect.objectContaining({ code: 'known-people-broken' }));
  });

  it('does not write for ever when a server invents people', () => {
    const security = open();
    security.met('Anna', first);
    for (let index = 0; index < 300; index += 1) {
      security.judge('Anna', Buffer.alloc(32, `key ${index}`).toString('base64url'));
    }
    expect(readFileSync(new KnownPeople(folder).file, 'utf8').match(/refused/g)).toHaveLength(100);
  });
});
