import { once } from 'node:events';
import { systemClock } from '@hellohaybye/core/node';
import { afterEach, describe, expect, it } from 'vitest';
import type { EndpointEvent, IncomingFrame } from '../endpoint/types.js';
import type { PayloadFormat } from '../payload/payload-format.js';
import type { SrtpProfile } from '../protect/profile.js';
import type { SrtpKey } from '../protect/srtp-key.js';
import { openTransport, type Transport } from './transport.js';

const formats: PayloadFormat[] = [{ format: 'generic', payloadType: 96, clockRate: 90_000 }];
const host = '127.0.0.1';
const open: Transport[] = [];
const channels = { data: { host, port: 0 } };
const key = (id: string, fill: number, saltLength = 14): SrtpKey => ({
  profile: saltLength === 14 ? 'AES_CM_128_HMAC_SHA1_80' : 'AEAD_AES_128_GCM',
  id,
  key: new Uint8Array(16).fill(fill),
  salt: new Uint8Array(saltLength).fill(fill + 1),
});
const code = (name: string) => expect.objectContaining({ name: 'HhbError', code: name });

async function make(own: SrtpKey, worker: boolean): Promise<Transport> {
  const transport = await openTransport({ channels, worker, protection: { key: own } });
  open.push(transport);
  return transport;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});

describe.each<{ profile: SrtpProfile; salt: number }>([
  { profile: 'AES_CM_128_HMAC_SHA1_80', salt: 14 },
  { profile: 'AEAD_AES_128_GCM', salt: 12 },
])('a transport with $profile', ({ salt }) => {
  it.each([true, false])(
    'carries messages, tells which key was used, and changes it: worker %s',
    async (worker) => {
      const [a, b] = [await make(key('a1', 1, salt), worker), await make(key('b1', 3, salt), worker)];
      a.addOutgoing({ id: 's', channel: 'data', ssrc: 1, formats });
      a.addDestination({ id: 'b', addresses: { data: { address: host, port: b.ports['data']! } } });
      b.addIncoming({ peer: 'a', id: 's', channel: 'data', ssrc: 1, formats });
      b.setPeerKeys('a', [key('a1', 1, salt), key('a2', 5, salt)], await a.packetIndices());
      const used: EndpointEvent[] = [];
      b.on('event', (event) => event.type === 'key-used' && used.push(event));
      for (const number of [1, 2]) {
        const came = once(b, 'frame') as Promise<[IncomingFrame]>;
        const data = new Uint8Array(50_000).fill(number);
        a.send({ stream: 's', data: data.slice(), capturedAt: systemClock.now() });
        expect(Buffer.compare((await came)[0].data, data)).toBe(0);
        if (number === 1) a.setSendKey(key('a2', 5, salt));
      }
      expect(used).toEqual([
        { type: 'key-used', peer: 'a', key: 'a1' },
        { type: 'key-used', peer: 'a', key: 'a2' },
      ]);
      expect(await a.packetIndices()).toContainEqual({ ssrc: 1, index: expect.any(Number) });
      expect((await b.statistics()).drops).toEqual({});
      expect(() => a.setSendKey(key('again', 1, salt))).toThrow(code('key-reused'));
      expect(() => a.setSendKey({ ...key('short', 9, salt), key: new Uint8Array(15) })).toThrow(
        code('bad-option'),
      );
      expect(() => b.setPeerKeys('a', [], [{ ssrc: 1, index: 2 ** 48 }])).toThrow(code('bad-option'));
    },
  );
});

it.each([true, false])(
  'a transport goes over to the other profile, with a peer who has none of it: worker %s',
  async (worker) => {
    const [a, b] = [await make(key('a1', 1), worker), await make(key('b1', 3, 12), worker)];
    a.addOutgoing({ id: 's', channel: 'data', ssrc: 1, formats });
    a.addDestination({ id: 'b', addresses: { data: { address: host, port: b.ports['data']! } } });
    b.addIncoming({ peer: 'a', id: 's', channel: 'data', ssrc: 1, formats });
    b.setPeerKeys('a', [key('a1', 1), key('a2', 5, 12)], []);
    for (const number of [1, 2, 3]) {
      const came = once(b, 'frame') as Promise<[IncomingFrame]>;
      a.send({ stream: 's', data: new Uint8Array(30_000).fill(number), capturedAt: systemClock.now() });
      expect((await came)[0].data).toEqual(new Uint8Array(30_000).fill(number));
      if (number === 1) a.setSendKey(key('a2', 5, 12));
      if (number === 2) a.setSendKey(key('a3', 7));
      if (number === 2) b.setPeerKeys('a', [key('a2', 5, 12), key('a3', 7)], []);
    }
    expect((await b.statistics()).drops).toEqual({});
  },
);

describe('without protection', () => {
  it('there are no keys to set', async () => {
    const transport = await openTransport({ channels, worker: false });
    open.push(transport);
    expect(() => transport.setSendKey(key('a', 1))).toThrow(code('not-protected'));
    expect(() => transport.setPeerKeys('a', [], [])).toThrow(code('not-protected'));
    expect(await transport.packetIndices()).toEqual([]);
  });

  it('what is protected is not understood, nor the other way around', async () => {
    const plain = await openTransport({ channels, worker: false });
    open.push(plain);
    const secured = await make(key('s', 7), false);
    secured.addIncoming({ peer: 'plain', id: 's', channel: 'data', ssrc: 1, formats });
    plain.addOutgoing({ id: 's', channel: 'data', ssrc: 1, formats });
    plain.addDestination({ id: 'x', addresses: { data: { address: host, port: secured.ports['data']! } } });
    plain.send({ stream: 's', data: new Uint8Array(100), capturedAt: systemClock.now() });
    const counted = async (): Promise<number> => (await secured.statistics()).drops['unknown-key'] ?? 0;
    // A sender report and the packet.
    while ((await counted()) < 2) await new Promise((resolve) => setImmediate(resolve));
    expect((await secured.statistics()).incoming[0]).toMatchObject({ packets: 0 });
  });
});
