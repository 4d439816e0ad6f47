import { micros, millis, type Micros } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import type { OutgoingDatagram } from './types.js';
import type { Pacer } from '../pace/pacer.js';
import type { Protector } from '../protect/protector.js';
import { noRepair, type Repair } from '../repair/repair.js';
import { noControl, type ControlPacket, type ControlStream } from '../control/control-stream.js';
import { fixedBudget } from '../congestion/congestion-control.js';
import { serializeRtp } from '../packet/rtp.js';
import { connect, genericFormat, incomingOf, isRtcp, makePair, message } from '../testing/pair.js';

// That the rooms for later stages are wired: small policies of the tests' own, in the places of real ones.

/** Inverts the payload and appends a tag; counts what it does. */
class Inverting implements Protector {
  readonly rtpOverhead = 16;
  readonly rtcpOverhead = 4;
  protectedRtp = 0;
  readonly sender = undefined;
  protectRtp = (packets: readonly Uint8Array[]) =>
    packets.map((packet) => {
      this.protectedRtp += 1;
      return Uint8Array.from([
        ...packet.subarray(0, 12),
        ...packet.subarray(12).map((byte) => ~byte),
        ...this.#tag(16),
      ]);
    });
  protectRtcp = (packet: Uint8Array) => Uint8Array.from([...packet, ...this.#tag(4)]);
  unprotectRtp = (datagram: Uint8Array) => {
    if (datagram.length < 28 || datagram.at(-1) !== 0xaa) return 'unauthenticated' as const;
    return Uint8Array.from([...datagram.subarray(0, 12), ...datagram.subarray(12, -16).map((byte) => ~byte)]);
  };
  unprotectRtcp = (datagram: Uint8Array) =>
    datagram.at(-1) === 0xaa ? datagram.subarray(0, -4) : ('unauthenticated' as const);
  #tag = (length: number) => new Array<number>(length).fill(0xaa);
}

/** One datagram a millisecond. */
class Slow implements Pacer {
  readonly waiting: OutgoingDatagram[] = [];
  budget = 0;
  #next = 0 as Micros;
  push(datagram: OutgoingDatagram): boolean {
    this.waiting.push(datagram);
    return true;
  }
  pop(now: Micros): OutgoingDatagram | undefined {
    if (now < this.#next || this.waiting.length === 0) return undefined;
    this.#next = micros(now + 1000);
    return this.waiting.shift();
  }
  nextDeadline = () => (this.waiting.length > 0 ? this.#next : undefined);
  setBudget(_destination: string, bits: number): void {
    this.budget = bits;
  }
  forget(): void {}
}

/** Sends every packet once more, wrapped into a packet of an SSRC of its own, which restores it. */
const twice = (): Repair => ({
  overhead: 12,
  sourceOf: (_packet, { ssrc }) => (ssrc === 99 ? 7 : undefined),
  sender: (stream, random) => ({
    ...noRepair.sender(stream, random),
    sent: ({ packets }) =>
      packets.map((payload) =>
        serializeRtp({ payloadType: 97, sequenceNumber: 0, timestamp: 0, ssrc: 99, payload }),
      ),
  }),
  receiver: (stream) => ({
    ...noRepair.receiver(stream),
    repair: (packet, { payloadStart, payloadEnd }) => [packet.subarray(payloadStart, payloadEnd)],
  }),
});

describe('the stages of an endpoint', () => {
  it('protect a packet once for all listeners, and refuse what is not protected', () => {
    const protector = new Inverting();
    const pair = makePair({ left: { protector }, right: { protector: new Inverting() } });
    connect(pair);
    for (const id of ['b', 'c']) {
      pair.left.do((endpoint, now) =>
        endpoint.addDestination({ id, addresses: { video: { address: '10.0.0.9', port: 1 } } }, now),
      );
    }
    pair.left.send(message(0));
    pair.clock.advance(millis(5));
    expect(protector.protectedRtp).toBe(5);
    expect(pair.left.sent.filter((datagram) => !isRtcp(datagram)).length).toBe(15);
    expect(pair.right.frames.map(({ data }) => data)).toEqual([message(0)]);
    const from = pair.left.address;
    for (const data of [new Uint8Array(40).fill(0x80), Uint8Array.of(0x80, 200, 0, 0)]) {
      pair.right.do((endpoint, now) => endpoint.receive({ channel: 'video', data, from }, now));
    }
    expect(pair.right.endpoint.statistics(pair.clock.now()).drops).toEqual({ unauthenticated: 2 });
  });

  it('leave room in the datagram for what later stages add', () => {
    for (const mtu of [400, 1200, 9000]) {
      const options = { protector: new Inverting(), repair: twice(), mtu };
      const pair = makePair({ left: options, right: options });
      connect(pair);
      pair.left.send(message(0, 50_000));
      pair.clock.advance(millis(5));
      expect(Math.max(...pair.left.sent.map(({ data }) => data.length))).toBe(mtu);
      expect(pair.right.frames.length).toBe(1);
    }
  });

  it('pace: datagrams leave when the pacer lets them, by its deadline', () => {
    const pacer = new Slow();
    const pair = makePair({ left: { pacer, congestion: fixedBudget(5e6) } });
    connect(pair);
    expect(pacer.budget).toBe(5e6);
    pair.left.send(message(0));
    expect(pair.left.sent.length).toBe(1);
    pair.clock.advance(micros(3500));
    expect(pair.left.sent.length).toBe(4);
    pair.clock.advance(millis(5));
    expect(pair.right.frames.length).toBe(1);
  });

  it('repair: lost packets come back from repair packets, which no stream sees', () => {
    const pair = makePair({ left: { repair: twice() }, right: { repair: twice() } });
    connect(pair);
    pair.left.link = (datagram, index) =>
      datagram.priority === 'frame' && index % 2 === 0 ? [] : [millis(1)];
    pair.left.send(message(0));
    pair.left.send(message(1));
    pair.clock.advance(millis(5));
    expect(pair.right.frames.map(({ data }) => data)).toEqual([message(0), message(1)]);
    expect(incomingOf(pair.right, pair.clock.now())).toMatchObject({ lost: 4, givenUp: 0 });
    expect(pair.right.endpoint.statistics(pair.clock.now()).drops).toEqual({});
  });

  it('control: its packets go to one destination and are taken before streams are looked at', () => {
    const outbox: ControlPacket[] = [];
    const inbox: Uint8Array[] = [];
    const control = (own: ControlPacket[]): ControlStream => ({
      ...noControl,
      poll: () => own.shift(),
      receive: (packet, { payloadType }) => {
        if (payloadType !== 127) return false;
        inbox.push(packet);
        return true;
      },
    });
    const pair = makePair({ left: { control: control(outbox) }, right: { control: control([]) } });
    connect(pair);
    const payload = Uint8Array.of(1, 2, 3);
    const packet = serializeRtp({ payloadType: 127, sequenceNumber: 1, timestamp: 0, ssrc: 5, payload });
    outbox.push({ destination: 'right', channel: 'video', packet });
    pair.left.do((endpoint, now) => endpoint.tick(now));
    pair.clock.advance(millis(5));
    expect(inbox).toEqual([packet]);
  });

  it('refuse an MTU that their overhead leaves no room in', () => {
    expect(() => makePair({ left: { mtu: 255 } })).toThrow(expect.objectContaining({ code: 'bad-option' }));
    expect(() => makePair({ left: { mtu: 65_508 } })).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    );
    const repair = { ...noRepair, overhead: 200 };
    expect(() => makePair({ left: { mtu: 300, repair } })).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    );
    expect(() => makePair({ left: { cname: '' } })).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});

describe('channels', () => {
  it('that share a socket find their streams by SSRC', () => {
    const pair = makePair({ right: { sockets: { video: 'media', audio: 'media' } } });
    pair.right.do((endpoint, now) => {
      endpoint.addIncoming(
        { peer: 'left', id: 'video', channel: 'video', ssrc: 1, formats: [genericFormat] },
        now,
      );
      endpoint.addIncoming(
        { peer: 'left', id: 'audio', channel: 'audio', ssrc: 2, formats: [genericFormat] },
        now,
      );
    });
    pair.left.do((endpoint, now) => {
      endpoint.addOutgoing({ id: 'video', channel: 'video', ssrc: 1, formats: [genericFormat] }, now);
      endpoint.addOutgoing({ id: 'audio', channel: 'audio', ssrc: 2, formats: [genericFormat] }, now);
      const addresses = { video: pair.right.address, audio: pair.right.address };
      endpoint.addDestination({ id: 'right', addresses }, now);
    });
    pair.left.link = () => [];
    pair.left.send(message(0), 'video');
    pair.left.send(message(1), 'audio');
    for (const { data } of pair.left.sent) {
      pair.right.do((endpoint, now) =>
        endpoint.receive({ channel: 'media', data, from: pair.left.address }, now),
      );
    }
    expect(pair.right.frames.map(({ stream }) => stream)).toEqual(['video', 'audio']);
  });

  it('that a destination does not have are not sent to it', () => {
    const pair = makePair();
    connect(pair);
    pair.left.do((endpoint, now) =>
      endpoint.addOutgoing({ id: 'audio', channel: 'audio', ssrc: 2, formats: [genericFormat] }, now),
    );
    pair.left.send(message(0), 'audio');
    expect(pair.left.sent).toEqual([]);
    expect(pair.left.endpoint.statistics(pair.clock.now()).outgoing[1]).toMatchObject({
      frames: 1,
      destinations: [],
    });
  });
});
