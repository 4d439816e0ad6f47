import { micros, millis } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { presets, type LinkOptions, type PresetName } from '../netsim/index.js';
import { noRepair } from '../repair/repair.js';
import { repairedCall, type RepairedCallOptions } from '../testing/repaired-call.js';

const without = { endpoint: { repair: noRepair } };

/** A call on a slow link, and the same one without repair. */
function slowCall(rate: number, options: RepairedCallOptions) {
  const call = { link: { rate, queue: 64_000 }, frames: 300, ...options };
  return { ours: repairedCall(call), plain: repairedCall({ ...call, left: without, right: without }) };
}

describe('a link on which a frame takes 21 ms', () => {
  it('costs no frame, and nothing is answered that was on its way', () => {
    for (const deadline of [33, 50, 100]) {
      const { ours, plain } = slowCall(15e6, { deadline: millis(deadline) });
      expect(plain.missing).toEqual([]);
      expect(ours.missing).toEqual([]);
      expect(ours.incoming).toMatchObject({ frames: 300, givenUp: 0, lost: 0, late: 0 });
      expect(ours.incoming.requests).toBeLessThan(5);
      expect(ours.listener.repair!.answers).toBe(0);
      // What is sent before anything is known: with the first frame alone.
      expect(ours.of('repair').length).toBeLessThanOrEqual(7);
    }
  });

  it('still has a first frame repaired that lost its end', () => {
    // The parity that goes along with a first frame would do it without being asked for.
    const call = repairedCall({
      link: { rate: 15e6 },
      frames: 30,
      deadline: millis(50),
      isLost: (frame, packet) => frame === 0 && packet > 20,
    });
    expect(call.missing).toEqual([]);
    expect(call.incoming.repaired.request).toBeGreaterThan(0);
  });

  it('has a frame repaired that is much larger than those before it, and is asked for only once it ended', () => {
    const bytes = (frame: number) => (frame === 100 ? 40_000 : 8000);
    const clean = repairedCall({ link: { rate: 15e6 }, frames: 150, bytes, deadline: millis(50) });
    expect(clean.missing).toEqual([]);
    expect(clean.listener.repair!.answers).toBe(0);
    const isLost = (frame: number, packet: number) => frame === 100 && packet > 30;
    const lossy = repairedCall({ link: { rate: 15e6 }, frames: 150, bytes, deadline: millis(50), isLost });
    expect(lossy.missing).toEqual([]);
  });
});

describe('a link that a stream fills to 98 %', () => {
  it('loses nothing for the sake of repair', () => {
    for (const deadline of [33, 50, 100]) {
      const { ours, plain } = slowCall(10.2e6, { deadline: millis(deadline) });
      expect(plain.incoming).toMatchObject({ frames: 300, givenUp: 0 });
      expect(ours.incoming).toMatchObject({ frames: 300, givenUp: 0, lost: 0, late: 0 });
      expect(ours.listener.repair!.answers).toBe(0);
      // At 33 ms a frame that takes 32.7 is on time only on a link where nothing at all waits: the seven packets of
      // parity that go along with the first one, before anything is known, delay some more by up to 7 ms.
      expect(ours.missing.length).toBeLessThanOrEqual(deadline === 33 ? 10 : 0);
      expect(plain.missing).toEqual([]);
    }
  });
});

describe('a longer deadline', () => {
  it.each<[PresetName]>([['wifi-bad'], ['powerline'], ['wifi-good']])(
    'leaves no more frames to be given up on %s',
    (name) => {
      const { delay, ...link }: LinkOptions & { delay: number } = presets[name];
      const givenUp = [33, 50, 66, 100, 200].map((deadline) => {
        let sum = 0;
        for (const seed of [1, 2])
          sum += repairedCall({
            seed,
            link,
            roundTrip: micros(2 * delay),
            frames: 300,
            deadline: millis(deadline),
          }).incoming.givenUp;
        return sum;
      });
      expect(givenUp).toEqual([...givenUp].sort((one, other) => other - one));
      expect(givenUp.at(-1)).toBeLessThanOrEqual(3);
    },
  );
});
