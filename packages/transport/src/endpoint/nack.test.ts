import { micros, millis, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { simulatePair, type LinkOptions } from '../netsim/index.js';
import { writeNack } from '../packet/feedback.js';
import { parseRtp } from '../packet/rtp.js';
import { serializeRtcp } from '../packet/rtcp.js';
import { connect, isRtcp, l16Format, makePair, message } from '../testing/pair.js';
import { deadlineRepair } from '../repair/deadline-repair.js';
import { frameData } from '../testing/repaired-call.js';
import type { Address } from './types.js';

describe('a standard NACK (RFC 4585, section 6.2.1)', () => {
  /** A sender with two listeners, of whom `right` takes no repair. */
  function sender() {
    const pair = makePair({ left: { repair: deadlineRepair() } });
    connect(pair);
    const other: Address = { address: '10.0.0.3', port: 1 };
    pair.left.do((endpoint, now) => {
      endpoint.addDestination({ id: 'right', addresses: { video: pair.right.address }, repair: false }, now);
      endpoint.addDestination({ id: 'third', addresses: { video: other } }, now);
    });
    pair.left.send(message(0, 20_000));
    const sent = pair.left.sent.filter((datagram) => !isRtcp(datagram) && datagram.priority === 'frame');
    const toRight = sent.filter(({ destination }) => destination === 'right').map(({ data }) => data);
    const ask = (from: Address, indices: number[], mediaSsrc = 7) => {
      const lost = indices.map((index) => parseRtp(toRight[index]!)!.sequenceNumber);
      const before = pair.left.sent.length;
      const data = serializeRtcp([writeNack({ senderSsrc: 99, mediaSsrc, lost })]);
      pair.left.do((endpoint, now) => endpoint.receive({ channel: 'video', data, from }, now));
      return pair.left.sent.slice(before);
    };
    return { pair, other, toRight, ask };
  }

  it('is answered with the packets byte for byte as they were, to who asked, whatever he takes', () => {
    const { pair, other, toRight, ask } = sender();
    for (const [from, id] of [
      [pair.right.address, 'right'],
      [other, 'third'],
    ] as const) {
      const answers = ask(from, [3, 5]);
      expect(answers.map(({ data }) => data)).toEqual([toRight[3], toRight[5]]);
      for (const { destination, to, priority } of answers)
        expect({ destination, to, priority }).toEqual({ destination: id, to: from, priority: 'repair' });
    }
  });

  it('of a stranger, or for a stream that is not ours, is not answered', () => {
    const { pair, ask } = sender();
    expect(ask({ address: '203.0.113.1', port: 5000 }, [3])).toEqual([]);
    expect(ask(pair.right.address, [3], 8)).toEqual([]);
    expect(pair.left.endpoint.statistics(pair.clock.now()).drops).toEqual({ 'unknown-reporter': 1 });
  });

  it('is not answered for packets that are not kept any more', () => {
    const { pair, ask } = sender();
    pair.clock.advance(millis(1500));
    expect(ask(pair.right.address, [3]).length).toBe(1);
    pair.left.send(message(1, 100));
    expect(ask(pair.right.address, [3])).toEqual([]);
  });

  it('repairs frames by itself for who knows nothing else, also where repair is not taken', () => {
    for (const repair of [true, false]) {
      const { call, left, right } = simulatePair({
        seed: 2,
        there: { delay: millis(1), loss: 0.05 },
        incoming: { deadline: millis(40), repair: 'packets' },
        left: { onDatagram: ({ data }) => expect(repair || (data[1]! & 127) !== 127).toBe(true) },
      });
      const to = { id: 'right', addresses: right.addresses, repair };
      left.do((endpoint, now) => endpoint.addDestination(to, now));
      left.sendEvery(micros(33_333), 300, (number) => ({ stream: 'video', data: frameData(number, 40_000) }));
      call.run(seconds(11));
      const { frames, repaired, lossBefore } = right.endpoint.statistics(call.clock.now()).incoming[0]!;
      expect(frames).toBeGreaterThan(280);
      expect(repaired.parity).toBe(0);
      expect(repaired.request).toBeGreaterThan(450);
      expect(lossBefore).toBeCloseTo(0.05, 2);
    }
  });
});

describe('sound is repaired by NACKs', () => {
  /** Packets of 10 ms for a minute. @returns how many were missing at playout, and bytes beside them, in per cent */
  function sound(link: LinkOptions, seed: number, deadline = millis(40)) {
    const at: number[] = [];
    let source = 0;
    let rest = 0;
    const { call, left, right } = simulatePair({
      seed,
      there: { delay: millis(1), ...link },
      stream: { channel: 'audio', formats: [l16Format] },
      incoming: { deadline },
      left: {
        onDatagram: ({ priority, data }) => {
          if (priority === 'audio') source += data.length + 28;
          else rest += data.length + 28;
        },
      },
      right: {
        onDatagram: ({ data }) => (rest += data.length + 28),
        onFrame: ({ data }, now) => (at[data[0]! * 256 + data[1]!] ??= now),
      },
    });
    const start = call.clock.now();
    left.sendEvery(millis(10), 6000, (number) => {
      const data = new Uint8Array(882);
      data.set([number >> 8, number & 255]);
      return { stream: 'video', data };
    });
    call.run(seconds(61));
    let missing = 0;
    for (let number = 0; number < 6000; number += 1)
      if ((at[number] ?? Infinity) > start + number * 10_000 + 1000 + deadline) missing += 1;
    const counts = right.endpoint.statistics(call.clock.now()).incoming[0]!;
    return { missing: missing / 60, overhead: (100 * rest) / source, counts };
  }

  it('10 % of losses: at most 0.02 % are missing, for at most 15 % of bytes', () => {
    const { missing, overhead, counts } = sound({ loss: 0.1 }, 1);
    expect(missing).toBeLessThanOrEqual(0.02);
    expect(overhead).toBeLessThan(15);
    expect(counts.lossBefore).toBeCloseTo(0.1, 1);
    expect(counts.lossAfter).toBeLessThan(0.001);
    expect(counts.repaired.parity).toBe(0);
  });

  it('20 %: at most 0.1 %, for at most 30 %', () => {
    const { missing, overhead } = sound({ loss: 0.2 }, 1);
    expect(missing).toBeLessThanOrEqual(0.1);
    expect(overhead).toBeLessThan(30);
  });

  it('none: nothing is asked for, also under jitter as large as half a packet', () => {
    for (const link of [{}, { jitter: millis(1) }, { jitter: millis(5) }]) {
      const { missing, overhead, counts } = sound(link, 1);
      expect(missing).toBe(0);
      expect(overhead).toBeLessThan(4);
      expect(counts.requests).toBeLessThan(200);
      expect(counts.lossBefore).toBeLessThan(0.01);
    }
  });

  it('stalls of 30 ms each second cost little', () => {
    const { overhead, counts } = sound({ stalls: { every: seconds(1), length: millis(30) } }, 1);
    expect(overhead).toBeLessThan(6);
    expect(counts.frames).toBe(6000);
  });

  it('when it pauses, it is asked for a few times, and then no more', () => {
    const { call, left, right } = simulatePair({
      stream: { channel: 'audio', formats: [l16Format] },
      incoming: { deadline: millis(40) },
    });
    left.sendEvery(millis(10), 100, () => ({ stream: 'video', data: new Uint8Array(882) }));
    call.run(seconds(3));
    const { requests } = right.endpoint.statistics(call.clock.now()).incoming[0]!;
    expect(requests).toBeLessThan(60);
    call.run(seconds(60));
    expect(right.endpoint.statistics(call.clock.now()).incoming[0]!.requests).toBe(requests);
  });
});
