import { micros, millis, seconds, uniform, type Micros } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { presets, simulatePair, type LinkOptions } from '../netsim/index.js';
import { frameData, repairedCall } from '../testing/repaired-call.js';

/** Sends frames at instants, in milliseconds, over a link that loses nothing. */
function steadily(instants: readonly number[], link: LinkOptions = { delay: millis(1) }, bytes = 10_000) {
  const { call, left, right } = simulatePair({ there: link, incoming: { deadline: millis(50) } });
  const start = call.clock.now();
  for (const [number, at] of instants.entries())
    left.sendAt(micros(start + at * 1000), { stream: 'video', data: frameData(number, bytes) });
  // Not beyond the last frame: those that might follow would be asked for.
  call.run(micros(instants.at(-1)! * 1000 + 20_000));
  return {
    incoming: right.endpoint.statistics(call.clock.now()).incoming[0]!,
    requestBytes: right.sent.bytes / left.sent.bytes,
  };
}

const every = (interval: number, frames: number, from = 0): number[] =>
  Array.from({ length: frames }, (_, number) => from + number * interval);

describe('without losses, next to nothing is asked for and no frame is counted as given up', () => {
  const random = seededRandom(1);
  it.each([
    ['at 30 a second', every(33.333, 300)],
    ['at 250 a second', every(4, 500)],
    ['at 4 a second', every(250, 60)],
    ['that come at any time', every(1, 200).map((_, number) => number * 50 + uniform(random) * 40)],
    ['whose source stutters', every(33.333, 300).map((at) => at + uniform(random) * 8)],
    ['of which a camera leaves out every tenth', every(33.333, 300).filter((_, number) => number % 10 !== 9)],
    ['that come half as often after a while', [...every(16.667, 200), ...every(33.333, 200, 3334)]],
    ['that come more often after a while', [...every(33.333, 200), ...every(10, 200, 6667)]],
    ['after pauses', [...every(33.333, 50), ...every(33.333, 50, 5000), ...every(33.333, 50, 9000)]],
  ])('frames %s', (_, instants) => {
    const { incoming, requestBytes } = steadily(instants);
    expect(incoming).toMatchObject({ frames: instants.length, givenUp: 0, late: 0, lost: 0 });
    expect(incoming.repaired.request).toBe(0);
    expect(requestBytes).toBeLessThan(0.01);
  });

  it.each([
    ['jitter of 5 ms', { jitter: millis(5) }],
    ['jitter of 15 ms', { jitter: millis(15) }],
    ['reordering of a few packets', { reorder: { share: 0.01, delay: micros(600) } }],
    ['reordering of many', { reorder: { share: 0.2, delay: micros(600) } }],
    ['duplicates', { duplicate: 0.3 }],
    ['gigabit Ethernet', presets.ethernet],
  ])('%s', (_, link) => {
    const { incoming, requestBytes } = steadily(every(33.333, 300), { delay: millis(1), ...link }, 40_000);
    expect(incoming).toMatchObject({ frames: 300, givenUp: 0, lost: 0 });
    expect(requestBytes).toBeLessThan(0.005);
    // In ten seconds, with what is sent along while nothing is known yet.
    expect(incoming.overheadPct).toBeLessThan(1);
  });

  it('a stall of 50 ms each second costs no more than 2 % of bytes', () => {
    for (const [roundTrip, deadline] of [
      [millis(2), millis(33)],
      [millis(2), millis(10)],
      [millis(20), millis(66)],
      [millis(40), millis(33)],
    ] as const) {
      const stalls = { every: seconds(1), length: millis(50) };
      const call = repairedCall({ roundTrip, deadline, frames: 300, link: { stalls }, seed: 3 });
      expect(call.overheadPct(1e6)).toBeLessThan(2);
      expect(call.intact).toBe(true);
    }
  });

  it('a stream that ends is asked for a few times, and then no more', () => {
    const { call, left, right } = simulatePair({ incoming: { deadline: millis(33) } });
    left.sendEvery(millis(33), 100, (number) => ({ stream: 'video', data: frameData(number, 5000) }));
    call.run(seconds(5));
    const { requests } = right.endpoint.statistics(call.clock.now()).incoming[0]!;
    expect(requests).toBeLessThan(3 * 16);
    call.run(seconds(60));
    expect(right.endpoint.statistics(call.clock.now()).incoming[0]!.requests).toBe(requests);
  });
});

