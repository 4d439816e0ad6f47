import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { SimulatedCall } from '../netsim/simulated-call.js';
import { numbered, numberOf } from '../testing/control.js';
import { message } from '../testing/pair.js';

const FRAMES = 300;
const interval = micros(1e6 / 30);

/** Video at 30 frames of 160 kB a second (38 Mbit/s) over 100 Mbit/s, and what is said meanwhile. */
function run(say: (number: number) => number | undefined, loss = 0) {
  const call = new SimulatedCall({ seed: 5 });
  const frameTimes: number[] = [];
  const saidAt: Micros[] = [];
  const heardAfter: number[] = [];
  const left = call.add('left');
  const right = call.add('right', {
    onFrame: ({ capturedAt }, now) => frameTimes.push(now - capturedAt!),
    onControl: ({ data }, now) => heardAfter.push(now - saidAt[numberOf(data)]!),
  });
  call.connect(left, right, { delay: millis(1), rate: 100e6, queue: 256_000, loss });
  const tell = (one: typeof left, other: typeof left) =>
    one.do((endpoint, now) => {
      const control = { channel: 'audio', ssrc: other.endpoint.controlSsrc };
      endpoint.addDestination({ id: other.name, addresses: other.addresses, control }, now);
    });
  tell(left, right);
  tell(right, left);
  const formats = [{ format: 'generic' as const, payloadType: 96, clockRate: 90_000 }];
  call.stream(left, [right], { id: 'video', channel: 'video', ssrc: 7, formats }, { deadline: interval });
  const start = call.clock.now();
  const data = message(1, 160_000);
  left.sendEvery(interval, FRAMES, () => ({ stream: 'video', data }));
  let refused = 0;
  for (let number = 0; number < 1000; number += 1) {
    call.clock.schedule(micros(start + number * 10_000), () => {
      const length = say(number);
      if (length === undefined) return;
      const sent = left.do((endpoint, now) =>
        endpoint.sendControl('right', numbered(saidAt.push(now) - 1, length), now),
      );
      if (sent) return;
      saidAt.pop();
      refused += 1;
    });
  }
  call.run(seconds(15));
  heardAfter.sort((one, other) => one - other);
  return { frameTimes, heardAfter, said: saidAt.length, refused };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('media at full rate and control at once', () => {
  it('small messages are not held up by frames', () => {
    const { heardAfter, said, frameTimes } = run(() => 100);
    expect(said).toBe(1000);
    expect(heardAfter.length).toBe(said);
    // The first waits for the hellos; a frame’s group that has left already is ahead of others.
    expect(heardAfter[990]).toBeLessThan(9000);
    expect(frameTimes.length).toBe(FRAMES);
  });

  it('as many large messages as go do not disturb the frames', () => {
    const alone = run(() => undefined);
    const { frameTimes, heardAfter, said, refused } = run(() => 16_000);
    expect(frameTimes.length).toBe(FRAMES);
    expect(refused).toBeGreaterThan(100);
    expect(heardAfter.length).toBe(said);
    expect(mean(frameTimes)).toBeLessThan(mean(alone.frameTimes) + 300);
    expect(Math.max(...frameTimes)).toBeLessThan(Math.max(...alone.frameTimes) + 2000);
  });

  it('losses are made up for on both sides', () => {
    const { frameTimes, heardAfter, said } = run(() => 100, 0.05);
    expect(heardAfter.length).toBe(said);
    expect(heardAfter[989]).toBeLessThan(40_000);
    expect(frameTimes.length).toBe(FRAMES);
  });
});
