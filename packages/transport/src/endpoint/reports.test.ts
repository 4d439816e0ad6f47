import { millis, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { parseRtcp, type RtcpPacket } from '../packet/rtcp.js';
import type { Address, OutgoingDatagram } from './types.js';
import { connect, genericFormat, isRtcp, makePair, message, type Pair } from '../testing/pair.js';

const reportsOf = (sent: OutgoingDatagram[]): RtcpPacket[][] =>
  sent.filter(isRtcp).map(({ data }) => parseRtcp(data)!);

const addListener = (pair: Pair, id: string, address: Address) =>
  pair.left.do((endpoint, now) => endpoint.addDestination({ id, addresses: { video: address } }, now));

describe('reports', () => {
  it('begin with a sender report ahead of the first packet to each new destination', () => {
    const pair = makePair();
    connect(pair);
    pair.left.send(message(0));
    expect(isRtcp(pair.left.sent[0]!)).toBe(true);
    expect(pair.left.sent.slice(1).some(isRtcp)).toBe(false);
    const [report, description] = parseRtcp(pair.left.sent[0]!.data)!;
    expect(report).toMatchObject({ type: 'sender-report', ssrc: 7 });
    expect(description).toMatchObject({ type: 'source-description', chunks: [{ ssrc: 7 }] });
    pair.left.send(message(1));
    expect(pair.left.sent.filter(isRtcp).length).toBe(1);
    addListener(pair, 'third', { address: '10.0.0.3', port: 1 });
    pair.left.send(message(2));
    expect(pair.left.sent.filter(isRtcp).map(({ destination }) => destination)).toEqual(['right', 'third']);
  });

  it('go on at RTCP intervals: SR from who sends, RR with its report from who receives', () => {
    const pair = makePair();
    connect(pair);
    let index = 0;
    pair.left.link = (datagram) => (!isRtcp(datagram) && index++ % 10 === 9 ? [] : [millis(1)]);
    for (let number = 0; number < 300; number += 1) {
      pair.left.send(message(number, 100));
      pair.clock.advance(millis(33));
    }
    const ours = reportsOf(pair.left.sent);
    const theirs = reportsOf(pair.right.sent);
    // 10 s at intervals of 0.41 to 1.23 s.
    for (const reports of [ours, theirs]) {
      expect(reports.length).toBeGreaterThan(8);
      expect(reports.length).toBeLessThan(26);
    }
    expect(new Set(ours.map(([first]) => first!.type))).toEqual(new Set(['sender-report']));
    expect(theirs.at(-1)![0]).toMatchObject({ type: 'receiver-report', reports: [{ ssrc: 7 }] });
    const [statistics] = pair.left.endpoint.statistics(pair.clock.now()).outgoing;
    const [listener] = statistics!.destinations;
    expect(listener!.fractionLost).toBeCloseTo(0.1, 1);
    expect(listener!.lost).toBeGreaterThan(20);
    // 1 ms there and 1 ms back.
    expect(Math.abs(listener!.roundTrip! - 2000)).toBeLessThan(50);
  });

  it('turn into RR when nothing was sent since the last two', () => {
    const pair = makePair();
    connect(pair);
    pair.left.send(message(0));
    pair.clock.advance(seconds(10));
    expect(reportsOf(pair.left.sent).at(-1)![0]).toEqual({ type: 'receiver-report', ssrc: 7, reports: [] });
  });

  it('come from a source of its own where nothing is sent, the same always', () => {
    const pair = makePair();
    connect(pair);
    pair.clock.advance(seconds(5));
    const ssrcs = reportsOf(pair.right.sent).map(
      ([first]) => first!.type === 'receiver-report' && first!.ssrc,
    );
    expect(ssrcs.length).toBeGreaterThan(3);
    expect(new Set(ssrcs).size).toBe(1);
    expect(pair.left.endpoint.statistics(pair.clock.now()).drops).toEqual({});
  });

  it('of one peer only tell that peer', () => {
    const pair = makePair();
    connect(pair);
    pair.right.do((endpoint, now) =>
      endpoint.addDestination({ id: 'third', addresses: { video: { address: '10.0.0.3', port: 1 } } }, now),
    );
    pair.left.send(message(0));
    pair.clock.advance(seconds(3));
    const blocks = (id: string) =>
      reportsOf(pair.right.sent.filter(({ destination }) => destination === id)).map(([first]) =>
        first!.type === 'receiver-report' ? first!.reports.length : -1,
      );
    expect(blocks('left').at(-1)).toBe(1);
    expect(new Set(blocks('third'))).toEqual(new Set([0]));
  });

  it('go to a port of their own where a destination has one, and are known from there', () => {
    const pair = makePair();
    connect(pair);
    const rtcp = { address: '10.0.0.2', port: 5001 };
    pair.left.do((endpoint, now) => {
      const addresses = { video: pair.right.address };
      endpoint.addDestination({ id: 'right', addresses, rtcpAddresses: { video: rtcp } }, now);
    });
    pair.left.send(message(0));
    pair.clock.advance(seconds(3));
    const ports = (reports: boolean) =>
      new Set(pair.left.sent.filter((datagram) => isRtcp(datagram) === reports).map(({ to }) => to.port));
    expect([ports(true), ports(false)]).toEqual([new Set([5001]), new Set([5000])]);
    const report = Uint8Array.from([0x80, 201, 0, 1, 0, 0, 0, 9]);
    pair.left.do((endpoint, now) => endpoint.receive({ channel: 'video', data: report, from: rtcp }, now));
    expect(pair.left.endpoint.statistics(pair.clock.now()).drops).toEqual({});
  });

  it('stay within the MTU with 100 sources in each direction', () => {
    const pair = makePair({ left: { mtu: 500, cname: 'x'.repeat(200) } });
    pair.left.do((endpoint, now) => {
      endpoint.addDestination({ id: 'right', addresses: { video: pair.right.address } }, now);
      for (let ssrc = 1; ssrc <= 100; ssrc += 1) {
        const stream = { id: `${ssrc}`, channel: 'video', formats: [genericFormat] };
        endpoint.addOutgoing({ ...stream, ssrc }, now);
        endpoint.addIncoming({ ...stream, peer: 'right', ssrc: 1000 + ssrc }, now);
      }
    });
    pair.right.do((endpoint, now) => {
      endpoint.addDestination({ id: 'left', addresses: { video: pair.left.address } }, now);
      for (let ssrc = 1001; ssrc <= 1100; ssrc += 1) {
        endpoint.addOutgoing({ id: `${ssrc}`, channel: 'video', ssrc, formats: [genericFormat] }, now);
      }
    });
    for (let ssrc = 1; ssrc <= 100; ssrc += 1) {
      pair.left.send(message(0, 10), `${ssrc}`);
      pair.right.send(message(0, 10), `${1000 + ssrc}`);
    }
    pair.clock.advance(seconds(2));
    const reports = pair.left.sent.filter(isRtcp);
    expect(Math.max(...reports.map(({ data }) => data.length))).toBeLessThanOrEqual(500);
    const told = reportsOf(reports).flatMap(([first]) =>
      first!.type === 'sender-report' || first!.type === 'receiver-report'
        ? first!.reports.map(({ ssrc }) => ssrc)
        : [],
    );
    expect(new Set(told).size).toBe(100);
  });
});

describe('BYE', () => {
  const goodbyes = (sent: OutgoingDatagram[]) =>
    sent.filter(({ data }) => parseRtcp(data)?.some(({ type }) => type === 'goodbye'));

  it('goes three times for every stream to a destination that is removed, and only there', () => {
    const pair = makePair();
    connect(pair);
    pair.left.do((endpoint, now) =>
      endpoint.addOutgoing({ id: 'b', channel: 'video', ssrc: 8, formats: [genericFormat] }, now),
    );
    addListener(pair, 'third', { address: '10.0.0.3', port: 1 });
    pair.left.do((endpoint, now) => endpoint.removeDestination('right', now));
    pair.clock.advance(seconds(1));
    const sent = goodbyes(pair.left.sent);
    expect(sent.map(({ destination }) => destination)).toEqual(new Array(6).fill('right'));
    expect(parseRtcp(sent[0]!.data)!.map(({ type }) => type)).toEqual([
      'receiver-report',
      'source-description',
      'goodbye',
    ]);
  });

  it('is taken back when the destination, or the source, is there again', () => {
    const pair = makePair();
    connect(pair);
    pair.left.do((endpoint, now) => endpoint.removeDestination('right', now));
    addListener(pair, 'right', pair.right.address);
    pair.clock.advance(seconds(1));
    expect(goodbyes(pair.left.sent).length).toBe(1);
  });

  it('ends everything: after close, the deadlines run out', () => {
    const pair = makePair();
    connect(pair);
    pair.left.send(message(0));
    pair.clock.advance(millis(5));
    pair.left.do((endpoint, now) => endpoint.close(now));
    pair.clock.advance(millis(100));
    expect(pair.left.endpoint.nextDeadline()).toBeUndefined();
    expect(goodbyes(pair.left.sent).length).toBe(3);
    expect(pair.right.events.at(-1)).toEqual({ type: 'bye', peer: 'left', stream: 'video' });
    const now = pair.clock.now();
    expect(pair.left.endpoint.send({ stream: 'video', data: message(1), capturedAt: now }, now)).toBe(false);
  });

  it('tells its reason', () => {
    const pair = makePair();
    connect(pair);
    const packet = [0x81, 203, 0, 2, 0, 0, 0, 7, 2, 0x6f, 0x6b, 0];
    const from = pair.left.address;
    pair.right.do((endpoint, now) =>
      endpoint.receive({ channel: 'video', data: Uint8Array.from(packet), from }, now),
    );
    expect(pair.right.events).toEqual([{ type: 'bye', peer: 'left', stream: 'video', reason: 'ok' }]);
  });
});
