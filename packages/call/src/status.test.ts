import { micros, seconds } from '@hellohaybye/core';
import type { IncomingStatistics, TransportStatistics } from '@hellohaybye/transport';
import { describe, expect, it } from 'vitest';
import { IncomingPipeline } from './incoming-pipeline.js';
import { StatusMeter } from './status.js';

const anna = { id: 'a', name: 'anna' };

/** The running totals of anna's one stream. */
function totals(packets: number, lost: number, parity = 0, request = 0): TransportStatistics {
  const stream: IncomingStatistics = {
    ...{ peer: 'a', stream: 'video', frames: 0, packets, bytes: 0, lost, lossBefore: 0, lossAfter: 0 },
    ...{ repaired: { parity, request }, requests: 0, overheadPct: 0, givenUp: 0, late: 0, latePackets: 0 },
    ...{ duplicates: 0, jitter: micros(0), restarts: 0, addressChanges: 0, pending: 0 },
  };
  return { outgoing: [], incoming: [stream], control: [], paths: [], drops: {} };
}

/** What a meter says second by second. */
function lossesOf(...statistics: TransportStatistics[]): [number, number][] {
  const meter = new StatusMeter();
  const pipeline = new IncomingPipeline({}, { now: () => seconds(1) });
  return statistics.map((entry) => {
    const { lossBefore, lossAfter } = meter.measure(anna, pipeline, entry, seconds(1));
    return [lossBefore, lossAfter];
  });
}

describe('StatusMeter', () => {
  it('tells the losses since the last look, before and after repair', () => {
    const losses = lossesOf(totals(90, 10, 4, 6), totals(190, 10, 4, 6), totals(270, 30, 10, 10));
    expect(losses).toEqual([
      [0.1, 0],
      [0, 0],
      [0.2, 0.1],
    ]);
  });

  it('takes what is being repaired at each look for one loss, not for a new one each time', () => {
    const losses = lossesOf(totals(90, 10, 8), totals(180, 20, 20), totals(270, 30, 28));
    expect(losses.map(([, after]) => after)).toEqual([0.02, 0, 0]);
  });

  it('is not confused by a packet that comes late and was no loss after all', () => {
    expect(lossesOf(totals(98, 2), totals(200, 0), totals(200, 0))).toEqual([
      [0.02, 0.02],
      [0, 0],
      [0, 0],
    ]);
  });
});
