import { micros, millis, percentile, seconds } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulatePair, SimulatedCall } from '../netsim/index.js';
import { deadlineRepair } from '../repair/deadline-repair.js';
import { noRepair } from '../repair/repair.js';
import { frameData, repairedCall, type RepairedCallOptions } from '../testing/repaired-call.js';
import { makeJpeg, anyScan } from '../testing/jpeg.js';
import { jpegFormat } from '../testing/pair.js';

describe('repair within a deadline that leaves time', () => {
  it('gives back every frame byte for byte, under any losses, order and duplication', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 0, max: 25 }),
        fc.constantFrom(1, 1, 3, 6),
        fc.nat(3),
        fc.nat(10),
        fc.constantFrom(1, 900, 20_000, 60_000),
        (seed, lossPercent, burst, jitter, duplicate, bytes) => {
          const loss = lossPercent / 100;
          const rest = {
            jitter: millis(jitter),
            duplicate: duplicate / 100,
            reorder: { share: duplicate / 200, delay: micros(700) },
          };
          // Bursts are of packets: where there are few, one may last for longer than the deadline.
          const bursts = burst > 1 && bytes > 1000;
          const call = repairedCall({
            seed,
            link: { ...rest, ...(bursts ? { burst: { loss, packets: burst } } : { loss }) },
            back: { ...rest, loss },
            deadline: millis(150),
            frames: 25,
            bytes,
          });
          expect(call.intact).toBe(true);
          // Nobody can know of frames before the first, and after the last, of which something came.
          const came = call.of('source').filter(({ arrives }) => arrives);
          const last = came.at(-1)!.frame!;
          // Nor are tiny ones asked for well before both know how often they come, and how long answers take.
          const first = came[0]!.frame! + (bytes < 1000 ? 10 : 0);
          expect(call.missing.filter((number) => number > first && number < last)).toEqual([]);
        },
      ),
      // Any losses are possible, also those that nothing helps against: so always the same ones.
      { numRuns: 60, seed: 1 },
    );
  });

  it('gives back JPEG frames, whose header has to come back as it was', () => {
    const { call, left, right } = simulatePair({
      seed: 4,
      there: { delay: millis(1), loss: 0.15 },
      stream: { formats: [jpegFormat] },
      incoming: { deadline: millis(60) },
    });
    const pictures = Array.from({ length: 20 }, (_, number) =>
      makeJpeg({ scan: anyScan(15_000, number), restartInterval: number }),
    );
    left.sendEvery(millis(33), 20, (number) => ({ stream: 'video', data: pictures[number]! }));
    call.run(seconds(2));
    const { repaired, givenUp } = right.endpoint.statistics(call.clock.now()).incoming[0]!;
    expect([right.frames.length, givenUp]).toEqual([20, 0]);
    expect(repaired.request + repaired.parity).toBeGreaterThan(10);
    // What was cut and joined without loss is the same.
    const clean = simulatePair({ stream: { formats: [jpegFormat] } });
    clean.left.sendEvery(millis(33), 20, (number) => ({ stream: 'video', data: pictures[number]! }));
    clean.call.run(seconds(2));
    const inOrder = [...right.frames].sort((one, other) => one.timestamp - other.timestamp);
    expect(inOrder.map(({ data }) => data)).toEqual(clean.right.frames.map(({ data }) => data));
  });

  const cell = (options: RepairedCallOptions) => repairedCall({ frames: 300, ...options });

  it('keeps to the targets at 2 ms and 33 ms: 1, 5, 10 and 20 %', () => {
    for (const [loss, bytes] of [
      [0, 0.5],
      [0.01, 1.5],
      [0.05, 6.5],
      [0.1, 13],
      [0.2, 28],
    ] as const) {
      const call = cell({ link: { loss }, seed: 2 });
      expect(call.missing).toEqual([]);
      // The targets are for a minute of twenty seeds: this is ten seconds of one.
      expect(call.overheadPct(1e6)).toBeLessThan(bytes * 1.1);
    }
  });

  it('delays few frames: at 10 % half of them by under 4 ms, all but one in a hundred by under 12', () => {
    const at = (share: number, latencies: number[]) =>
      percentile(
        latencies.sort((one, other) => one - other),
        share,
      )!;
    const [clean, lossy] = [0, 0.1].map((loss) => cell({ link: { loss } }).latencies);
    expect(at(0.5, lossy!) - at(0.5, clean!)).toBeLessThan(4000);
    expect(at(0.99, lossy!) - at(0.99, clean!)).toBeLessThan(12_000);
  });

  it('knows of a lost tail before the next frame begins', () => {
    const call = repairedCall({
      deadline: millis(20),
      frames: 40,
      isLost: (frame, packet) => frame >= 20 && packet >= 31,
    });
    expect(call.intact).toBe(true);
    expect(call.missing).toEqual([]);
    expect(Math.max(...call.latencies)).toBeLessThan(12_000);
  });

  it('knows of a wholly lost frame before the next one begins, by when it should have come', () => {
    const call = repairedCall({ frames: 40, isLost: (frame) => frame >= 20 && frame % 3 === 0 });
    expect(call.missing).toEqual([]);
    expect(Math.max(...call.latencies)).toBeLessThan(15_000);
  });

  it('knows of a wholly lost frame of a message stream without a cadence, when the next one comes', () => {
    const gaps = [50, 20, 90, 30, 70, 25, 60, 100, 45, 80];
    const lost: number[] = [];
    const { call, left, right } = simulatePair({ incoming: { deadline: millis(200) } });
    for (let number = 0, at = call.clock.now(); number < 58; number += 1) {
      at = micros(at + gaps[number % gaps.length]! * 1000);
      left.sendAt(at, { stream: 'video', data: frameData(number, 3000) });
      if (number % 7 === 3) {
        lost.push(number);
        call.clock.schedule(micros(at - 10), () => call.network.link('10.0.0.1', '10.0.0.2', { loss: 1 }));
        call.clock.schedule(micros(at + 9000), () =>
          call.network.link('10.0.0.1', '10.0.0.2', { delay: millis(1) }),
        );
      }
    }
    call.run(seconds(6));
    expect(lost.length).toBeGreaterThan(7);
    expect(right.frames.length).toBe(58);
    expect(right.endpoint.statistics(call.clock.now()).incoming[0]).toMatchObject({ givenUp: 0 });
  });

  it('restores a wholly lost frame of any number of packets', () => {
    for (const packets of [1, 2, 127, 128, 129, 254, 255, 300]) {
      const call = repairedCall({
        bytes: packets * 1100,
        frames: 20,
        deadline: millis(60),
        isLost: (frame) => frame === 12,
      });
      expect(call.missing).toEqual([]);
      expect(call.intact).toBe(true);
    }
  });

  it('restores large frames of several blocks', () => {
    for (const [bytes, frames] of [
      [300_000, 12],
      [2_000_000, 4],
    ] as const) {
      const call = repairedCall({
        bytes,
        frames,
        interval: millis(250),
        deadline: millis(100),
        link: { loss: 0.05 },
      });
      expect(call.missing).toEqual([]);
      expect(call.intact).toBe(true);
    }
  });

  it('restores a frame of more packets than one request can tell of', () => {
    const call = repairedCall({
      bytes: 1_200_000,
      frames: 2,
      interval: millis(500),
      deadline: millis(400),
      link: { loss: 0.02 },
      // 4,800 packets.
      left: { endpoint: { mtu: 288 } },
    });
    expect(call.missing).toEqual([]);
    expect(call.intact).toBe(true);
  });

  it('lets a frame take longer than its deadline to come, as long as it comes', () => {
    const { call, left, right } = simulatePair({
      there: { delay: millis(1), rate: 100e6, queue: 4_000_000 },
      incoming: { deadline: millis(50) },
    });
    left.sendEvery(millis(400), 3, (number) => ({ stream: 'video', data: frameData(number, 2_000_000) }));
    call.run(seconds(3));
    expect(right.frames.length).toBe(3);
  });
});

