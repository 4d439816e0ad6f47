import { millis, seconds } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LinkOptions } from '../netsim/link-options.js';
import { SimulatedCall } from '../netsim/simulated-call.js';
import { checksum } from '../testing/checksum.js';
import { PathRun } from '../testing/path-run.js';

const formats = [{ format: 'generic' as const, payloadType: 96, clockRate: 90_000 }];
const [annasCable, annasWifi, bensCable, bensWifi] = ['10.77.0.1', '10.78.0.1', '10.77.0.2', '10.78.0.2'];
const good: LinkOptions = { delay: millis(1) };
const dead: LinkOptions = { loss: 1 };

/** Two participants with a cable and a Wi-Fi between them; Anna sends a frame every 33 ms. */
function twoLinks(seed = 1) {
  const call = new SimulatedCall({ seed });
  const endpoint = { protector: checksum };
  const anna = call.add('anna', { address: annasCable, moreAddresses: [annasWifi], endpoint });
  const ben = call.add('ben', { address: bensCable, moreAddresses: [bensWifi], endpoint });
  const link = (which: 'cable' | 'wifi', options: LinkOptions) =>
    which === 'cable'
      ? call.network.connect(annasCable, bensCable, options)
      : call.network.connect(annasWifi, bensWifi, options);
  link('cable', good);
  link('wifi', good);
  const ports = { video: 5001 };
  const meet = (bens = [bensCable, bensWifi], annas = [annasCable, annasWifi]) => {
    const of = (one: typeof anna) => ({
      ports,
      control: { channel: 'video', ssrc: one.endpoint.controlSsrc },
    });
    anna.do((one, now) => one.addDestination({ id: 'ben', candidates: bens, ...of(ben) }, now));
    ben.do((one, now) => one.addDestination({ id: 'anna', candidates: annas, ...of(anna) }, now));
  };
  call.stream(anna, [ben], { id: 'video', channel: 'video', ssrc: 7, formats });
  const send = (frames: number) =>
    anna.sendEvery(millis(33), frames, () => ({ stream: 'video', data: new Uint8Array(100) }));
  const used = (one: typeof anna) => one.endpoint.statistics(call.clock.now()).paths[0]!.address;
  return { call, anna, ben, link, meet, send, used };
}

describe('two participants with two links', () => {
  it('go on by the other one when the used one dies, within two seconds, and their reports too', () => {
    const { call, anna, ben, link, meet, send } = twoLinks();
    meet();
    send(600);
    call.run(seconds(5));
    link('cable', dead);
    call.run(seconds(15));
    const arrivals = ben.frames.map(({ arrivedAt }) => arrivedAt);
    const gap = Math.max(...arrivals.slice(1).map((at, index) => at - arrivals[index]!));
    expect(gap).toBeGreaterThan(millis(100));
    expect(gap).toBeLessThan(seconds(2));
    expect(anna.events).toContainEqual({ type: 'path', peer: 'ben', address: bensWifi, previous: bensCable });
    expect(ben.events).toContainEqual({
      type: 'path',
      peer: 'anna',
      address: annasWifi,
      previous: annasCable,
    });
    const statistics = anna.endpoint.statistics(call.clock.now());
    expect(statistics.outgoing[0]!.destinations[0]!.roundTrip).toBeLessThan(millis(5));
    expect(statistics.drops).toEqual({});
  });

  it('find each other when the preferred address leads nowhere', () => {
    const { call, ben, link, meet, send } = twoLinks();
    link('cable', dead);
    meet();
    send(60);
    call.run(seconds(3));
    expect(ben.frames.length).toBeGreaterThan(55);
  });

  it('follow one who is at an address that it did not tell', () => {
    const { call, anna, ben, link, meet, send, used } = twoLinks();
    // Anna was told of the cable alone; Ben knows both of hers, and so sends from his Wi-Fi.
    meet([bensCable]);
    send(300);
    call.run(seconds(2));
    link('cable', dead);
    call.run(seconds(10));
    expect([used(anna), used(ben)]).toEqual([bensWifi, annasWifi]);
    expect(ben.frames.at(-1)!.arrivedAt).toBeGreaterThan(call.clock.now() - seconds(3));
  });

  it('where one knows nothing of probes, it is sent to as ever', () => {
    const { call, anna, ben, meet, send, used } = twoLinks();
    meet();
    ben.do((one, now) => {
      one.removeDestination('anna', now);
      one.addDestination({ id: 'anna', addresses: anna.addresses }, now);
    });
    send(60);
    call.run(seconds(3));
    expect([used(anna), ben.frames.length]).toEqual([bensCable, 60]);
    expect(anna.events.filter(({ type }) => type === 'path')).toEqual([]);
  });
});

describe('whatever links fail', () => {
  const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::4'];
  const step = fc.record({
    address: fc.constantFrom(...addresses),
    roundTrip: fc.option(fc.integer({ min: 0, max: 60 })),
    then: fc.integer({ min: 0, max: 9000 }),
  });

  it('the used one is one that works, six seconds after one does', () => {
    let changes = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat(1e6), (steps, seed) => {
        const run = new PathRun(seed);
        run.tell(...addresses);
        for (const { address, roundTrip, then } of steps) {
          run.wires.set(address, roundTrip === null ? undefined : millis(roundTrip));
          run.run(then);
        }
        run.run(6000);
        changes += run.uses.length;
        const working = addresses.filter((address) => run.wires.get(address) !== undefined);
        if (working.length > 0) expect(working).toContain(run.address);
      }),
      { numRuns: 300 },
    );
    expect(changes).toBeGreaterThan(300);
  });
});
