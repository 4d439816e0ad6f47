import { micros, millis } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LinkOptions } from '../netsim/link-options.js';
import { ControlMesh } from '../testing/control-mesh.js';

const names = ['ada', 'bob', 'cem'];
const who = fc.constantFrom(...names);
const two = fc.tuple(who, who).filter(([one, other]) => one !== other);
const span = (most: number) => fc.nat(most).map(millis);

const anyLink: fc.Arbitrary<LinkOptions> = fc.record(
  {
    delay: span(30),
    jitter: span(10),
    loss: fc.oneof(fc.double({ min: 0, max: 0.4, noNaN: true }), fc.constant(1)),
    burst: fc.constant({ loss: 0.2, packets: 4 }),
    stalls: fc.constant({ every: millis(300), length: [millis(5), millis(200)] as const }),
    duplicate: fc.double({ min: 0, max: 0.5, noNaN: true }),
    corrupt: fc.double({ min: 0, max: 0.3, noNaN: true }),
    reorder: fc.record({ share: fc.double({ min: 0, max: 0.5, noNaN: true }), delay: span(40) }),
  },
  { requiredKeys: ['delay'] },
);

const anyStep = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      two,
      length: fc.oneof({ weight: 3, arbitrary: fc.nat(100) }, { weight: 1, arbitrary: fc.nat(16_384) }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      span: fc.oneof(span(3), span(300), span(40_000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('link' as const), two, link: anyLink }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('restart' as const),
      who,
      sameSource: fc.boolean(),
      toldAfter: span(300),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), two, back: span(300) }) },
);

type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

function take(mesh: ControlMesh, step: Step): void {
  switch (step.do) {
    case 'say':
      mesh.say(...step.two, step.length);
      break;
    case 'pass':
      mesh.call.run(step.span);
      break;
    case 'link':
      mesh.link(...step.two, step.link);
      break;
    case 'restart':
      mesh.restart(step.who, step.sameSource, step.toldAfter);
      break;
    case 'leave':
      mesh.leave(...step.two, step.back);
  }
}

describe('whatever the network does, and whoever restarts or leaves', () => {
  it('messages come at most once and in order, each is told as taken or failed, and nothing stays behind', () => {
    const counts = { said: 0, taken: 0, failed: 0 };
    fc.assert(
      fc.property(
        fc.nat(),
        anyLink,
        fc.array(anyStep, { maxLength: 60, size: 'max' }),
        (seed, link, steps) => {
          const mesh = new ControlMesh(names, link, seed);
          for (const step of steps) take(mesh, step);
          mesh.settle();
          mesh.check();
          // The first that is said now may find out that somebody has restarted. What comes then is taken.
          const { failed } = mesh.counts;
          for (const round of [0, 1]) {
            const before = mesh.counts.failed;
            for (const from of names) for (const to of names) if (from !== to) mesh.say(from, to, 2000);
            mesh.settle();
            mesh.check();
            if (round === 1) expect(mesh.counts.failed).toBe(before);
          }
          expect(mesh.counts.failed - failed).toBeLessThanOrEqual(6);
          for (const key of ['said', 'taken', 'failed'] as const) counts[key] += mesh.counts[key];
        },
      ),
      { numRuns: 150 },
    );
    // It was no empty test.
    expect(counts.taken).toBeGreaterThan(counts.said * 0.5);
    expect(counts.failed).toBeGreaterThan(100);
  });

  it('all messages come when nobody restarts or leaves', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        anyLink.filter(({ loss }) => loss !== 1),
        fc.array(
          fc.record({
            two,
            length: fc.oneof(fc.nat(50), fc.nat(16_384)),
            gap: fc.oneof(span(2), span(50)),
          }),
          { maxLength: 80, size: 'max' },
        ),
        (seed, link, steps) => {
          const mesh = new ControlMesh(names, link, seed);
          let refused = 0;
          for (const step of steps) {
            if (!mesh.say(...step.two, step.length)) refused += 1;
            mesh.call.run(step.gap);
          }
          mesh.settle();
          mesh.check();
          expect(mesh.counts).toEqual({
            said: steps.length - refused,
            taken: steps.length - refused,
            failed: 0,
          });
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('at 10 % loss both ways and a round trip of 2 ms', () => {
  it.each([
    ['20 messages a second', 50],
    ['one message a second', 1000],
  ])('%s come within some tens of milliseconds', (_, gap) => {
    const mesh = new ControlMesh(['ada', 'bob'], { delay: millis(1), loss: 0.1 }, 3);
    mesh.say('ada', 'bob', 10);
    mesh.call.run(millis(2000));
    const times: number[] = [];
    let saidAt = micros(0);
    mesh.onHeard = (now) => times.push(now - saidAt);
    for (let count = 0; count < 5000; count += 1) {
      saidAt = mesh.call.clock.now();
      mesh.say('ada', 'bob', 100);
      mesh.call.run(millis(gap));
    }
    times.sort((one, other) => one - other);
    expect(times.length).toBeGreaterThan(4990);
    expect(times[2500]).toBeLessThan(1100);
    expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(40_000);
  });
});
