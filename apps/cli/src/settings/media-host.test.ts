import { networkInterfaces } from 'node:os';
import { HhbError } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { checkMediaHost, hostOf, mediaHostSchema } from './media-host.js';

/** An interface of this machine that has a link-local address, if it has one. */
const own = Object.entries(networkInterfaces())
  .flatMap(([name, list = []]) => list.map((one) => ({ ...one, name })))
  .find((one) => (one.scopeid ?? 0) > 0);
const zone = process.platform === 'win32' ? String(own?.scopeid) : own?.name;

describe('an address that is given', () => {
  it.each([
    ['192.168.1.10', '192.168.1.10'],
    ['::1', '::1'],
    ['FD00:0:0::5', 'fd00::5'],
    ['FE80:0::1%Wi-Fi', 'fe80::1%Wi-Fi'],
    ['fe80::1%12', 'fe80::1%12'],
  ])('%s is %s', (text, address) => expect(mediaHostSchema.parse(text)).toBe(address));

  it.each([
    ['example', 'must be an IP address of this machine'],
    ['', 'must be an IP address of this machine'],
    ['192.168.1', 'must be an IP address of this machine'],
    ['fe80::1%', 'must be an IP address of this machine'],
    ['[fd00::1]', 'must be an IP address of this machine'],
    ['192.168.1.10%eth0', 'must have no zone: IPv4 knows none'],
    ['fd00::1%eth0', 'must have no zone: only fe80:: addresses have one'],
    ['fe80::1', 'must have its zone, the network that it is in, such as fe80::1%eth0'],
    ['::ffff:192.168.1.10', 'must be an IPv4 address as such, or one of IPv6'],
  ])('"%s" %s', (text, message) => {
    const { success, error } = mediaHostSchema.safeParse(text);
    expect([success, error?.issues.map((issue) => issue.message)]).toEqual([false, [message]]);
  });
});

describe('checkMediaHost', () => {
  it('lets through what this machine has', () => {
    for (const address of [undefined, '127.0.0.1', '127.0.0.2']) checkMediaHost(address);
    if (own) checkMediaHost(`${own.address}%${zone}`);
  });

  it.each(['192.0.2.1', '2001:db8::1', 'fe80::1%nowhere'])(
    'refuses %s, and tells what there is',
    (address) => {
      try {
        checkMediaHost(address);
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({
          ...{ code: 'bad-settings', message: `--media-host: this machine has no address ${address}` },
          hint: expect.stringMatching(/^It has .*127\.0\.0\.1/) as string,
        });
        expect(error).toBeInstanceOf(HhbError);
      }
    },
  );
});

it('hostOf makes a host of it that can stand in a URL', () => {
  expect(hostOf('192.0.2.1')).toBe('192.0.2.1');
  expect(hostOf('fd00::1')).toBe('fd00::1');
  if (own) expect(URL.canParse(`ws://${hostOf(`${own.address}%${zone}`)}:5000`)).toBe(true);
});
