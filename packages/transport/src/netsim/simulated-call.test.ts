import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import type { OutgoingDatagram } from '../endpoint/types.js';
import { NoPacing, type Pacer } from '../pace/pacer.js';
import { IP_UDP_HEADER_BYTES } from './link-options.js';
import { SimulatedCall, simulatePair } from './simulated-call.js';

const frame = (number: number) => ({ stream: 'video', data: new Uint8Array(5000).fill(number) });
const stream = (ssrc: number) => ({
  id: 'video',
  channel: 'video',
  ssrc,
  formats: [{ format: 'generic' as const, payloadType: 96, clockRate: 90_000 }],
});

describe('a simulated call', () => {
  it('of two: frames come when the link says, with their capture instants', () => {
    const { call, left, right, links } = simulatePair({ there: { delay: millis(3) } });
    left.sendEvery(millis(33), 10, frame);
    call.run(seconds(1));
    expect(right.frames.map(({ data }) => data[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // To a tick of the RTP clock, 11 microseconds, in which reports tell the capture instant.
    for (const { arrivedAt, capturedAt } of right.frames)
      expect(Math.abs(arrivedAt - capturedAt! - 3000)).toBeLessThan(12);
    expect(links.there.statistics.packets).toBe(left.sent.datagrams);
  });

  it('counts what is sent at IP level', () => {
    let bytes = 0;
    const { call, left } = simulatePair({
      left: { onDatagram: ({ data }) => (bytes += data.length + IP_UDP_HEADER_BYTES) },
    });
    left.sendAt(micros(call.clock.now() + 5000), () => frame(1));
    call.run(seconds(5));
    expect(left.sent.bytes).toBe(bytes);
    expect(bytes).toBeGreaterThan(5000 + 5 * (12 + IP_UDP_HEADER_BYTES));
  });

  it('of four: each hears the others, over links of their own', () => {
    const call = new SimulatedCall({ seed: 5 });
    const all = ['anna', 'ben', 'cleo', 'dan'].map((name) => call.add(name));
    for (const [index, one] of all.entries()) {
      for (const other of all.slice(index + 1)) call.connect(one, other, { delay: millis(index + 1) });
    }
    for (const [index, from] of all.entries()) {
      call.stream(from, all.filter((other) => other !== from), stream(index)); // prettier-ignore
      from.sendEvery(millis(40), 5, () => frame(index));
    }
    call.run(seconds(1));
    for (const { name, frames } of all) {
      const others = all.filter((other) => other.name !== name);
      for (const other of others) expect(frames.filter(({ peer }) => peer === other.name).length).toBe(5);
    }
  });

  it('a participant who vanishes says nothing more, and is missed', () => {
    const { call, left, right } = simulatePair();
    left.sendEvery(millis(33), 10, frame);
    call.run(millis(100));
    left.vanish();
    call.run(seconds(10));
    expect(right.frames.length).toBe(4);
    expect(right.events.map(({ type }) => type)).toEqual(['source', 'timeout']);
  });

  it('gives the same run for the same seed, and another for another', () => {
    const run = (seed: number) => {
      const seen: string[] = [];
      const { call, left } = simulatePair({
        seed,
        there: { delay: millis(2), jitter: millis(3), loss: 0.1 },
        onTransmit: ({ data }, deliveries, now) =>
          seen.push(`${now} ${data.join()} ${deliveries.map(({ at }) => at).join()}`),
      });
      left.sendEvery(millis(33), 30, frame);
      call.run(seconds(5));
      return seen.join('\n');
    };
    expect(run(7)).toBe(run(7));
    expect(run(7)).not.toBe(run(8));
  });

  it('ticks an endpoint when it is due, also when that comes before what it waited for', () => {
    const queue = new NoPacing();
    let release: Micros | undefined;
    const paced = Object.assign(new NoPacing(), {
      push: (datagram: OutgoingDatagram, now: Micros) => {
        release ??= micros(now + 5000);
        return queue.push(datagram);
      },
      pop: (now: Micros) => {
        if (release === undefined || now < release) return undefined;
        const datagram = queue.pop();
        if (!datagram) release = undefined;
        return datagram;
      },
      nextDeadline: () => release,
    });
    const { call, left, right } = simulatePair({ left: { endpoint: { pacer: paced as Pacer } } });
    call.run(millis(10));
    left.sendEvery(millis(33), 3, frame);
    call.run(seconds(1));
    const begun = call.clock.now() - 1_000_000;
    expect(right.frames.map(({ arrivedAt }) => arrivedAt - begun)).toEqual([6000, 39_000, 72_000]);
  });

  it('says so when an endpoint stays due for ever', () => {
    const pacer = Object.assign(new NoPacing(), { nextDeadline: () => micros(0) });
    const { call } = simulatePair({ left: { endpoint: { pacer } } });
    expect(() => call.run(seconds(1))).toThrow(expect.objectContaining({ code: 'deadline-stuck' }));
  });

  it('refuses two of one name', () => {
    const call = new SimulatedCall();
    call.add('anna');
    expect(() => call.add('anna')).toThrow(expect.objectContaining({ code: 'name-in-use' }));
  });
});
