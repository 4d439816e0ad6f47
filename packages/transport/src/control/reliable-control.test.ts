import { micros, millis, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import {
  controlOf,
  controlPackets,
  introduce,
  makeControlPair,
  numbered,
  numberOf,
  say,
  warmUp,
} from '../testing/control.js';
import { connect, isControl, makePair } from '../testing/pair.js';
import { emptyRtpHeader, parseRtp, serializeRtp } from '../packet/rtp.js';
import { readControl } from './control-packet.js';

const kinds = (packets: readonly Uint8Array[]) =>
  packets.map((packet) => readControl(packet, parseRtp(packet)!)!.kind);

describe('on a clean link', () => {
  it('the first message costs a hello each way before it', () => {
    const pair = makeControlPair();
    say(pair.left, 'right', 7);
    pair.clock.advance(millis(100));
    expect(pair.right.messages).toEqual([{ peer: 'left', data: numbered(7) }]);
    expect(kinds(controlPackets(pair.left))).toEqual(['hello', 'data']);
    expect(kinds(controlPackets(pair.right))).toEqual(['hello', 'acknowledgement']);
    expect(pair.left.events).toEqual([{ type: 'control-taken', peer: 'right', messages: 1, bytes: 4 }]);
    expect(pair.right.events).toEqual([]);
  });

  it('every other message costs one packet and one acknowledgement', () => {
    const pair = makeControlPair();
    warmUp(pair);
    for (let number = 0; number < 100; number += 1) {
      say(pair.left, 'right', number);
      pair.clock.advance(millis(50));
    }
    expect(pair.right.messages.map(({ data }) => numberOf(data))).toEqual([...Array(100).keys()]);
    expect(controlPackets(pair.left).length).toBe(100);
    expect(controlPackets(pair.right).length).toBe(100);
  });

  it('an answer carries the acknowledgement along', () => {
    const pair = makeControlPair();
    warmUp(pair);
    say(pair.left, 'right', 1);
    pair.clock.advance(millis(2));
    say(pair.right, 'left', 2);
    pair.clock.advance(millis(100));
    expect(kinds(controlPackets(pair.right))).toEqual(['data']);
    expect(kinds(controlPackets(pair.left))).toEqual(['data', 'acknowledgement']);
  });

  it('messages of 0 to 16384 bytes come as they were, in packets within the mtu', () => {
    const pair = makeControlPair();
    const lengths = [0, 1, 1156, 1157, 16_383, 16_384, 0, 5];
    const messages = lengths.map((length, number) =>
      Uint8Array.from({ length }, (_, index) => index * 7 + number),
    );
    pair.left.do((endpoint, now) => {
      for (const data of messages) {
        const given = Uint8Array.from(data);
        expect(endpoint.sendControl('right', given, now)).toBe(true);
        // It is not kept.
        given.fill(0);
      }
    });
    pair.clock.advance(seconds(2));
    expect(pair.right.messages.map(({ data }) => data)).toEqual(messages);
    expect(Math.max(...controlPackets(pair.left).map(({ length }) => length))).toBe(1200);
    expect(controlOf(pair.left, pair.clock.now()).sent.retransmissions).toBe(0);
  });

  it('one message more than that is an error', () => {
    const pair = makeControlPair();
    expect(() => say(pair.left, 'right', 0, 16_385)).toThrow(
      expect.objectContaining({ code: 'message-too-large' }),
    );
  });

  it('idle: no packet and no timer', () => {
    const pair = makeControlPair();
    warmUp(pair);
    pair.clock.advance(seconds(60));
    expect(controlPackets(pair.left)).toEqual([]);
    expect(controlPackets(pair.right)).toEqual([]);
  });
});

describe('the queue', () => {
  it('refuses what is over its bound, and takes more when the peer has taken something', () => {
    const pair = makeControlPair();
    const cost = 16_384 + 64;
    let count = 0;
    while (say(pair.left, 'right', count, 16_384)) count += 1;
    expect(count).toBe(Math.floor((256 * 1024) / cost));
    expect(say(pair.left, 'right', count)).toBe(true);
    expect(say(pair.left, 'right', count + 1, 16_384)).toBe(false);
    pair.clock.advance(seconds(5));
    expect(pair.right.messages.map(({ data }) => numberOf(data))).toEqual([...Array(count + 1).keys()]);
    expect(controlOf(pair.left, pair.clock.now()).waiting).toEqual({ messages: 0, bytes: 0 });
    expect(say(pair.left, 'right', count, 16_384)).toBe(true);
  });

  it('counts empty messages, too', () => {
    const pair = makeControlPair();
    const empty = new Uint8Array(0);
    pair.left.do((endpoint, now) => {
      let count = 0;
      while (endpoint.sendControl('right', empty, now)) count += 1;
      expect(count).toBe(4096);
    });
  });

  it('leaves at 2 Mbit/s after a burst of a message', () => {
    const pair = makeControlPair();
    warmUp(pair);
    for (let number = 0; number < 12; number += 1) say(pair.left, 'right', number, 16_000);
    const bytes = () => controlPackets(pair.left).reduce((sum, { length }) => sum + length, 0);
    expect(bytes()).toBeLessThan(22_000);
    pair.clock.advance(millis(200));
    expect(bytes()).toBeGreaterThan(60_000);
    expect(bytes()).toBeLessThan(22_000 + 0.25 * 200_000);
  });

  it('is of nobody who is no peer', () => {
    const pair = makePair();
    connect(pair);
    expect(say(pair.left, 'right', 1)).toBe(false);
    expect(say(pair.left, 'nobody', 1)).toBe(false);
  });

  it('is of nobody after the endpoint was closed', () => {
    const pair = makeControlPair();
    pair.left.do((endpoint, now) => endpoint.close(now));
    expect(say(pair.left, 'right', 1)).toBe(false);
  });
});

describe('a lost', () => {
  it('packet among others is sent again after a round trip and a little', () => {
    const pair = makeControlPair();
    warmUp(pair);
    pair.left.link = (datagram) =>
      isControl(datagram) && controlPackets(pair.left).length === 2 ? [] : [millis(1)];
    for (let number = 0; number < 5; number += 1) say(pair.left, 'right', number);
    pair.clock.advance(millis(3));
    expect(pair.right.messages.length).toBe(1);
    pair.clock.advance(millis(3));
    expect(pair.right.messages.map(({ data }) => numberOf(data))).toEqual([0, 1, 2, 3, 4]);
    pair.clock.advance(millis(100));
    expect(controlOf(pair.left, pair.clock.now()).sent).toMatchObject({ packets: 7, retransmissions: 1 });
  });

  it('last packet is sent again by the timer, once at first, then ever more rarely', () => {
    const pair = makeControlPair();
    warmUp(pair);
    const times: number[] = [];
    const start = pair.clock.now();
    pair.left.link = (datagram) => {
      if (isControl(datagram)) times.push(pair.clock.now() - start);
      return [];
    };
    say(pair.left, 'right', 1);
    pair.clock.advance(seconds(10));
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(gaps.slice(0, 7)).toEqual([15, 15, 30, 60, 120, 240, 480].map((gap) => gap * 1000));
    expect(Math.max(...gaps)).toBe(1_000_000);
  });

  it('hello, its answer, or an acknowledgement do not matter', () => {
    for (const [side, lost] of [
      ['left', 0],
      ['right', 0],
      ['right', 1],
    ] as const) {
      const pair = makeControlPair();
      pair[side].link = (datagram) =>
        isControl(datagram) && controlPackets(pair[side]).length === lost + 1 ? [] : [millis(1)];
      say(pair.left, 'right', 1);
      pair.clock.advance(seconds(2));
      expect(pair.right.messages.map(({ data }) => numberOf(data))).toEqual([1]);
      expect(controlOf(pair.left, pair.clock.now()).waiting.messages).toBe(0);
    }
  });
});

describe('a peer that takes nothing', () => {
  it('is told as failed after 30 s, with what was lost, and then all is quiet', () => {
    const pair = makeControlPair();
    warmUp(pair);
    pair.left.link = () => [];
    say(pair.left, 'right', 1);
    say(pair.left, 'right', 2, 10);
    pair.clock.advance(micros(29_999_999));
    expect(pair.left.events).toEqual([]);
    pair.clock.advance(micros(1));
    expect(pair.left.events).toEqual([
      { type: 'control-failed', peer: 'right', reason: 'timeout', messages: 2, bytes: 14 },
    ]);
    pair.left.sent.length = 0;
    pair.clock.advance(seconds(100));
    expect(controlPackets(pair.left)).toEqual([]);
  });

  it('gets later messages when it is back, and none of the earlier ones', () => {
    const pair = makeControlPair();
    warmUp(pair);
    // It hears, but nobody hears it: it has the first message.
    pair.right.link = () => [];
    say(pair.left, 'right', 1);
    pair.clock.advance(seconds(31));
    pair.right.link = () => [millis(1)];
    say(pair.left, 'right', 2);
    pair.clock.advance(seconds(1));
    expect(pair.right.messages.map(({ data }) => numberOf(data))).toEqual([1, 2]);
    expect(pair.right.events).toEqual([{ type: 'control-restarted', peer: 'left' }]);
  });

  it('that is removed is told as failed at once', () => {
    const pair = makeControlPair();
    pair.left.link = () => [];
    say(pair.left, 'right', 1);
    pair.left.do((endpoint, now) => endpoint.removeDestination('right', now));
    expect(pair.left.events).toEqual([
      { type: 'control-failed', peer: 'right', reason: 'removed', messages: 1, bytes: 4 },
    ]);
    pair.clock.advance(millis(100));
    expect(pair.left.endpoint.nextDeadline()).toBeUndefined();
  });

  it('that moved gets what waits at its new address', () => {
    const pair = makeControlPair();
    warmUp(pair);
    pair.left.do((endpoint, now) => {
      const control = { channel: 'video', ssrc: pair.right.endpoint.controlSsrc };
      const addresses = { video: { address: '10.9.9.9', port: 5000 } };
      endpoint.addDestination({ id: 'right', addresses, control }, now);
    });
    say(pair.left, 'right', 1);
    pair.clock.advance(seconds(1));
    expect(pair.right.messages).toEqual([]);
    introduce(pair.left, 'right', pair.right);
    pair.clock.advance(seconds(2));
    expect(pair.right.messages.map(({ data }) => numberOf(data))).toEqual([1]);
    expect(pair.left.events.map(({ type }) => type)).toEqual(['control-taken']);
  });
});

describe('a receiver without room', () => {
  it('takes nothing, and is sent again what it did not take', () => {
    let room = true;
    const pair = makeControlPair({ right: { controlRoom: () => room } });
    warmUp(pair);
    room = false;
    for (let number = 0; number < 20; number += 1) say(pair.left, 'right', number);
    pair.clock.advance(seconds(3));
    expect(pair.right.messages).toEqual([]);
    const { drops } = pair.right.endpoint.statistics(pair.clock.now());
    expect(drops['control-overflow']).toBeGreaterThan(20);
    room = true;
    pair.clock.advance(seconds(2));
    expect(pair.right.messages.map(({ data }) => numberOf(data))).toEqual([...Array(20).keys()]);
  });

  it('because nobody drains it, gets no more than a window, and all the rest after', () => {
    const pair = makeControlPair();
    warmUp(pair);
    const drain = pair.right.drain.bind(pair.right);
    pair.right.drain = () => undefined;
    for (let number = 0; number < 200; number += 1) {
      say(pair.left, 'right', number);
      pair.clock.advance(millis(1));
    }
    pair.right.drain = drain;
    pair.right.drain();
    expect(pair.right.messages.length).toBe(64);
    pair.clock.advance(seconds(2));
    expect(pair.right.messages.map(({ data }) => numberOf(data))).toEqual([...Array(200).keys()]);
  });
});

describe('packets', () => {
  const receive = (pair: ReturnType<typeof makeControlPair>, data: Uint8Array) =>
    pair.right.do((endpoint, now) =>
      endpoint.receive({ channel: 'video', data, from: { address: '192.0.2.66', port: 6 } }, now),
    );
  const drops = (pair: ReturnType<typeof makeControlPair>) =>
    pair.right.endpoint.statistics(pair.clock.now()).drops;

  it('of our own that come back are dropped, counted', () => {
    const pair = makeControlPair();
    say(pair.right, 'left', 1);
    receive(pair, controlPackets(pair.right)[0]!);
    expect(drops(pair)).toEqual({ 'own-ssrc': 1 });
  });

  it('for somebody else are dropped, counted', () => {
    const pair = makeControlPair();
    say(pair.left, 'right', 1);
    const packet = Uint8Array.from(controlPackets(pair.left)[0]!);
    packet[16]! ^= 1;
    receive(pair, packet);
    expect(drops(pair)).toEqual({ 'misdirected-control': 1 });
    expect(controlPackets(pair.right)).toEqual([]);
  });

  it('of strangers are dropped, counted, and get no answer', () => {
    const pair = makeControlPair();
    say(pair.left, 'right', 1);
    const packet = Uint8Array.from(controlPackets(pair.left)[0]!);
    packet[8]! ^= 1;
    receive(pair, packet);
    expect(drops(pair)).toEqual({ 'unknown-channel': 1 });
    expect(controlPackets(pair.right)).toEqual([]);
  });

  it('are answered where the peer is said to be, with no more bytes, whoever sent them', () => {
    const pair = makeControlPair();
    pair.left.link = () => [];
    say(pair.left, 'right', 1);
    const request = controlPackets(pair.left)[0]!;
    receive(pair, request);
    const [answer] = pair.right.sent.filter(isControl);
    expect(answer!.to).toEqual(pair.left.address);
    expect(answer!.data.length).toBeLessThanOrEqual(request.length);
  });

  it('that come twice, or much later, change nothing', () => {
    const pair = makeControlPair();
    warmUp(pair);
    for (let number = 0; number < 5; number += 1) say(pair.left, 'right', number);
    pair.clock.advance(millis(100));
    for (const packet of controlPackets(pair.left)) receive(pair, packet);
    pair.clock.advance(millis(100));
    expect(pair.right.messages.length).toBe(5);
    expect(controlOf(pair.right, pair.clock.now()).received.duplicates).toBe(5);
  });

  it('that acknowledge what was not sent are dropped, counted', () => {
    const pair = makeControlPair();
    warmUp(pair);
    say(pair.left, 'right', 1);
    const packet = Uint8Array.from(controlPackets(pair.left)[0]!);
    packet[31]! += 1;
    pair.left.link = () => [];
    receive(pair, packet);
    expect(drops(pair)).toEqual({ 'malformed-control': 1 });
  });

  it('of that payload type from a stream are the stream’s', () => {
    const pair = makePair();
    connect(pair, [{ format: 'generic', payloadType: 126, clockRate: 90_000 }]);
    pair.left.send(numbered(3));
    pair.clock.advance(millis(5));
    expect(pair.right.frames.map(({ data }) => data)).toEqual([numbered(3)]);
  });

  it('have numbers that never repeat, to whomever they go and however often', () => {
    const pair = makeControlPair();
    pair.left.do((endpoint, now) => {
      const addresses = { video: { address: '10.0.0.3', port: 5000 } };
      endpoint.addDestination({ id: 'deaf', addresses, control: { channel: 'video', ssrc: 5 } }, now);
    });
    for (let number = 0; number < 50; number += 1) {
      say(pair.left, 'right', number, 3000);
      say(pair.left, 'deaf', number);
      pair.clock.advance(millis(20));
    }
    const numbers = controlPackets(pair.left).map(
      (packet) => parseRtp(packet, emptyRtpHeader())!.sequenceNumber,
    );
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0]! + index) & 0xffff));
    expect(new Set(pair.left.sent.filter(isControl).map(({ to }) => to.address)).size).toBe(2);
  });
});

