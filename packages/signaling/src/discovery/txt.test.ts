import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { millis, utf8Encode } from '@hellohaybye/core';
import { decodeTxt, encodeTxt } from './txt.js';
import type { ServerDescription } from './types.js';

const server: ServerDescription = {
  ...{ id: '0123456789abcdef', kind: 'participant', since: millis(1_700_000_000_123), versions: [1, 2] },
};

const pin = 'ug0_9W3ksJJdAWnfU_sRcWI8_yATjEte4-wYPWGL72s';

describe('a TXT record', () => {
  it('tells what is documented, and no name unless there is one', () => {
    expect(encodeTxt(server)).toEqual([
      ...['txtvers=1', 'proto=1,2', 'id=0123456789abcdef', 'kind=participant', 'since=1700000000123'],
    ]);
    expect(encodeTxt({ ...server, name: 'Anna' })).toContain('name=Anna');
    expect(encodeTxt({ ...server, pin })).toContain(`pin=${pin}`);
  });

  it('tells that an access token is wanted, and nothing where none is', () => {
    const guarded: ServerDescription = { ...server, needsToken: true };
    expect(encodeTxt(guarded)).toContain('access=token');
    expect(decodeTxt(encodeTxt(guarded), 'x')).toEqual(guarded);
    for (const other of ['', 'TOKEN', 'none']) {
      expect(decodeTxt([`access=${other}`], 'x')).not.toHaveProperty('needsToken');
    }
  });

  it('has a pin, or none where it is none', () => {
    expect(decodeTxt(encodeTxt({ ...server, pin }), 'x')).toEqual({ ...server, pin });
    for (const broken of ['', 'x', pin.slice(1), `${pin}=`]) {
      expect(decodeTxt([`pin=${broken}`], 'x')).not.toHaveProperty('pin');
    }
  });

  it('is read as it was written', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'Ж', '花', '😀', ' ', '='), maxLength: 64 });
    fc.assert(
      fc.property(name, (text) => {
        const strings = encodeTxt({ ...server, name: text });
        for (const part of strings) expect(utf8Encode(part).length).toBeLessThanOrEqual(255);
        const read = decodeTxt(strings.map(utf8Encode), 'x');
        expect(text.trim().startsWith(read.name ?? '')).toBe(true);
        expect({ ...read, name: undefined }).toEqual({ ...server, name: undefined });
      }),
    );
  });

  it('has a default for everything: other programs may tell nothing but the port', () => {
    expect(decodeTxt([], 'office')).toEqual({ id: 'office', kind: 'server', since: 0, versions: [1] });
    expect(decodeTxt(['since=yesterday', 'kind=emperor', 'proto=', 'id=a b'], 'office')).toEqual({
      ...{ id: 'office', kind: 'server', since: 0, versions: [] },
    });
  });

  it('takes the first of two, keys in any case, and lets no terminal be steered', () => {
    expect(decodeTxt(['ID=one', 'id=two', 'name=\u001b[2Jx\ny'], 'x')).toMatchObject({
      ...{ id: 'one', name: '\ufffd[2Jx\ufffdy' },
    });
  });

  it('never throws, and gives values in range', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array(), fc.string(), fc.string().map((text) => `since=${text}`))), (parts) => {
        const { since, versions, name } = decodeTxt(parts, 'x');
        expect(Number.isSafeInteger(since) && since >= 0).toBe(true);
        expect(versions.every(Number.isSafeInteger)).toBe(true);
        expect(name ?? 'x').toMatch(/^[^\p{Cc}]{1,130}$/u);
      }),
    ); // prettier-ignore
  });
});
