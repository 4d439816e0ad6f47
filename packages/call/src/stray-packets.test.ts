import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { micros, seconds } from '@hellohaybye/core';
import { openTransport } from '@hellohaybye/transport/node';
import { expect, it } from 'vitest';
import type { Notice } from './options.js';
import { StrayPackets, watchStrayPackets } from './stray-packets.js';

const at = (time: number) => micros(seconds(time));

it('are told at once, then every ten seconds at most, and none is told twice or left out', () => {
  const strays = new StrayPackets();
  expect(strays.take({ replayed: 9 }, at(0))).toBe(0);
  expect(strays.take({ 'unknown-key': 2, unencrypted: 1 }, at(1))).toBe(3);
  expect(strays.take({ 'unknown-key': 5, unencrypted: 1 }, at(2))).toBe(0);
  expect(strays.take({ 'unknown-key': 90, unencrypted: 4 }, at(10.9))).toBe(0);
  expect(strays.take({ 'unknown-key': 90, unencrypted: 4 }, at(11))).toBe(91);
  expect(strays.take({ 'unknown-key': 90, unencrypted: 4 }, at(60))).toBe(0);
  expect(strays.take({ 'unknown-key': 91, unencrypted: 4 }, at(61))).toBe(1);
});

it('are told of a call to which somebody sends plain RTP', async () => {
  const transport = await openTransport({
    channels: { video: { host: '127.0.0.1', port: 0 } },
    protection: {
      key: {
        ...{ id: 'ours', profile: 'AES_CM_128_HMAC_SHA1_80' },
        ...{ key: new Uint8Array(16), salt: new Uint8Array(14) },
      },
    },
  });
  const socket = createSocket('udp4');
  try {
    const told = new Promise<Notice>((resolve) => {
      const watching = watchStrayPackets(transport, (notice) => {
        watching.close();
        resolve(notice);
      });
    });
    const packet = new Uint8Array(200);
    packet.set([0x80, 26, 0, 1]);
    for (let count = 0; count < 3; count += 1) {
      socket.send(packet, transport.ports['video']!, '127.0.0.1');
    }
    expect(await told).toMatchObject({
      code: 'unprotected',
      message: expect.stringMatching(/^[1-3] packets? without protection, .*, thrown away$/) as string,
    });
  } finally {
    socket.close();
    await once(socket, 'close');
    await transport.close();
  }
});
