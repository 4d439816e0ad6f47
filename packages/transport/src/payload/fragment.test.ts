import { seededRandom } from '@hellohaybye/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtp } from '../packet/rtp.js';
import { fragment, Reassembler } from './fragment.js';
import { MAX_FRAME_BYTES } from './payload-format.js';

const bytes = (length: number, seed = 0) =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + seed) & 255);

/** Puts items in an order that a seed decides. */
function shuffle<T>(items: T[], seed: number): T[] {
  const random = seededRandom(seed);
  for (let index = items.length - 1; index > 0; index -= 1) {
    const other = random.uint32() % (index + 1);
    [items[index], items[other]] = [items[other]!, items[index]!];
  }
  return items;
}

describe('fragment and Reassembler', () => {
  it('are inverse under any reordering and duplication, across the wraps', () => {
    const messages = fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 5 });
    const nearWrap16 = fc.integer({ min: 65_500, max: 65_600 });
    const nearWrap32 = fc.integer({ min: 2 ** 32 - 4, max: 2 ** 32 + 1 });
    fc.assert(
      fc.property(
        messages,
        fc.integer({ min: 21, max: 400 }),
        nearWrap16,
        nearWrap32,
        fc.nat(),
        fc.integer({ min: 1, max: 3 }),
        (lengths, mtu, sequenceNumber, timestamp, seed, copies) => {
          const originals = lengths.map((length, index) => bytes(length, index));
          let next = sequenceNumber;
          const datagrams = originals.flatMap((message, index) => {
            const made = fragment(message, { mtu, sequenceNumber: next, timestamp: timestamp + index });
            next += made.length;
            return made;
          });
          for (const datagram of datagrams) expect(datagram.length).toBeLessThanOrEqual(mtu);
          const reassembler = new Reassembler();
          const arriving = shuffle(
            datagrams.flatMap((datagram) => new Array<Uint8Array>(copies).fill(datagram)),
            seed,
          );
          const joined = arriving.flatMap((datagram) => reassembler.push(datagram) ?? []);
          const byLength = (a: Uint8Array, b: Uint8Array) => a.length - b.length || a[0]! - b[0]!;
          expect(joined.sort(byLength)).toEqual(originals.sort(byLength));
          expect(reassembler.drops).toEqual({});
          expect(reassembler.pending).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('make real RTP packets, the last one marked, numbered on from call to call', () => {
    const first = fragment(bytes(3000)).map((datagram) => parseRtp(datagram)!);
    const second = fragment(bytes(10)).map((datagram) => parseRtp(datagram)!);
    expect(first.map(({ marker }) => marker)).toEqual([false, false, true]);
    expect(new Set(first.map(({ timestamp }) => timestamp)).size).toBe(1);
    expect(second[0]!.sequenceNumber).toBe((first[2]!.sequenceNumber + 1) % 65_536);
    expect(second[0]!.timestamp).not.toBe(first[0]!.timestamp);
  });

  it('carry 16 MiB, and not a byte more', () => {
    const message = bytes(MAX_FRAME_BYTES);
    const reassembler = new Reassembler();
    const datagrams = fragment(message, { mtu: 65_507 });
    const joined = datagrams.map((datagram) => reassembler.push(datagram)).at(-1)!;
    expect(joined.length).toBe(MAX_FRAME_BYTES);
    expect(joined.every((byte, index) => byte === message[index])).toBe(true);
    expect(() => fragment(new Uint8Array(MAX_FRAME_BYTES + 1))).toThrow(
      expect.objectContaining({ code: 'message-too-large' }),
    );
  });

  it.each([20, 65_508, NaN, -1])('refuse an mtu of %d', (mtu) => {
    expect(() => fragment(bytes(1), { mtu })).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });

  it('keep senders with different SSRCs apart', () => {
    const reassembler = new Reassembler();
    const [a1, a2] = fragment(bytes(1500, 1), { ssrc: 1, timestamp: 5 });
    const [b1, b2] = fragment(bytes(1500, 2), { ssrc: 2, timestamp: 5 });
    expect([a1, b2].map((datagram) => reassembler.push(datagram!))).toEqual([undefined, undefined]);
    expect(reassembler.push(a2!)).toEqual(bytes(1500, 1));
    expect(reassembler.push(b1!)).toEqual(bytes(1500, 2));
  });

  it('give up the oldest of more than 64 unfinished messages', () => {
    const reassembler = new Reassembler();
    const tails = Array.from({ length: 65 }, (_, index) => {
      const [head, tail] = fragment(bytes(1500, index));
      reassembler.push(head!);
      return tail!;
    });
    expect(reassembler.pending).toBe(64);
    expect(reassembler.drops).toEqual({ 'too-much-pending': 1 });
    expect(reassembler.push(tails[0]!)).toBeUndefined();
    expect(reassembler.push(tails[64]!)).toEqual(bytes(1500, 64));
  });

  it('give up the oldest beyond 64 MiB', () => {
    const reassembler = new Reassembler();
    for (let number = 0; number < 5; number += 1) {
      const datagrams = fragment(new Uint8Array(MAX_FRAME_BYTES), { mtu: 65_507 });
      for (const datagram of datagrams.slice(1)) reassembler.push(datagram);
    }
    expect(reassembler.pending).toBeLessThan(5);
    expect(reassembler.drops['too-much-pending']).toBeGreaterThan(0);
  });

  it('count what is broken, by reason, and never throw', () => {
    const reassembler = new Reassembler();
    const [head, tail] = fragment(bytes(1500), { timestamp: 9, sequenceNumber: 0 });
    const changed = (source: Uint8Array, at: number, value: number) => {
      const copy = Uint8Array.from(source);
      copy[at] = value;
      return copy;
    };
    reassembler.push(head!);
    reassembler.push(Uint8Array.of(1));
    reassembler.push(changed(tail!, 0, 0));
    reassembler.push(changed(tail!, 12, 0x40)); // another version of the payload
    reassembler.push(changed(tail!, 16, 0x10)); // a message of 256 MiB
    reassembler.push(changed(tail!, 15, 0)); // overlaps the head
    reassembler.push(changed(tail!, 19, 0xff)); // another length
    reassembler.push(head!.subarray(0, 15));
    expect(reassembler.drops).toEqual({
      'too-short': 1,
      'wrong-version': 1,
      'malformed-generic': 2,
      'frame-too-large': 1,
      'overlapping-fragment': 1,
      'inconsistent-fragment': 1,
    });
    expect(reassembler.push(tail!)).toEqual(bytes(1500));
  });

  it('survive any bytes and any change to good ones', () => {
    const good = fragment(bytes(500), { mtu: 60 });
    const change = fc.record({ which: fc.nat(20), at: fc.nat(59), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), fc.uint8Array({ maxLength: 40 }), (changes, noise) => {
        const reassembler = new Reassembler();
        for (const { which, at, value } of changes) {
          const datagram = Uint8Array.from(good[which % good.length]!);
          datagram[at % datagram.length] = value;
          reassembler.push(datagram);
        }
        reassembler.push(noise);
        reassembler.push(Uint8Array.from([0x80, 96, 0, 0, ...noise]));
      }),
      { numRuns: 500 },
    );
  });
});
