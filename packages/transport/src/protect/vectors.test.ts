import { createCipheriv, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex as hex } from '../testing/hex.js';
import { AesCmCipher } from './aes-cm-cipher.js';
import { AesGcmCipher } from './aes-gcm-cipher.js';
import { HMAC_ROOM, HmacSha1 } from './hmac-sha1.js';
import { KeyStream } from './key-stream.js';
import { deriveSessionKey, label } from './session-keys.js';
import type { SrtpProfile } from './profile.js';
import { Srtp } from './srtp.js';
import { mkiOf } from './srtp-key.js';

const bytes = (words: Int32Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

describe('AES in counter mode (RFC 3711, B.2)', () => {
  const key = hex('2b7e151628aed2a6abf7158809cf4f3c');
  const salt = hex('f0f1f2f3f4f5f6f7f8f9fafbfcfd');
  it('has the key stream of its beginning', () => {
    const stream = new KeyStream(key, salt);
    expect(stream.add(0, 0, 48)).toBe(0);
    expect(bytes(stream.make())).toEqual(
      hex(
        'e03ead0935c95e80e166b16dd92b4eb4 d23513162b02d0f72a43a2fe4a5f97ab 41e95b3bb0a2e8dd477901e4fca894c0',
      ),
    );
  });

  it('has that of each packet, when there are several', () => {
    const one = ([ssrc, index, length]: readonly [number, number, number]) => {
      const stream = new KeyStream(key, salt);
      stream.add(ssrc, index, length);
      return bytes(stream.make());
    };
    const stream = new KeyStream(key, salt);
    const packets = [
      [0xcafebabe, 2 ** 47 + 12_345, 65_507],
      [0xcafebabe, 0xffff_ffff, 1],
      [7, 0x1_0000_0000, 0],
      [7, 0x1_0000_0001, 160],
    ] as const;
    const offsets = packets.map(([ssrc, index, length]) => stream.add(ssrc, index, length));
    const all = bytes(stream.make());
    for (const [at, packet] of packets.entries()) {
      const length = Math.ceil(packet[2] / 16) * 16;
      expect(Buffer.compare(all.subarray(offsets[at]!, offsets[at]! + length), one(packet))).toBe(0);
    }
    expect(stream.waiting).toBe(0);
  });

  it('has the same for packets that come one by one, whatever their order and size', () => {
    const stream = new KeyStream(key, salt);
    const packet = fc.record({
      ssrc: fc.integer({ min: 1, max: 2 }),
      step: fc.integer({ min: -2, max: 3 }),
      length: fc.constantFrom(0, 1, 160, 1200, 1201, 30_000),
      run: fc.integer({ min: 1, max: 12 }),
    });
    let index = 1000;
    fc.assert(
      fc.property(packet, ({ ssrc, step, length, run }) => {
        index += step;
        for (let next = 0; next < run; next += 1, index += 1) {
          const word = stream.one(ssrc, index, length);
          const got = bytes(stream.ahead).subarray(4 * word, 4 * word + length);
          const other = new KeyStream(key, salt);
          other.add(ssrc, index, length);
          expect(Buffer.compare(got, bytes(other.make()).subarray(0, length))).toBe(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is that of node:crypto through the largest packet, which counts beyond one byte', () => {
    const stream = new KeyStream(key, salt);
    stream.add(0, 0, 65_507);
    const iv = Buffer.concat([salt, Buffer.alloc(2)]);
    const expected = createCipheriv('aes-128-ctr', key, iv).update(new Uint8Array(65_520));
    expect(Buffer.compare(bytes(stream.make()).subarray(0, 65_507), expected.subarray(0, 65_507))).toBe(0);
  });

  it('takes its nonce from salt, SSRC and index', () => {
    const [ssrc, index] = [0x81020384, 0x858687888990];
    const added = hex('00000000 81020384 858687888990');
    const stream = new KeyStream(
      key,
      salt.map((byte, at) => byte ^ added[at]!),
    );
    stream.add(ssrc, index, 16);
    expect(bytes(stream.make())).toEqual(hex('e03ead0935c95e80e166b16dd92b4eb4'));
  });
});

describe('session keys (RFC 3711, B.3)', () => {
  const key = hex('e1f97a0d3e018be0d64fa32c06de4139');
  const salt = hex('0ec675ad498afeebb6960b3aabe6');
  it.each([
    ['encryption', label.rtpEncryption, 'c61e7a93744f39ee10734afe3ff7a087'],
    ['salt', label.rtpSalt, '30cbbc08863d8c85d49db34a9ae1'],
    [
      'authentication',
      label.rtpAuthentication,
      `cebe321f6ff7716b6fd4ab49af256a15 6d38baa48f0a0acf3c34e2359e6cdbce e049646c43d9327ad175578ef7227098
       6371c10c9a369ac2f94a8c5fbcdddc25 6d6e919a48b610ef17c2041e47403576 6b68642c59bbfc2f34db60dbdfb2`,
    ],
  ])('for %s', (_, which, expected) => {
    expect(deriveSessionKey(key, salt, which, hex(expected).length)).toEqual(hex(expected));
  });

  it('of a salt of 12 bytes are those of the salt with two zeros (RFC 7714, 11)', () => {
    const short = salt.subarray(0, 12);
    const long = Uint8Array.from([...short, 0, 0]);
    for (const which of Object.values(label))
      expect(deriveSessionKey(key, short, which, 16)).toEqual(deriveSessionKey(key, long, which, 16));
  });
});

describe('HMAC-SHA1', () => {
  // RFC 2202, section 3, of keys that fit a block.
  it.each([
    ['0b'.repeat(20), Buffer.from('Hi There').toString('hex'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
    [
      Buffer.from('Jefe').toString('hex'),
      Buffer.from('what do ya want for nothing?').toString('hex'),
      'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    ],
    ['aa'.repeat(20), 'dd'.repeat(50), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
  ])('of key %s', (key, message, expected) => {
    const memory = new Uint8Array(HMAC_ROOM + hex(message).length);
    memory.set(hex(message), HMAC_ROOM);
    const tag = new Uint8Array(20);
    new HmacSha1(hex(key)).sign(memory, HMAC_ROOM, memory.length, tag, 0, 20);
    expect(tag).toEqual(hex(expected));
  });

  it('is that of node:crypto, again and again', () => {
    const key = new Uint8Array(20).fill(7);
    const hmac = new HmacSha1(key);
    for (let length = 0; length < 200; length += 1) {
      const memory = new Uint8Array(100 + length).fill(length);
      const expected = createHmac('sha1', key).update(memory.subarray(100)).digest();
      const tag = new Uint8Array(22);
      hmac.sign(memory, 100, memory.length, tag, 1, 20);
      expect(Buffer.from(tag)).toEqual(Buffer.concat([Buffer.of(0), expected, Buffer.of(0)]));
    }
  });
});

describe('AES-GCM (RFC 7714)', () => {
  const keys = {
    encryption: hex('000102030405060708090a0b0c0d0e0f'),
    authentication: new Uint8Array(20),
    salt: hex('517569642070726f2071756f'),
  };
  const cipher = new AesGcmCipher(keys, keys, 0x01020304);

  it('seals and opens RTP (16.1)', () => {
    const packet = hex(
      '8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573',
    );
    const sealed = hex(`
      8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833
      899d7f27 beb16a91 52cf765e e4390cce 01020304`);
    const at = { clear: 12, ssrc: 0x5501a0b2, index: 0xf17b };
    expect(cipher.sealRtp([{ packet, ...at }])).toEqual([sealed]);
    expect(cipher.openRtp({ packet: sealed, ...at })).toEqual(packet);
  });

  it('seals and opens RTCP (17.1)', () => {
    const packet = hex(`
      81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
      deadbeef deadbeef deadbeef deadbeef deadbeef`);
    const sealed = hex(`
      81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded
      0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4 01020304`);
    expect(cipher.sealRtcp(packet, 0x4d617273, 0x5d4)).toEqual(sealed);
    expect(cipher.openRtcp(sealed, 0x4d617273, 0x5d4)).toEqual(packet);
  });
});

describe('counter mode with HMAC-SHA1', () => {
  it('seals RTP and RTCP as they are put together in RFC 3711, 3.1 and 3.4', () => {
    const keys = (fill: number) => ({
      encryption: new Uint8Array(16).fill(fill),
      authentication: new Uint8Array(20).fill(fill + 1),
      salt: new Uint8Array(14).fill(fill + 2),
    });
    const mki = hex('0a0b0c0d');
    const cipher = new AesCmCipher(keys(1), keys(11), 0x0a0b0c0d);
    const sign = (fill: number, ...parts: Uint8Array[]) =>
      createHmac('sha1', new Uint8Array(20).fill(fill + 1))
        .update(Buffer.concat(parts))
        .digest()
        .subarray(0, 10);
    const encrypt = (fill: number, ssrc: number, index: number, plain: Uint8Array) => {
      const stream = new KeyStream(keys(fill).encryption, keys(fill).salt);
      stream.add(ssrc, index, plain.length);
      const key = bytes(stream.make());
      return plain.map((byte, at) => byte ^ key[at]!);
    };
    for (let length = 0; length < 70; length += 1) {
      const rtp = Uint8Array.from({ length: 12 + length }, (_, at) => at * 5);
      const body = encrypt(1, 9, 0x7_0002, rtp.subarray(12));
      const sealed = Buffer.concat([rtp.subarray(0, 12), body]);
      const expected = Buffer.concat([sealed, mki, sign(1, sealed, hex('00000007'))]);
      const [made] = cipher.sealRtp([{ packet: rtp, clear: 12, ssrc: 9, index: 0x7_0002 }]);
      expect(Buffer.compare(made!, expected)).toBe(0);

      const hidden = Buffer.concat([rtp.subarray(0, 8), encrypt(11, 9, 5, rtp.subarray(8))]);
      const indexed = Buffer.concat([hidden, hex('80000005')]);
      expect(
        Buffer.compare(cipher.sealRtcp(rtp, 9, 5), Buffer.concat([indexed, mki, sign(11, indexed)])),
      ).toBe(0);
    }
  });
});

describe('docs/wire-format.md, 9.4', () => {
  const text = readFileSync(new URL('../../../../docs/wire-format.md', import.meta.url), 'utf8');
  const vectors = text.slice(text.indexOf('### 9.4'), text.indexOf('## 10.'));
  /** What stands behind a name, the first time, the second and so on. */
  const of = (name: string) =>
    [...vectors.matchAll(new RegExp(`^ +${name} +([0-9a-f ]+(\\n {12,}[0-9a-f ]+$)?)`, 'gm'))].map(
      ([, digits]) => hex(digits!),
    );
  it.each<[string, SrtpProfile, number]>([
    ['AES-CM', 'AES_CM_128_HMAC_SHA1_80', 14],
    ['AES-GCM', 'AEAD_AES_128_GCM', 12],
  ])('has right what %s makes', (name, profile, saltLength) => {
    const key = hex('e1f97a0d3e018be0d64fa32c06de4139');
    const salt = hex('0ec675ad498afeebb6960b3aabe6').subarray(0, saltLength);
    const srtp = new Srtp({ key: { id: '', profile, key, salt } });
    const [first, second, report] = of(name);
    expect(of('RTP').map((packet) => srtp.protectRtp([packet])[0])).toEqual([first, second]);
    expect(srtp.protectRtcp(of('RTCP')[0]!)).toEqual(report);
    const other = new Srtp({ key: { id: '', profile, key: new Uint8Array(16), salt } });
    other.setPeerKeys('a', [{ id: '', profile, key, salt }], []);
    expect(other.unprotectRtcp(report!)).toEqual(Uint8Array.from([...of('RTCP')[0]!, ...of('and')[0]!]));
  });
});

describe('the key identifier', () => {
  it('is as docs/wire-format.md has it', () => {
    const key = hex('e1f97a0d3e018be0d64fa32c06de4139');
    expect(mkiOf({ key, salt: hex('0ec675ad498afeebb6960b3aabe6') })).toEqual(hex('83307a03'));
    expect(mkiOf({ key, salt: hex('0ec675ad498afeebb6960b3a') })).toEqual(hex('821d2556'));
  });
});