describe('requests', () => {
  it('are not sent when no answer could come in time, nor are answers', () => {
    for (const [roundTrip, deadline] of [
      [millis(2), millis(33)],
      [millis(20), millis(33)],
      [millis(20), millis(66)],
    ] as const) {
      const call = repairedCall({ roundTrip, deadline, link: { loss: 0.2 }, frames: 200, seed: 9 });
      const { due } = call;
      const frames = new Map(
        call.of('source').map(({ data, frame }) => [(data[2]! << 8) | data[3]!, frame!] as const),
      );
      let asked = 0;
      for (const { feedback, at, frame, kind } of call.ran.sent) {
        if (kind === 'repair' && frame !== undefined)
          expect(at + roundTrip / 2).toBeLessThan(due[frame]! + 1000);
        if (!feedback?.asks) continue;
        asked += 1;
        // What is left is told, and is more than a round trip.
        expect(feedback.timeLeft).toBeGreaterThan(roundTrip - 50);
        if (feedback.absent) continue;
        const frameDue = due[frames.get(feedback.sequenceNumber)!]!;
        // It is never told to be more than it is, but for what pacing may add.
        expect(at + roundTrip).toBeLessThanOrEqual(frameDue + 1000);
        expect(at + feedback.timeLeft).toBeLessThanOrEqual(frameDue + 1000);
      }
      expect(asked).toBeGreaterThan(100);
    }
  });

  it('are at most 48 for one frame, and 16 for one of which nothing was seen', () => {
    // The first packets of frame 30 come through, then nothing there any more; requests go through.
    const { call, left, right } = simulatePair({ incoming: { deadline: seconds(1) } });
    left.sendEvery(micros(33_333), 60, (number) => ({ stream: 'video', data: frameData(number, 20_000) }));
    call.run(micros(30 * 33_333 - 100));
    const before = right.endpoint.statistics(call.clock.now()).incoming[0]!.requests;
    let packets = 0;
    const send = call.network.send.bind(call.network);
    call.network.send = (from, to, data) => {
      if (from.address === left.address && (data[1]! < 192 || data[1]! > 223) && ++packets > 5) return;
      send(from, to, data);
    };
    call.run(seconds(5));
    const { requests } = right.endpoint.statistics(call.clock.now()).incoming[0]!;
    // The frame itself, and the three after it that are waited for.
    expect(requests - before).toBeLessThanOrEqual(48 + 3 * 16);
    expect(requests - before).toBeGreaterThan(40);
  });

  it('go on through all the time that is left', () => {
    const times: Micros[] = [];
    const { call, left, right } = simulatePair({
      incoming: { deadline: millis(400) },
      right: { onDatagram: ({ data }, now) => void (data[1] === 206 && times.push(now)) },
    });
    left.sendEvery(micros(33_333), 31, (number) => ({ stream: 'video', data: frameData(number, 20_000) }));
    call.run(micros(30 * 33_333 - 100));
    const end = call.clock.now();
    let packets = 0;
    const send = call.network.send.bind(call.network);
    call.network.send = (from, to, data) => {
      if (from.address === left.address && (data[1]! < 192 || data[1]! > 223) && ++packets > 5) return;
      send(from, to, data);
    };
    call.run(seconds(2));
    expect(Math.max(...times) - end).toBeGreaterThan(350_000);
    expect(right.endpoint.statistics(call.clock.now()).incoming[0]).toMatchObject({ givenUp: 1 });
  });
});

describe('statistics of repair', () => {
  it.each([
    [millis(2), 0.1],
    [millis(40), 0.05],
    [millis(20), 0.2],
  ])('at a round trip of %i us agree with what a network lost %d of', (roundTrip, loss) => {
    const call = repairedCall({ roundTrip, deadline: millis(40), link: { loss }, frames: 300, seed: 4 });
    const { incoming, listener } = call;
    const source = call.of('source');
    const lost = source.filter(({ arrives }) => !arrives).length;
    // Lost before the first one that came, or after the last one, is not known of.
    expect(Math.abs(incoming.lost - lost)).toBeLessThan(40);
    expect(incoming.lossBefore).toBeCloseTo(lost / source.length, 2);
    const repaired = incoming.repaired.parity + incoming.repaired.request;
    expect(incoming.lossAfter).toBeCloseTo((incoming.lost - repaired) / source.length, 3);
    expect(incoming.frames + incoming.givenUp).toBeGreaterThanOrEqual(299);
    expect(incoming.frames).toBe(call.ran.arrived.length);
    const came = call.of('repair').filter(({ arrives }) => arrives);
    const bytes = came.reduce((sum, { data }) => sum + data.length, 0);
    const sourceBytes = source
      .filter(({ arrives }) => arrives)
      .reduce((sum, { data }) => sum + data.length, 0);
    expect(incoming.overheadPct).toBeCloseTo((100 * bytes) / sourceBytes, 1);
    expect(incoming.requests).toBe(call.requests.length);
    const { parity, answers, requests, bytes: sentBytes } = listener.repair!;
    expect(parity + answers).toBe(call.of('repair').length);
    expect(sentBytes).toBe(call.of('repair').reduce((sum, { data }) => sum + data.length, 0));
    expect(requests).toBe(call.requests.filter(({ arrives }) => arrives).length);
    expect(listener.repair!.shareLost).toBeCloseTo(loss, 1);
  });
});
