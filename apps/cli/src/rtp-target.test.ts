import { describe, expect, it } from 'vitest';
import { checkStays, rtpTarget } from './rtp-target.js';

describe('rtpTarget', () => {
  it('reads a host with and without a port', async () => {
    expect(await rtpTarget('--rtp', '127.0.0.1:6000')).toEqual({ address: '127.0.0.1', port: 6000 });
    expect(await rtpTarget('--rtp', 'localhost')).toEqual({ address: '127.0.0.1', port: 5004 });
  });

  // The last ports that are taken are those for sound, two on, and its RTCP.
  it.each(['', ':5004', '127.0.0.1:', '127.0.0.1:0', '127.0.0.1:65533', '127.0.0.1:5004:1', 'x:y'])(
    'refuses %j',
    async (target) => {
      await expect(rtpTarget('--rtp', target)).rejects.toMatchObject({ code: 'bad-address' });
    },
  );

  it('takes the last ports that there are', async () => {
    expect(await rtpTarget('--rtp', '127.0.0.1:65532')).toMatchObject({ port: 65532 });
  });
});

describe('checkStays', () => {
  it.each(['127.0.0.1', '127.8.9.10'])('lets %s pass', (address) => {
    checkStays('--rtp', { address, port: 5004 });
  });

  it.each(['192.168.1.20', '0.0.0.0', '224.0.0.1', '128.0.0.1'])('refuses %s', (address) => {
    expect(() => checkStays('--rtp', { address, port: 5004 })).toThrow(
      expect.objectContaining({ code: 'leaves-machine' }),
    );
  });
});
