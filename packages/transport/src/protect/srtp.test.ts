import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtcp } from '../packet/rtcp.js';
import { rtp, sealed, sealedRtcp, senderReport, srtp, srtpKey } from '../testing/srtp.js';
import { readIndexReports } from './index-report.js';
import type { SrtpProfile } from './profile.js';
import { REPLAY_WINDOW } from './replay-window.js';
import { Srtp } from './srtp.js';
import { mkiOf, type SrtpKey } from './srtp-key.js';

const code = (name: string) => expect.objectContaining({ name: 'HhbError', code: name });

describe.each<SrtpProfile>(['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'])('%s', (profile) => {
  const key = (number: number) => srtpKey(profile, number);
  /** Somebody who has the keys of `a`. */
  const listener = (keys = [key(1)], indices: { ssrc: number; index: number }[] = []) => {
    const to = srtp(profile, 99);
    to.setPeerKeys('a', keys, indices);
    return to;
  };

  it('lets every packet through once that is not too far from the newest, whatever is lost, late or doubled', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 1, max: 5 }) },
      fc.integer({ min: 1, max: 16_000 }),
    );
    const source = fc.record({
      first: fc.integer({ min: 0, max: 0xffff }),
      steps: fc.array(step, { minLength: 5, maxLength: 40 }),
      arrivals: fc.array(fc.nat(1000), { minLength: 20, maxLength: 100 }),
    });
    let passed = 0;
    fc.assert(
      fc.property(fc.array(source, { minLength: 1, maxLength: 3 }), (sources) => {
        const from = srtp(profile, 1);
        const to = listener();
        for (const [ssrc, { first, steps, arrivals }] of sources.entries()) {
          const numbers = steps.reduce((all, by) => [...all, all.at(-1)! + by], [first]);
          const packets = numbers.map((number) => rtp(ssrc, number));
          const datagrams = packets.map((packet) => sealed(from, packet));
          // Nobody was told of the source: the first has to come.
          expect(to.unprotectRtp(datagrams[0]!)).toEqual(packets[0]);
          const seen = new Set([first]);
          let newest = first;
          let at = 0;
          for (const arrival of arrivals) {
            // Mostly the next one; now and then any.
            at = arrival < 800 ? (at + 1) % numbers.length : arrival % numbers.length;
            const number = numbers[at]!;
            // So far ahead that it would be taken for one before the newest, if there could be one.
            const ahead = number - newest > 2 ** 15 && number >= 2 ** 16;
            const taken = !seen.has(number) && number > newest - REPLAY_WINDOW && !ahead;
            const got = to.unprotectRtp(datagrams[at]!);
            if (!taken) expect(typeof got).toBe('string');
            else {
              expect(got).toEqual(packets[at]);
              passed += 1;
              seen.add(number);
              newest = Math.max(newest, number);
            }
          }
        }
      }),
      { numRuns: 150 },
    );
    expect(passed).toBeGreaterThan(1000);
  });

  it('goes on through many wraps without anything but packets', () => {
    const from = srtp(profile, 1);
    const to = listener();
    for (let number = 65_000; number < 65_000 + 5 * 65_536; number += 15_000) {
      const plain = rtp(7, number);
      expect(to.unprotectRtp(sealed(from, plain))).toEqual(plain);
    }
    expect(from.indices()[0]!.index).toBeGreaterThan(4 * 65_536);
  });

  it('takes packets of a few steps out of order on both sides of a wrap, each once', () => {
    const from = srtp(profile, 1);
    const to = listener();
    const packets = Array.from({ length: 400 }, (_, at) => rtp(7, 65_336 + at));
    const datagrams = packets.map((packet) => sealed(from, packet));
    fc.assert(
      fc.property(fc.shuffledSubarray(packets.map((_, at) => at)), (order) => {
        const fresh = listener([key(1)], [{ ssrc: 7, index: 65_336 + 200 }]);
        for (const at of order) expect(fresh.unprotectRtp(datagrams[at]!)).toEqual(packets[at]);
        for (const at of order) expect(fresh.unprotectRtp(datagrams[at]!)).toBe('replayed');
      }),
      { numRuns: 10 },
    );
    expect(to.unprotectRtp(datagrams[0]!)).toEqual(packets[0]);
  });

  it('lets in who comes late from the first packet, by the index that it was told', () => {
    const from = srtp(profile, 1);
    for (let number = 0; number <= 300_000; number += 30_000) sealed(from, rtp(7, number));
    const plain = rtp(7, 300_001);
    const datagram = sealed(from, plain);
    expect(listener().unprotectRtp(datagram)).toBe('unauthenticated');
    expect(listener([key(1)], from.indices()).unprotectRtp(datagram)).toEqual(plain);
  });

  it('heals a gap of over 2^15 packets with the next sender report', () => {
    const from = srtp(profile, 1);
    const to = listener();
    expect(to.unprotectRtp(sealed(from, rtp(7, 10)))).toEqual(rtp(7, 10));
    for (let number = 100; number < 150_000; number += 20_000) sealed(from, rtp(7, number));
    sealed(from, rtp(8, 5));
    const lost = sealed(from, rtp(7, 150_000));
    expect(to.unprotectRtp(lost)).toBe('unauthenticated');
    const report = to.unprotectRtcp(sealedRtcp(from, senderReport(7)));
    expect(readIndexReports(report as Uint8Array)).toEqual([
      { ssrc: 7, index: 150_000 },
      { ssrc: 8, index: 5 },
    ]);
    expect(to.unprotectRtp(lost)).toEqual(rtp(7, 150_000));
  });

  it('refuses what was seen before, and what is too old to tell', () => {
    const from = srtp(profile, 1);
    const to = listener();
    const datagrams = Array.from({ length: 2500 }, (_, number) => sealed(from, rtp(7, number)));
    for (const datagram of datagrams.slice(1)) expect(typeof to.unprotectRtp(datagram)).toBe('object');
    for (const datagram of datagrams) expect(to.unprotectRtp(datagram)).toBe('replayed');
    const report = sealedRtcp(from, senderReport(7));
    expect(typeof to.unprotectRtcp(report)).toBe('object');
    expect(to.unprotectRtcp(report)).toBe('replayed');
  });

  it('refuses a packet with any bit changed, and is not led astray by it', () => {
    const from = srtp(profile, 1);
    const to = listener();
    expect(typeof to.unprotectRtp(sealed(from, rtp(7, 65_530)))).toBe('object');
    const plain = rtp(7, 65_540);
    const datagram = sealed(from, plain);
    const report = sealedRtcp(from, senderReport(7));
    for (let bit = 0; bit < 8 * datagram.length; bit += 1) {
      const changed = Uint8Array.from(datagram);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(typeof to.unprotectRtp(changed)).toBe('string');
    }
    for (let bit = 0; bit < 8 * report.length; bit += 1) {
      const changed = Uint8Array.from(report);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(typeof to.unprotectRtcp(changed)).toBe('string');
    }
    expect(to.unprotectRtp(datagram)).toEqual(plain);
    expect(typeof to.unprotectRtcp(report)).toBe('object');
  });

  it('says why a packet is refused', () => {
    const from = srtp(profile, 1);
    const to = listener();
    const datagram = sealed(from, rtp(7, 1));
    expect(to.unprotectRtp(rtp(7, 1))).toBe('unknown-key');
    expect(to.unprotectRtp(datagram.subarray(0, 20))).toBe('too-short');
    expect(to.unprotectRtcp(senderReport(7))).toBe('unknown-key');
    expect(to.unprotectRtcp(new Uint8Array(8))).toBe('too-short');
    const extended = Uint8Array.from(datagram);
    extended[0]! |= 0x0f;
    expect(to.unprotectRtp(extended)).toBe('malformed-rtp');
    const report = sealedRtcp(from, senderReport(7));
    const flagAt = report.length - (profile === 'AEAD_AES_128_GCM' ? 8 : 18);
    report[flagAt]! &= 0x7f;
    expect(to.unprotectRtcp(report)).toBe('unencrypted');
  });

  it('never throws, and takes nothing, of arbitrary bytes', () => {
    const to = listener();
    const mki = mkiOf(key(1));
    const at = profile === 'AEAD_AES_128_GCM' ? 4 : 14;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, known) => {
        if (known && bytes.length >= at) bytes.set(mki, bytes.length - at);
        expect(typeof to.unprotectRtp(bytes)).toBe('string');
        expect(typeof to.unprotectRtcp(bytes)).toBe('string');
      }),
      { numRuns: 500 },
    );
  });

  describe('sending', () => {
    it('lets a packet out again as it was, and nothing else under its number', () => {
      const from = srtp(profile, 1);
      const first = sealed(from, rtp(7, 65_534));
      for (let number = 65_535; number < 66_000; number += 1) sealed(from, rtp(7, number));
      expect(sealed(from, rtp(7, 65_534))).toEqual(first);
      expect(from.protectRtp([rtp(7, 65_534, 1)])).toEqual(['nonce-reused']);
      expect(sealed(from, rtp(7, 65_534))).toEqual(first);
      // Of one batch, too.
      const [one, two, three] = from.protectRtp([rtp(7, 66_000), rtp(7, 66_000, 1), rtp(7, 66_000)]);
      expect(two).toBe('nonce-reused');
      expect(three).toEqual(one);
    });

    it('refuses a source that begins again behind where it was', () => {
      const from = srtp(profile, 1);
      for (let number = 20_000; number < 23_000; number += 1) sealed(from, rtp(7, number));
      expect(from.protectRtp([rtp(7, 20_000, 1), rtp(7, 21_000, 1), rtp(7, 22_500, 1)])).toEqual(
        Array(3).fill('nonce-reused'),
      );
      expect(typeof sealed(from, rtp(7, 23_000))).toBe('object');
    });

    it('knows of a source that was not used for long how far it came', () => {
      const from = srtp(profile, 1);
      sealed(from, rtp(0, 100));
      for (let ssrc = 1; ssrc <= 64; ssrc += 1) sealed(from, rtp(ssrc, 100));
      expect(from.protectRtp([rtp(0, 100, 1), rtp(0, 100), rtp(0, 99)])).toEqual(
        Array(3).fill('nonce-reused'),
      );
      expect(typeof sealed(from, rtp(0, 101))).toBe('object');
    });

    it('counts reports on for all sources and destinations', () => {
      const from = srtp(profile, 1);
      const to = listener();
      const reports = [7, 7, 8, 7].map((ssrc) => sealedRtcp(from, senderReport(ssrc)));
      const offset = profile === 'AEAD_AES_128_GCM' ? 8 : 18;
      const indices = reports.map((report) => Buffer.from(report).readUInt32BE(report.length - offset));
      expect(indices).toEqual([0x8000_0000, 0x8000_0001, 0x8000_0002, 0x8000_0003]);
      for (const report of reports) expect(typeof to.unprotectRtcp(report)).toBe('object');
    });

    it('protects a frame as its packets one by one', () => {
      const [one, many] = [srtp(profile, 1), srtp(profile, 1)];
      const packets = Array.from({ length: 200 }, (_, at) => {
        const packet = new Uint8Array(12 + ((at * 37) % 1500));
        packet.set(rtp(7, at).subarray(0, 12));
        return packet.fill(at, 12);
      });
      const before = packets.map((packet) => Uint8Array.from(packet));
      expect(many.protectRtp(packets)).toEqual(packets.map((packet) => sealed(one, packet)));
      expect(packets).toEqual(before);
    });

    it('adds no more than it says', () => {
      const from = srtp(profile, 1);
      for (let ssrc = 0; ssrc < 20; ssrc += 1) {
        const added = sealed(from, rtp(ssrc, 5)).length - rtp(ssrc, 5).length;
        expect(added).toBe(profile === 'AEAD_AES_128_GCM' ? 20 : 14);
        expect(added).toBeLessThanOrEqual(from.rtpOverhead);
        expect(sealedRtcp(from, senderReport(0)).length).toBeLessThanOrEqual(
          senderReport(0).length + from.rtcpOverhead,
        );
      }
    });

    it('tells of all sources in turn, when there are many', () => {
      const from = srtp(profile, 1);
      const to = listener();
      for (let ssrc = 0; ssrc < 20; ssrc += 1) sealed(from, rtp(ssrc, ssrc));
      const told = new Set<number>();
      for (let report = 0; report < 4; report += 1) {
        const plain = to.unprotectRtcp(sealedRtcp(from, senderReport(3))) as Uint8Array;
        expect(parseRtcp(plain)).toHaveLength(3);
        const indices = readIndexReports(plain);
        expect(indices[0]).toEqual({ ssrc: 3, index: 3 });
        for (const { ssrc } of indices) told.add(ssrc);
      }
      expect(told.size).toBe(20);
    });

    it('counts on with another key, and refuses one that was used', () => {
      const from = srtp(profile, 1);
      const to = listener([key(1), key(2)]);
      for (let number = 60_000; number < 60_000 + 65_536; number += 10_000)
        expect(typeof to.unprotectRtp(sealed(from, rtp(7, number)))).toBe('object');
      const { index } = from.indices()[0]!;
      const again = sealed(from, rtp(7, index));
      from.setSendKey(key(2));
      expect(to.unprotectRtp(sealed(from, rtp(7, index + 1)))).toEqual(rtp(7, index + 1));
      expect(from.indices()).toEqual([{ ssrc: 7, index: index + 1 }]);
      // A packet from before may be asked for now: it goes out under the key of now.
      const retransmitted = sealed(from, rtp(7, index));
      expect(retransmitted).not.toEqual(again);
      expect(to.unprotectRtp(retransmitted)).toEqual(rtp(7, index));
      expect(() => from.setSendKey(key(1))).toThrow(code('key-reused'));
      expect(() => from.setSendKey(key(2))).toThrow(code('key-reused'));
      expect(() => from.setSendKey({ ...key(3), salt: new Uint8Array(5) })).toThrow(code('bad-option'));
    });
  });

  describe('keys of peers', () => {
    it('are taken out: what comes under an old one is refused', () => {
      const from = srtp(profile, 1);
      const to = listener([key(1), key(2)]);
      const [one, two] = [sealed(from, rtp(7, 1)), sealed(from, rtp(7, 2))];
      expect(typeof to.unprotectRtp(one)).toBe('object');
      to.setPeerKeys('a', [key(2)], []);
      expect(to.unprotectRtp(two)).toBe('unknown-key');
      from.setSendKey(key(2));
      expect(typeof to.unprotectRtp(sealed(from, rtp(7, 3)))).toBe('object');
      to.setPeerKeys('a', [], []);
      expect(to.unprotectRtp(sealed(from, rtp(7, 4)))).toBe('unknown-key');
    });

    it('may be wiped by who gave them', () => {
      const [mine, yours] = [key(1), key(1)];
      const from = new Srtp({ key: mine });
      const to = listener([yours]);
      for (const bytes of [mine.key, mine.salt, yours.key, yours.salt]) bytes.fill(0);
      expect(to.unprotectRtp(sealed(from, rtp(7, 1)))).toEqual(rtp(7, 1));
    });

    it('that stay keep what is known of them', () => {
      const from = srtp(profile, 1);
      const to = listener();
      for (let number = 0; number < 100_000; number += 20_000) to.unprotectRtp(sealed(from, rtp(7, number)));
      const datagram = sealed(from, rtp(7, 100_000));
      expect(typeof to.unprotectRtp(datagram)).toBe('object');
      // What is told is older than what is known.
      to.setPeerKeys('a', [key(2), key(1)], [{ ssrc: 7, index: 40_000 }]);
      expect(to.unprotectRtp(datagram)).toBe('replayed');
      expect(typeof to.unprotectRtp(sealed(from, rtp(7, 100_001)))).toBe('object');
    });

    it('are told of the first time that each is used, and whose it was', () => {
      const used: string[] = [];
      const to = new Srtp({ key: key(99), keyUsed: (peer, id) => used.push(`${peer}: ${id}`) });
      to.setPeerKeys('a', [key(1)], []);
      to.setPeerKeys('b', [key(2)], []);
      const [a, b] = [srtp(profile, 1), srtp(profile, 2)];
      const forged = sealed(b, rtp(7, 0));
      forged[20]! ^= 1;
      to.unprotectRtp(forged);
      expect(used).toEqual([]);
      expect(to.sender).toBeUndefined();
      for (let number = 1; number < 4; number += 1) {
        // The same source: each peer has its own.
        expect(to.unprotectRtp(sealed(a, rtp(7, number)))).toEqual(rtp(7, number));
        expect(to.sender).toBe('a');
        expect(to.unprotectRtp(sealed(b, rtp(7, number)))).toEqual(rtp(7, number));
        expect(to.sender).toBe('b');
      }
      to.unprotectRtcp(sealedRtcp(a, senderReport(7)));
      expect(to.sender).toBe('a');
      expect(used).toEqual(['a: key 1', 'b: key 2']);
    });

    it('that have one identifier are both tried, and one sender can not pass for the other', () => {
      const [a, b] = [srtp(profile, 1), srtp(profile, 2)];
      const to = listener();
      to.setPeerKeys('b', [key(2)], []);
      // Its identifier rewritten, b's packet claims a's key.
      const datagram = sealed(b, rtp(7, 1));
      datagram.set(mkiOf(key(1)), datagram.length - (profile === 'AEAD_AES_128_GCM' ? 4 : 14));
      expect(to.unprotectRtp(datagram)).toBe('unauthenticated');
      expect(to.unprotectRtp(sealed(a, rtp(7, 1)))).toEqual(rtp(7, 1));
      // The same key of two peers, which is the same identifier: the first takes it, as both know it.
      to.setPeerKeys('c', [{ ...key(1), id: 'other' }], []);
      expect(to.unprotectRtp(sealed(a, rtp(7, 2)))).toEqual(rtp(7, 2));
      expect(to.sender).toBe('a');
      to.setPeerKeys('a', [], []);
      expect(to.unprotectRtp(sealed(a, rtp(7, 3)))).toEqual(rtp(7, 3));
      expect(to.sender).toBe('c');
    });

    it('that are different and have one identifier by chance are told apart by their tags', () => {
      // Found by trying: their MKIs are d3a09333.
      const [one, other] = [62_235, 92_112].map((number) => {
        const bytes = new Uint8Array(16);
        new DataView(bytes.buffer).setUint32(0, number);
        return { id: `${number}`, profile, key: bytes, salt: new Uint8Array(key(1).salt.length) };
      }) as [SrtpKey, SrtpKey];
      expect(mkiOf(one)).toEqual(mkiOf(other));
      const [a, b] = [new Srtp({ key: one }), new Srtp({ key: other })];
      const to = listener([one]);
      to.setPeerKeys('b', [other], []);
      for (let number = 0; number < 3; number += 1) {
        expect(to.unprotectRtp(sealed(b, rtp(7, number)))).toEqual(rtp(7, number));
        expect(to.sender).toBe('b');
        const datagram = sealed(a, rtp(7, number));
        expect(to.unprotectRtp(datagram)).toEqual(rtp(7, number));
        expect(to.sender).toBe('a');
        expect(typeof to.unprotectRtp(datagram)).toBe('string');
      }
      to.unprotectRtcp(sealedRtcp(b, senderReport(7)));
      expect(to.sender).toBe('b');
      // As many as there may be: who makes more of them can't push out those that were there.
      for (let more = 0; more < 10; more += 1)
        to.setPeerKeys(`other ${more}`, [{ ...other, id: `${more}` }], []);
      expect(to.unprotectRtp(sealed(a, rtp(7, 4)))).toEqual(rtp(7, 4));
      expect(to.sender).toBe('a');
    });

    it('are bounded, and so are sources', () => {
      const to = listener();
      const many = Array.from({ length: 65 }, (_, number) => key(number));
      expect(() => to.setPeerKeys('a', many, [])).toThrow(code('bad-option'));
      const from = srtp(profile, 1);
      for (let ssrc = 0; ssrc < 1024; ssrc += 1)
        expect(typeof to.unprotectRtp(sealed(from, rtp(ssrc, 1)))).toBe('object');
      expect(to.unprotectRtp(sealed(from, rtp(1024, 1)))).toBe('too-many-sources');
      expect(typeof to.unprotectRtp(sealed(from, rtp(5, 2)))).toBe('object');
    });
  });
});

