import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNack, writeNack } from './feedback.js';
import { parseRtcp, serializeRtcp } from './rtcp.js';

const head = [0x01, 0x02, 0x03, 0x04, 0xff, 0xff, 0xff, 0xfe];
const ssrcs = { senderSsrc: 0x01020304, mediaSsrc: 0xfffffffe };
const cases: [string, number[], number[]][] = [
  ['one packet', [0x1234], [0x12, 0x34, 0, 0]],
  ['the next and the sixteenth after it', [5, 6, 21], [0, 5, 0x80, 0x01]],
  ['one that is too far for the same entry', [5, 22], [0, 5, 0, 0, 0, 22, 0, 0]],
  ['17 in a row', Array.from({ length: 17 }, (_, index) => 100 + index), [0, 100, 0xff, 0xff]],
  ['packets on both sides of the wrap', [65_534, 0, 14], [0xff, 0xfe, 0x80, 0x02]],
];

describe('generic NACK', () => {
  it.each(cases)('of %s: bytes to fields', (_, lost, entries) => {
    expect(readNack(Uint8Array.from([...head, ...entries]))).toEqual({ ...ssrcs, lost });
  });

  it.each(cases)('of %s: fields to bytes', (_, lost, entries) => {
    const body = Uint8Array.from([...head, ...entries]);
    expect(writeNack({ ...ssrcs, lost })).toEqual({ type: 'other', packetType: 205, count: 1, body });
  });

  it('names the packets that it was given, once each, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(65_535), { minLength: 1, maxLength: 60, size: 'max' }), (lost) => {
        const [packet] = parseRtcp(serializeRtcp([writeNack({ ...ssrcs, lost })]))!;
        const { lost: named } = readNack((packet as { body: Uint8Array }).body)!;
        expect(new Set(named)).toEqual(new Set(lost));
      }),
    );
    const numbers = fc.uniqueArray(fc.nat(65_535), { minLength: 1, maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(numbers, (lost) => {
        lost.sort((a, b) => a - b);
        expect(readNack(writeNack({ ...ssrcs, lost }).body)!.lost).toEqual(lost);
      }),
    );
  });

  it.each([
    ['is empty', []],
    ['ends before its entry', head],
    ['has half an entry', [...head, 0, 1]],
    ['has an entry and a half', [...head, 0, 1, 0, 0, 0, 2]],
  ])('that %s is refused', (_, body) => {
    expect(readNack(Uint8Array.from(body))).toBeUndefined();
  });
});
