import { micros, millis, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import {
  connect,
  genericFormat,
  incomingOf,
  isRtcp,
  jpegFormat,
  makePair,
  message,
  type Link,
  type Pair,
} from '../testing/pair.js';
import { makeJpeg } from '../testing/jpeg.js';

/** Sends frames 33 ms apart; `link` decides about RTP packets, counted from 0, reports pass. */
function run(pair: Pair, frames: number, link: (index: number) => number[], bytes = 5000): void {
  let index = 0;
  const decide: Link = (datagram) => (isRtcp(datagram) ? [millis(1)] : link(index++).map(micros));
  pair.left.link = decide;
  for (let number = 0; number < frames; number += 1) {
    pair.left.send(message(number, bytes));
    pair.clock.advance(millis(33));
  }
  pair.clock.advance(millis(200));
}
const on = 1000;

describe('one fault at a time', () => {
  it('none: every frame comes whole, in order, with its capture instant', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 10, () => [on]);
    expect(pair.right.frames.map(({ data }) => data)).toEqual(
      Array.from({ length: 10 }, (_, number) => message(number)),
    );
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({
      frames: 10,
      packets: 50,
      lost: 0,
      givenUp: 0,
      late: 0,
    });
    const frame = pair.right.frames[3]!;
    expect(frame).toMatchObject({ peer: 'left', stream: 'video', format: 'generic' });
    expect(frame.arrivedAt - frame.capturedAt!).toBe(1000);
  });

  it('a lost packet: its frame is given up at its deadline, and counted', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 5, (index) => (index === 12 ? [] : [on]));
    expect(pair.right.frames.map(({ data }) => data)).toEqual([0, 1, 3, 4].map((number) => message(number)));
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({
      frames: 4,
      lost: 1,
      givenUp: 1,
      pending: 0,
    });
  });

  it('a lost tail: known by the length in the header', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 2, (index) => (index === 4 ? [] : [on]));
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({ frames: 1, lost: 1, givenUp: 1 });
  });

  it('reordering within a frame: it is whole all the same', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 3, (index) => [on * (6 - (index % 5))]);
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({
      frames: 3,
      lost: 0,
      givenUp: 0,
      duplicates: 0,
    });
  });

  it('reordering across frames: a frame is given out when it is whole, also after newer ones', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 4, (index) => [index === 7 ? 60_000 : on]);
    expect(pair.right.frames.map(({ data }) => data)).toEqual([0, 2, 1, 3].map((number) => message(number)));
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({
      frames: 4,
      late: 0,
      lost: 0,
      givenUp: 0,
    });
  });

  it('a frame wholly overtaken by the next, and there before its deadline: not late', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 4, (index) => [index >= 5 && index < 10 ? 50_000 : on]);
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({
      frames: 4,
      late: 0,
      lost: 0,
      givenUp: 0,
    });
  });

  it('duplicates: counted, and a frame comes once', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 4, (index) => (index % 3 === 0 ? [on, on * 5, 40_000] : [on]));
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({
      frames: 4,
      duplicates: 14,
      lost: 0,
      late: 0,
      latePackets: 0,
    });
  });

  it('a packet after its frame was given up: late, and no longer lost', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 4, (index) => [index === 6 ? 120_000 : on]);
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({
      frames: 3,
      givenUp: 1,
      latePackets: 1,
      lost: 0,
    });
  });

  it('joining in mid-frame: the first partial frame is not counted incomplete', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 3, (index) => (index < 2 ? [] : [on]));
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({ frames: 2, givenUp: 0, lost: 0 });
  });

  it('a first frame whose beginning came but not its end: incomplete', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 3, (index) => (index === 2 ? [] : [on]));
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({ frames: 2, givenUp: 1, lost: 1 });
  });

  it('BYE in mid-frame: what was cut off is not counted, and the end is told once', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 2, (index) => (index === 9 ? [] : [on]));
    pair.left.link = (datagram) =>
      isRtcp(datagram) ? [millis(1)] : datagram.data[15] === 0 ? [millis(1)] : [];
    pair.left.send(message(9));
    pair.left.do((endpoint, now) => endpoint.removeOutgoing('video', now));
    pair.clock.advance(seconds(1));
    expect(pair.right.events.filter(({ type }) => type === 'bye')).toEqual([
      { type: 'bye', peer: 'left', stream: 'video' },
    ]);
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({ frames: 1, givenUp: 1, pending: 0 });
    const goodbyes = pair.left.sent.filter((datagram) => isRtcp(datagram) && datagram.data.includes(203));
    expect(goodbyes.length).toBe(3);
  });

  it('BYE before the last packets: the frame comes all the same', () => {
    const pair = makePair();
    connect(pair);
    pair.left.link = (datagram) => [isRtcp(datagram) ? millis(1) : millis(5)];
    pair.left.send(message(0));
    pair.left.do((endpoint, now) => endpoint.removeOutgoing('video', now));
    pair.clock.advance(millis(200));
    expect(pair.right.frames.map(({ data }) => data)).toEqual([message(0)]);
  });

  it('a stream removed in mid-frame: nothing more comes of it', () => {
    const pair = makePair();
    connect(pair);
    pair.left.link = (_, index) => (index === 5 ? [] : [millis(1)]);
    pair.left.send(message(0));
    pair.clock.advance(millis(10));
    pair.right.do((endpoint, now) => endpoint.removeIncoming('left', now));
    pair.clock.advance(millis(300));
    expect(pair.right.endpoint.statistics(pair.clock.now()).incoming).toEqual([]);
    expect(pair.right.frames).toEqual([]);
  });

  it('corruption of a payload header: a counted drop', () => {
    const pair = makePair();
    connect(pair);
    const { link } = pair.left;
    pair.left.link = (datagram, index, random) => {
      if (index === 3) datagram.data[12] = 0xff;
      return link(datagram, index, random);
    };
    pair.left.send(message(0));
    pair.clock.advance(millis(200));
    expect(pair.right.endpoint.statistics(pair.clock.now())).toMatchObject({
      drops: { 'malformed-generic': 1 },
      incoming: [{ givenUp: 1 }],
    });
  });

  it('a silent peer: times out once, and is told again when it is heard again', () => {
    const pair = makePair();
    connect(pair);
    pair.left.send(message(0));
    pair.clock.advance(seconds(3));
    pair.left.link = () => [];
    pair.clock.advance(seconds(20));
    expect(pair.right.events.map(({ type }) => type)).toEqual(['source', 'timeout']);
    pair.left.link = () => [millis(1)];
    pair.clock.advance(seconds(3));
    expect(pair.right.events.map(({ type }) => type)).toEqual(['source', 'timeout', 'resumed']);
  });

  it('a stopped camera is no silence: reports go on', () => {
    const pair = makePair();
    connect(pair);
    pair.left.send(message(0));
    pair.clock.advance(seconds(60));
    expect(pair.right.events.map(({ type }) => type)).toEqual(['source']);
  });

  it('a source that begins again with other numbers: after one packet for sure, frames go on', () => {
    const pair = makePair();
    connect(pair);
    run(pair, 2, () => [on]);
    // The same SSRC from a process that was started anew: no BYE, other random numbers.
    const other = makePair({ seed: 99 });
    other.left.do((endpoint, now) => {
      endpoint.addOutgoing({ id: 'video', channel: 'video', ssrc: 7, formats: [genericFormat] }, now);
      endpoint.addDestination({ id: 'right', addresses: { video: pair.right.address } }, now);
    });
    for (let number = 0; number < 3; number += 1) {
      other.left.send(message(number + 10));
      other.clock.advance(millis(33));
    }
    for (const { data } of other.left.sent) {
      pair.right.do((endpoint, now) =>
        endpoint.receive({ channel: 'video', data, from: pair.left.address }, now),
      );
    }
    pair.clock.advance(millis(200));
    // The first frame lost the packet that raised the doubt: it was joined in its middle.
    expect(pair.right.frames.slice(2).map(({ data }) => data)).toEqual([message(11), message(12)]);
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({ restarts: 1, givenUp: 0 });
    expect(pair.right.endpoint.statistics(pair.clock.now()).drops).toEqual({ 'sequence-jump': 1 });
    expect(pair.right.events.map(({ type }) => type)).toEqual(['source', 'source']);
  });

  it('a loop or collision: our own SSRC comes in, is counted, and told once', () => {
    const pair = makePair();
    connect(pair);
    pair.left.send(message(0));
    const rtp = pair.left.sent.filter((datagram) => !isRtcp(datagram));
    for (const { data } of rtp) {
      pair.left.do((endpoint, now) =>
        endpoint.receive({ channel: 'video', data, from: pair.left.address }, now),
      );
    }
    expect(pair.left.endpoint.statistics(pair.clock.now()).drops).toEqual({ 'own-ssrc': 5 });
    expect(pair.left.events).toEqual([{ type: 'collision', stream: 'video', ssrc: 7 }]);
  });

  it('two peers with one SSRC: the second is not let in', () => {
    const pair = makePair();
    connect(pair);
    const stream = { peer: 'other', id: 'video', channel: 'video', ssrc: 7, formats: [genericFormat] };
    pair.right.do((endpoint, now) => endpoint.addIncoming(stream, now));
    expect(pair.right.endpoint.statistics(pair.clock.now())).toMatchObject({
      incoming: [{ peer: 'left' }],
      drops: { 'ssrc-collision': 1 },
    });
  });

  it('a frame that RFC 2435 can not carry goes as generic', () => {
    const pair = makePair();
    connect(pair, [jpegFormat, genericFormat]);
    const progressive = makeJpeg({ process: 0xc2 });
    pair.left.send(makeJpeg());
    pair.clock.advance(millis(33));
    pair.left.send(progressive);
    pair.clock.advance(millis(33));
    expect(pair.right.frames.map(({ format }) => format)).toEqual(['jpeg', 'generic']);
    expect(pair.right.frames[1]!.data).toEqual(progressive);
  });

  it('a frame that no format can carry: false, and a counted drop', () => {
    const pair = makePair();
    connect(pair, [jpegFormat]);
    const { endpoint } = pair.left;
    const now = pair.clock.now();
    expect(endpoint.send({ stream: 'video', data: message(0), capturedAt: now }, now)).toBe(false);
    expect(endpoint.send({ stream: 'nobody', data: message(0), capturedAt: now }, now)).toBe(false);
    expect(endpoint.statistics(now).drops).toEqual({ 'frame-too-large': 1, 'unknown-stream': 1 });
  });

  it.each([
    ['too-short', Uint8Array.of(0x80), 'video'],
    ['wrong-version', Uint8Array.of(0, 1, 2, 3, 4), 'video'],
    ['malformed-rtp', Uint8Array.of(0x80, 96, 0, 0, 0), 'video'],
    ['malformed-rtcp', Uint8Array.of(0x80, 200, 0, 9), 'video'],
    ['unknown-ssrc', Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1), 'video'],
    ['unknown-channel', Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7), 'audio'],
    ['unknown-payload-type', Uint8Array.of(0x80, 97, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7), 'video'],
    ['malformed-generic', Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7), 'video'],
    ['unknown-reporter', Uint8Array.of(0x80, 201, 0, 1, 1, 1, 1, 1), 'video'],
  ])('%s: a counted drop', (reason, data, channel) => {
    const pair = makePair();
    connect(pair);
    const from = { address: '203.0.113.1', port: 9 };
    pair.right.do((endpoint, now) => endpoint.receive({ channel, data, from }, now));
    expect(pair.right.endpoint.statistics(pair.clock.now()).drops).toEqual({ [reason]: 1 });
  });
});