describe('both profiles', () => {
  const both: SrtpProfile[] = ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM'];
  const old = both.map((profile) => srtpKey(profile, 1));
  const next = both.map((profile) => srtpKey(profile, 2));
  const [cm, gcm] = both;

  it('are understood beside each other, of one peer and of several', () => {
    const to = srtp(cm!, 99);
    to.setPeerKeys('cm', [old[0]!], []);
    to.setPeerKeys('gcm', [old[1]!], []);
    const senders = both.map((profile) => srtp(profile, 1));
    for (let number = 0; number < 300; number += 1) {
      for (const [at, from] of senders.entries()) {
        expect(to.unprotectRtp(sealed(from, rtp(7, number)))).toEqual(rtp(7, number));
        expect(to.sender).toBe(['cm', 'gcm'][at]);
        expect(typeof to.unprotectRtcp(sealedRtcp(from, senderReport(7)))).toBe('object');
        expect(to.sender).toBe(['cm', 'gcm'][at]);
      }
    }
  });

  it.each([
    ['to GCM', cm, gcm],
    ['from GCM', gcm, cm],
  ])('can follow each other: a sender goes over %s, and no packet under way is lost', (_, first, second) => {
    const [one, other] = [srtpKey(first!, 1), srtpKey(second!, 2)];
    const from = new Srtp({ key: one });
    const to = srtp(first!, 99);
    to.setPeerKeys('a', [one, other], []);
    const datagrams: [Uint8Array, Uint8Array][] = [];
    for (let number = 65_480; number < 65_580; number += 1) {
      if (number === 65_530) from.setSendKey(other);
      datagrams.push([sealed(from, rtp(7, number)), rtp(7, number)]);
    }
    expect(datagrams[60]![0].length - datagrams[60]![1].length).toBe(second === gcm ? 20 : 14);
    for (const [datagram, plain] of [...datagrams.slice(40, 60), ...datagrams.slice(0, 40)])
      expect(to.unprotectRtp(datagram)).toEqual(plain);
    // What was sent before may be asked for now: it goes out under the key of now.
    expect(sealed(from, rtp(7, 65_481)).length).toBe(rtp(7, 65_481).length + (second === gcm ? 20 : 14));
    expect(() => from.setSendKey(one)).toThrow(code('key-reused'));
    expect(to.unprotectRtcp(sealedRtcp(from, senderReport(7)))).toBeInstanceOf(Uint8Array);
  });

  it('have keys of their own: the bytes of one are no key of the other', () => {
    const to = srtp(cm!, 99);
    to.setPeerKeys('a', [{ ...old[1]!, profile: gcm! }], []);
    const wrong = () => to.setPeerKeys('a', [{ ...old[1]!, profile: cm! }], []);
    expect(wrong).toThrow(code('bad-option'));
    // That one was refused changes nothing.
    expect(to.unprotectRtp(sealed(srtp(gcm!, 1), rtp(7, 1)))).toEqual(rtp(7, 1));
  });

  it('are told apart when a tag looks like an identifier of the other', () => {
    const from = srtp(cm!, 1);
    const to = srtp(cm!, 99);
    to.setPeerKeys('a', [old[0]!], []);
    to.setPeerKeys('b', [old[1]!], []);
    const [datagram] = [sealed(from, rtp(7, 1))];
    // The end of the tag is where the other profile has its identifier.
    const forged = Uint8Array.from(datagram);
    forged.set(mkiOf(old[1]!), forged.length - 4);
    expect(to.unprotectRtp(forged)).toBe('unauthenticated');
    expect(to.unprotectRtp(datagram)).toEqual(rtp(7, 1));
  });

  it('let nothing changed in, whichever bit it is', () => {
    const to = srtp(cm!, 99);
    to.setPeerKeys('a', [...old, ...next], []);
    for (const profile of both) {
      const from = srtp(profile, 2);
      for (const [datagram, open] of [
        [sealed(from, rtp(7, 5)), (one: Uint8Array) => to.unprotectRtp(one)],
        [sealedRtcp(from, senderReport(7)), (one: Uint8Array) => to.unprotectRtcp(one)],
      ] as const) {
        for (let bit = 0; bit < 8 * datagram.length; bit += 1) {
          const changed = Uint8Array.from(datagram);
          changed[bit >> 3]! ^= 1 << (bit & 7);
          expect(typeof open(changed)).toBe('string');
        }
        expect(typeof open(datagram)).toBe('object');
      }
    }
  });
});

it('a profile that does not exist is refused', () => {
  expect(
    () => new Srtp({ key: { ...srtpKey('AEAD_AES_128_GCM', 1), profile: 'NULL' as SrtpProfile } }),
  ).toThrow(code('bad-option'));
});
