import { millis, seconds } from '@hellohaybye/core';
import { describe as group, expect, it } from 'vitest';
import { presets } from '../presets.js';
import { describe } from './describe.js';
import { relayArguments } from './relay-arguments.js';

const route = ['--listen', '6001', '--to', '127.0.0.1:5001'];
const parse = (...args: string[]) => relayArguments([...route, ...args]);

group('relay arguments', () => {
  it('where: ports, addresses, several', () => {
    const args = ['--listen', '[::1]:6002', '--to', 'example:5002', '--via', '7001', '--via', '7002'];
    expect(parse(...args).routes).toEqual([
      { listen: { host: undefined, port: 6001 }, to: { host: '127.0.0.1', port: 5001 }, via: 7001 },
      { listen: { host: '::1', port: 6002 }, to: { host: 'example', port: 5002 }, via: 7002 },
    ]);
  });

  it('nothing else: two perfect wires, seed 1', () => {
    expect(parse()).toMatchObject({ up: {}, down: {}, seed: 1, json: false, help: false });
    expect(parse()).not.toHaveProperty('duration');
  });

  it('every model', () => {
    const { up, down } = parse(
      ...['--delay', '5ms', '--jitter', '200us', '--loss', '10%', '--burst', '5', '--stall', '20ms-200ms/1s'],
      ...['--reorder', '1%/3ms', '--duplicate', '0.02', '--corrupt', '3%', '--rate', '20mbit'],
      ...['--queue', '32kB', '--cross', '15mbit/1s/2s-3s', '--mtu', '1420'],
    );
    expect(up).toEqual({
      delay: 5000,
      jitter: 200,
      loss: 0,
      burst: { loss: 0.1, packets: 5 },
      stalls: { length: [millis(20), millis(200)], every: seconds(1) },
      reorder: { share: 0.01, delay: 3000 },
      duplicate: 0.02,
      corrupt: 0.03,
      rate: 20e6,
      queue: 32_000,
      crossTraffic: { rate: 15e6, on: seconds(1), off: [seconds(2), seconds(3)] },
      mtu: 1420,
    });
    expect(down).toEqual(up);
    expect(describe(up)).toBe(
      'delay 5 ms, jitter 0.2 ms, loss 10 % in bursts of 5, stalls of 20 to 200 ms every 1000 ms, ' +
        '1 % late by 3 ms, 2 % twice, 3 % corrupted, 20 Mbit/s with a queue of 32 kB, ' +
        '15 Mbit/s of others now and then, mtu 1420',
    );
    expect(describe({})).toBe('a perfect wire');
  });

  it('a burst with a unit is in time', () => {
    expect(parse('--loss', '2%', '--burst', '5ms').up.burst).toEqual({ loss: 0.02, duration: 5000 });
  });

  it('two values are for up and down, and one direction can be spared', () => {
    const args = ['--delay', '1ms,2ms', '--loss', '10%,0', '--mtu', '1400'];
    expect(parse(...args)).toMatchObject({
      up: { delay: 1000, loss: 0.1, mtu: 1400 },
      down: { delay: 2000, loss: 0, mtu: 1400 },
    });
    expect(parse(...args, '--up-only')).toMatchObject({ up: { delay: 1000 }, down: {} });
    expect(parse(...args, '--down-only').up).toEqual({});
  });

  it('a preset, and what changes it', () => {
    expect(parse('--preset', 'wifi-bad,vpn')).toMatchObject({ up: presets['wifi-bad'], down: presets.vpn });
    const { burst: _, ...rest } = presets['wifi-bad'];
    expect(parse('--loss', '5%', '--preset', 'wifi-bad').up).toEqual({ ...rest, loss: 0.05 });
  });

  it('how long, with or without a unit; help asks for nothing else', () => {
    expect(parse('--duration', '1.5').duration).toBe(1_500_000);
    expect(parse('--duration', '200ms').duration).toBe(200_000);
    expect(relayArguments(['--help']).help).toBe(true);
  });

  it.each([
    [[], /--listen 6001 --to 127.0.0.1:5001/],
    [['--listen', '1'], /Each --listen needs a --to: there are 1 and 0/],
    [[...route, '--via', '1', '--via', '2'], /more --via/],
    [['--listen', '70000', '--to', '1'], /--listen "70000" is not a port/],
    [['--listen', '::1', '--to', '1'], /--listen "::1" is not a port/],
    [[...route, 'wifi'], /Unexpected argument 'wifi'/],
    [[...route, '--los', '1%'], /Unknown option '--los'/],
    [[...route, '--loss'], /--loss/],
    [[...route, '--loss', '10'], /--loss "10" is not a share such as 10% or 0.1/],
    [[...route, '--loss', ''], /--loss "" is not a share/],
    [[...route, '--loss', '1%,2%,3%'], /--loss "1%,2%,3%" is not one value, or two/],
    [[...route, '--burst', '5'], /--burst needs a --loss/],
    [[...route, '--loss', '90%', '--burst', '5'], /bursts of 5 packets/],
    [[...route, '--delay', '5'], /--delay "5" is not a time such as 5ms/],
    [[...route, '--delay', '1.2.3ms'], /--delay "1.2.3ms" is not a time/],
    [[...route, '--stall', '50ms'], /--stall "50ms" is not a length and an interval/],
    [[...route, '--stall', '2s/1s'], /stalls.length has to be less/],
    [
      [...route, '--stall', '5ms-6ms-7ms/1s'],
      /--stall "5ms-6ms-7ms" is not a time such as 5ms, or 20ms-200ms/,
    ],
    [[...route, '--rate', '20'], /--rate "20" is not a rate such as 20mbit/],
    [[...route, '--queue', '0'], /--queue "0" is not a number of bytes/],
    [[...route, '--preset', 'wifi'], /--preset "wifi" is not one of ethernet, wifi-good/],
    [[...route, '--seed', 'x'], /--seed "x" is not a whole number/],
    [[...route, '--duration', '0'], /--duration "0" is not a time above 0/],
    [[...route, '--up-only', '--down-only'], /exclude each other/],
  ])('%j: one line that says what is wrong', (args, message) => {
    expect(() => relayArguments(args)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) as string }),
    );
    expect(() => relayArguments(args)).not.toThrow(/\n/);
  });
});