describe('repair without time to ask', () => {
  it('lives on parity that follows losses, and asks for nothing', () => {
    const call = repairedCall({ roundTrip: millis(40), link: { loss: 0.1 }, frames: 600, seed: 5 });
    const late = call.missing.filter((number) => number > 30);
    expect(late.length).toBeLessThan(6);
    expect(call.overheadPct()).toBeLessThan(35);
    // Once the round trip is known.
    expect(call.requests.filter(({ at }) => at - call.ran.readyAt[0]! > 300_000)).toEqual([]);
    expect(call.incoming.repaired.request).toBeLessThan(10);
    expect(call.incoming.repaired.parity).toBeGreaterThan(1500);
  });

  it('sends none on a clean link', () => {
    const call = repairedCall({ roundTrip: millis(40), frames: 300 });
    expect(call.of('repair').filter(({ at }) => at - call.ran.readyAt[0]! > 600_000)).toEqual([]);
  });
});

describe('listeners', () => {
  it('with different losses each get what they need, and no more', () => {
    const call = new SimulatedCall({ seed: 3 });
    const names = ['clean', 'lossy', 'far'];
    let toFar = 0;
    const sender = call.add('sender', {
      onDatagram: ({ destination, priority }) => {
        if (destination === 'far' && priority === 'repair') toFar += 1;
      },
    });
    const all = names.map((name) => call.add(name));
    const [clean, lossy, far] = all;
    call.connect(sender, clean!, { delay: millis(1) });
    call.connect(sender, lossy!, { delay: millis(1), loss: 0.15 });
    call.connect(sender, far!, { delay: millis(20), loss: 0.05 });
    const stream = { id: 'video', channel: 'video', ssrc: 7, formats: [{ format: 'generic' as const, payloadType: 96, clockRate: 90_000 }] }; // prettier-ignore
    call.stream(sender, all, stream, { deadline: millis(33) });
    sender.sendEvery(micros(33_333), 300, (number) => ({ stream: 'video', data: frameData(number, 40_000) }));
    call.run(seconds(10));
    const counts = all.map(({ endpoint }) => endpoint.statistics(call.clock.now()).incoming[0]!);
    expect(counts.map(({ frames }) => frames)).toEqual([300, 300, expect.any(Number)]);
    expect(counts[2]!.frames).toBeGreaterThan(295);
    expect(counts[0]).toMatchObject({ repaired: { parity: 0, request: 0 } });
    expect(counts[0]!.requests).toBeLessThan(3);
    expect(counts[1]!.repaired.request).toBeGreaterThan(1000);
    expect(counts[2]!.repaired.parity).toBeGreaterThan(300);
    const { destinations } = sender.endpoint.statistics(call.clock.now()).outgoing[0]!;
    const bytes = destinations.map(({ repair }) => repair!.bytes / (300 * 40_000));
    expect(bytes[0]).toBeLessThan(0.01);
    expect(bytes[1]).toBeGreaterThan(0.12);
    expect(toFar).toBe(destinations[2]!.repair!.parity + destinations[2]!.repair!.answers);
  });

  it('that take no repair get none, whatever they ask for', () => {
    const { call, left, right } = simulatePair({
      there: { delay: millis(1), loss: 0.1 },
      incoming: { deadline: millis(33) },
      left: {
        onDatagram: ({ priority }) => expect(priority).not.toBe('repair'),
      },
    });
    const to = { id: 'right', addresses: right.addresses, repair: false };
    left.do((endpoint, now) => endpoint.addDestination(to, now));
    left.sendEvery(millis(33), 60, (number) => ({ stream: 'video', data: frameData(number, 40_000) }));
    call.run(seconds(3));
    const { frames, givenUp, requests } = right.endpoint.statistics(call.clock.now()).incoming[0]!;
    expect(requests).toBeGreaterThan(50);
    expect(frames + givenUp).toBeGreaterThan(55);
    expect(frames).toBeLessThan(10);
  });
});

