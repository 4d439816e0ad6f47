import { micros, millis, seconds } from '@hellohaybye/core';
import { seededRandom, VirtualClock } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { SimulatedNetwork, type Datagram } from './network.js';

function makeNetwork() {
  const clock = new VirtualClock(micros(0));
  const network = new SimulatedNetwork({ clock, random: seededRandom(1) });
  const arrived: (Datagram & { host: string; now: number })[] = [];
  for (const host of ['10.0.0.1', '10.0.0.2']) {
    network.addHost(host, (datagram, now) => arrived.push({ ...datagram, host, now }));
  }
  return { clock, network, arrived };
}
const one = { address: '10.0.0.1', port: 1000 };
const other = { address: '10.0.0.2', port: 2000 };

describe('a simulated network', () => {
  it('delivers on the clock, with both addresses, each direction over its own link', () => {
    const { clock, network, arrived } = makeNetwork();
    network.link(one.address, other.address, { delay: millis(2) });
    network.link(other.address, one.address, { delay: millis(7) });
    network.send(one, other, Uint8Array.of(1));
    network.send(other, one, Uint8Array.of(2));
    expect(arrived).toEqual([]);
    clock.advance(millis(10));
    expect(arrived).toEqual([
      { host: other.address, from: one, to: other, data: Uint8Array.of(1), now: 2000 },
      { host: one.address, from: other, to: one, data: Uint8Array.of(2), now: 7000 },
    ]);
  });

  it('hands each receiver memory of its own, as it was when it was sent', () => {
    const { clock, network, arrived } = makeNetwork();
    network.link(one.address, other.address, { duplicate: 1 });
    const data = Uint8Array.of(1, 2);
    network.send(one, other, data);
    data.fill(9);
    clock.advance(millis(1));
    expect(arrived.map((datagram) => [...datagram.data])).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(arrived[0]!.data.buffer).not.toBe(arrived[1]!.data.buffer);
  });

  it('counts what is sent where no link leads, and forgets what arrives where nobody is', () => {
    const { clock, network, arrived } = makeNetwork();
    network.send(one, other, Uint8Array.of(1));
    expect(network.unreachable).toBe(1);
    const link = network.link(one.address, other.address, { delay: millis(1) });
    network.send(one, other, Uint8Array.of(2));
    network.removeHost(other.address);
    clock.advance(millis(5));
    expect(arrived).toEqual([]);
    expect(link.statistics.delivered).toBe(1);
  });

  it('both directions of one radio stall at the same times; links made one by one do not', () => {
    const stalls = { every: seconds(1), length: [millis(20), millis(200)] } as const;
    const { clock, network, arrived } = makeNetwork();
    const receivedIn = (host: string) => arrived.filter((one) => one.host === host).map(({ now }) => now);
    const sendBoth = () => {
      arrived.length = 0;
      for (let number = 0; number < 5000; number += 1) {
        network.send(one, other, Uint8Array.of(1));
        network.send(other, one, Uint8Array.of(2));
        clock.advance(millis(1));
      }
      return [receivedIn(one.address), receivedIn(other.address)];
    };
    network.connect(one.address, other.address, { stalls });
    const [back, there] = sendBoth();
    expect(there).toEqual(back);
    expect(new Set(there).size).toBeLessThan(4999);
    network.link(one.address, other.address, { stalls });
    network.link(other.address, one.address, { stalls });
    const [otherBack, otherThere] = sendBoth();
    expect(otherThere).not.toEqual(otherBack);
  });

  it('refuses two hosts of one address', () => {
    const { network } = makeNetwork();
    expect(() => network.addHost(one.address, () => undefined)).toThrow(
      expect.objectContaining({ code: 'address-in-use' }),
    );
  });
});