describe('a peer that sends more than it may', () => {
  /** A message of left's, with another sequence number. */
  const forge = (packet: Uint8Array, by: number, marker: boolean, payload = packet.subarray(12)) => {
    const forged = serializeRtp({ ...parseRtp(packet)!, marker, payload });
    new DataView(forged.buffer).setUint32(
      12 + 28,
      new DataView(packet.buffer, packet.byteOffset).getUint32(12 + 28) + by,
    );
    return forged;
  };
  const flood = (count: number, from: number, marker: boolean, length: number) => {
    const pair = makeControlPair();
    warmUp(pair);
    pair.left.link = () => [];
    say(pair.left, 'right', 1);
    const [packet] = controlPackets(pair.left);
    const payload = new Uint8Array(32 + length);
    payload.set(packet!.subarray(12, 44));
    for (let number = 0; number < count; number += 1) {
      const data = forge(packet!, from + number, marker, payload);
      pair.right.do((endpoint, now) =>
        endpoint.receive({ channel: 'video', data, from: pair.left.address }, now),
      );
    }
    return { pair, drops: pair.right.endpoint.statistics(pair.clock.now()).drops };
  };

  it('finds no more than a window kept of what can’t be given out yet', () => {
    const { drops, pair } = flood(200, 1, true, 1000);
    expect(drops).toEqual({ 'control-overflow': 200 - 63 });
    expect(pair.right.messages).toEqual([]);
  });

  it('finds no more than a message kept of one that does not end', () => {
    const { drops, pair } = flood(20, 0, false, 1000);
    expect(drops).toEqual({ 'malformed-control': 1 });
    expect(pair.right.messages).toEqual([]);
  });
});