describe('repair in general', () => {
  it('is fixed parity and no request where it is made so', () => {
    const endpoint = { repair: deadlineRepair({ parity: 0.2, requests: 'none' }) };
    const call = repairedCall({ link: { loss: 0.03 }, left: { endpoint }, right: { endpoint }, frames: 100 });
    expect(call.requests).toEqual([]);
    expect(call.of('repair').length / call.of('source').length).toBeCloseTo(0.2, 1);
    expect(call.incoming.repaired.parity).toBeGreaterThan(50);
  });

  it('of one side does not disturb another that has none', () => {
    const call = repairedCall({
      link: { loss: 0.05 },
      right: { endpoint: { repair: noRepair } },
      frames: 100,
    });
    expect(call.intact).toBe(true);
    expect(call.ran.arrived.length).toBeGreaterThan(10);
    const other = repairedCall({
      link: { loss: 0.05 },
      left: { endpoint: { repair: noRepair } },
      frames: 100,
    });
    expect(other.intact).toBe(true);
    // Requests that nobody answers stay few.
    expect(other.requests.length).toBeLessThan(100 * 48);
  });

  it('leaves a stream alone that has the payload type of repair packets itself', () => {
    const call = repairedCall({
      frames: 30,
      stream: { formats: [{ format: 'generic', payloadType: 127, clockRate: 90_000 }] },
    });
    expect(call.ran.arrived.length).toBe(30);
  });

  it('goes on when a repair packet claims to be far ahead', () => {
    let forged = 0;
    const { call, left, right } = simulatePair({
      seed: 6,
      there: { delay: millis(1), loss: 0.1 },
      incoming: { deadline: millis(33) },
      onTransmit: ({ data, to, from }) => {
        if ((data[1]! & 127) !== 127 || forged >= 3) return;
        // A copy whose timestamp, or first sequence number, is far ahead.
        forged += 1;
        const copy = Uint8Array.from(data);
        if (forged === 1) copy[4]! ^= 0x40;
        else copy[16]! ^= 0x60;
        call.clock.schedule(micros(call.clock.now() + 1), () =>
          right.do((endpoint, now) => endpoint.receive({ channel: 'video', data: copy, from }, now)),
        );
        expect(to.address).toBe(right.address);
      },
    });
    left.sendEvery(micros(33_333), 300, (number) => ({ stream: 'video', data: frameData(number, 40_000) }));
    call.run(seconds(11));
    const { frames, givenUp } = right.endpoint.statistics(call.clock.now()).incoming[0]!;
    expect(forged).toBe(3);
    expect(frames).toBeGreaterThanOrEqual(298);
    expect(givenUp).toBeLessThanOrEqual(2);
  });
});
