import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { openTransport, type Transport } from '../node/transport.js';
import { profiles, type SrtpProfile } from './profile.js';
import { ReceivingKey, ReceivingPeer } from './receiving-key.js';
import { Srtp } from './srtp.js';

let transport: Transport | undefined;
afterEach(() => transport?.close());

const keyOf = (profile: SrtpProfile, id: string, fill: number) => ({
  ...{ id, profile, key: new Uint8Array(16).fill(fill) },
  salt: new Uint8Array(profiles[profile].salt).fill(fill + 1),
});
/** Every field that an object has, also of those below it that no name leads to. */
const printed = (value: unknown) =>
  (
    inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null }) +
    JSON.stringify(value) +
    String(value)
  ).replace(/\s+/g, '');
const run = (byte: number) => Array.from({ length: 8 }, () => byte);
const expectNoKey = (value: unknown, ...bytes: number[]) => {
  const text = printed(value);
  for (const byte of bytes) {
    expect(text).not.toContain(run(byte).join(','));
    expect(text).not.toContain(
      run(byte)
        .map((one) => one.toString(16))
        .join(''),
    );
  }
};

describe.each(Object.keys(profiles) as SrtpProfile[])('no key is printed under %s', (profile) => {
  const [ours, next, theirs] = [keyOf(profile, '1.0', 161), keyOf(profile, '1.1', 171), keyOf(profile, '1.0', 181)] as const; // prettier-ignore
  const all = [161, 162, 171, 172, 181, 182];

  it('with what protects packets', () => {
    const srtp = new Srtp({ key: ours });
    srtp.setSendKey(next);
    srtp.setPeerKeys('ben', [theirs], []);
    srtp.protectRtcp(Uint8Array.of(0x80, 200, 0, 6, ...new Uint8Array(24)));
    expectNoKey(srtp, ...all);
    const receiving = new ReceivingKey(new ReceivingPeer('ben'), theirs);
    expectNoKey([receiving, receiving.cipher], ...all);
  });

  it.each([true, false])('with a transport, in a thread of its own: %s', async (worker) => {
    transport = await openTransport({
      channels: { data: { host: '127.0.0.1', port: 0 } },
      ...{ worker, protection: { key: ours } },
    });
    transport.setSendKey(next);
    transport.setPeerKeys('ben', [theirs], []);
    await transport.packetIndices();
    expectNoKey(transport, ...all);
  });

  it('with an error about one', () => {
    const srtp = new Srtp({ key: ours });
    for (const wrong of [
      ours,
      { ...next, key: new Uint8Array(15).fill(171) },
      { ...next, salt: new Uint8Array(9).fill(172) },
    ]) {
      let error: unknown;
      try {
        srtp.setSendKey(wrong);
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(Error);
      expectNoKey(error, ...all);
    }
  });
});
