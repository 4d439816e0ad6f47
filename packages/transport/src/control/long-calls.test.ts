import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { micros, millis, seconds, wrap } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { parseRtp } from '../packet/rtp.js';
import { RoundTrip } from '../repair/round-trip.js';
import type { ControlSurroundings } from './control-stream.js';
import { reliableControl } from './reliable-control.js';

// Without endpoints around them, whose reports would fill days of virtual time.

interface Node {
  control: ReturnType<typeof reliableControl>;
  messages: Uint8Array[];
  events: string[];
  packets: Uint8Array[];
}

function makeNode(random: ControlSurroundings['random'], firstSequenceNumber = 0): Node {
  const control = reliableControl({ firstSequenceNumber });
  const node: Node = { control, messages: [], events: [], packets: [] };
  control.attach({
    random,
    room: 1200,
    hasRoom: () => true,
    message: (_, data) => node.messages.push(data),
    event: ({ type }) => node.events.push(type),
    heard: () => undefined,
  });
  return node;
}

/** Two control streams, 1 ms apart, of which every so many packets are lost. */
class Line {
  now = micros(1.7e15);
  readonly nodes: readonly [Node, Node];
  #underWay: { at: number; to: Node; packet: Uint8Array }[] = [];
  #sent = 0;
  /** Packets between one loss and the next. */
  lossEvery = Infinity;

  constructor(random: ControlSurroundings['random'], firstSequenceNumber = 0) {
    this.nodes = [makeNode(random, firstSequenceNumber), makeNode(random, firstSequenceNumber)];
    const [one, other] = this.nodes;
    one.control.setPeer('peer', { channel: 'c', ssrc: other.control.ssrc }, new RoundTrip());
    other.control.setPeer('peer', { channel: 'c', ssrc: one.control.ssrc }, new RoundTrip());
  }

  send(from: 0 | 1, data: Uint8Array): boolean {
    const sent = this.nodes[from].control.send('peer', data, this.now);
    this.#drain();
    return sent;
  }

  /** @returns how often something happened meanwhile */
  run(span: number): number {
    const end = this.now + span;
    for (let count = 0; ; count += 1) {
      const times = [...this.nodes.map(({ control }) => control.nextDeadline()), this.#underWay[0]?.at];
      const next = Math.min(...times.map((time) => time ?? Infinity));
      if (next > end) {
        this.now = micros(end);
        return count;
      }
      this.now = micros(Math.max(next, this.now));
      while (this.#underWay[0] && this.#underWay[0].at <= this.now) {
        const { to, packet } = this.#underWay.shift()!;
        expect(to.control.receive(packet, parseRtp(packet)!, this.now)).toBe(true);
      }
      for (const { control } of this.nodes) control.tick(this.now);
      this.#drain();
    }
  }

  #drain(): void {
    for (const [index, node] of this.nodes.entries()) {
      for (let out = node.control.poll(this.now); out; out = node.control.poll(this.now)) {
        node.packets.push(out.packet);
        this.#sent += 1;
        if (this.#sent % this.lossEvery === 0) continue;
        this.#underWay.push({ at: this.now + 1000, to: this.nodes[1 - index]!, packet: out.packet });
      }
    }
  }
}

const rtpNumbers = ({ packets }: Node) => packets.map((packet) => parseRtp(packet)!.sequenceNumber);

describe('counters', () => {
  it('wrap without a trace: of RTP packets, of parts in a session, of what is acknowledged', () => {
    let draws = 0;
    // Session numbers, and with them the first sequence numbers, close to the wrap.
    const line = new Line({ uint32: () => wrap(-50 - (draws += 1), 32) }, 65_480);
    line.lossEvery = 7;
    const sent: Uint8Array[] = [];
    for (let number = 0; number < 300; number += 1) {
      const data = Uint8Array.of(number >> 8, number);
      sent.push(data);
      expect(line.send(0, data)).toBe(true);
      expect(line.send(1, data)).toBe(true);
      line.run(number % 3 === 0 ? 500 : 8000);
    }
    line.run(seconds(1));
    for (const node of line.nodes) {
      expect(node.messages).toEqual(sent);
      expect(new Set(node.events)).toEqual(new Set(['control-taken']));
      const numbers = rtpNumbers(node);
      expect(numbers).toEqual(numbers.map((_, index) => (65_480 + index) & 0xffff));
      expect(numbers.length).toBeGreaterThan(400);
    }
  });
});

describe('a long call', () => {
  it('that says nothing for 100 hours does nothing', () => {
    const line = new Line(seededRandom(1));
    line.send(0, Uint8Array.of(1));
    line.run(seconds(1));
    const before = line.nodes.map(({ packets }) => packets.length);
    expect(line.run(seconds(100 * 3600))).toBe(0);
    expect(line.nodes.map(({ packets }) => packets.length)).toEqual(before);
    // And then it works as before.
    line.send(1, Uint8Array.of(2));
    line.run(millis(10));
    expect(line.nodes[0].messages).toEqual([Uint8Array.of(2)]);
  });

  it('that says something every half a minute for ten days keeps nothing of it', () => {
    const line = new Line(seededRandom(2));
    line.lossEvery = 10;
    let longest = 0;
    let count = 0;
    const held = () =>
      line.nodes.reduce(
        (sum, { control }) =>
          sum + control.statistics()[0]!.waiting.messages + (control.nextDeadline() ? 1 : 0),
        0,
      );
    for (; count < 10 * 24 * 120; count += 1) {
      line.send(count & 1 ? 1 : 0, new Uint8Array(count % 3000));
      line.run(seconds(30));
      longest = Math.max(longest, held());
    }
    expect(longest).toBe(0);
    const [one, other] = line.nodes;
    expect(one.messages.length + other.messages.length).toBe(count);
    expect(one.events).not.toContain('control-failed');
    expect(other.control.statistics()[0]!.sent.retransmissions).toBeGreaterThan(100);
  });

  it('takes no more memory after 100,000 messages than after 10,000', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const line = new Line(seededRandom(3));
    const say = (messages: number) => {
      for (let count = 0; count < messages; count += 1) {
        line.send(0, new Uint8Array(10));
        if (count % 50 === 0) {
          line.run(millis(30));
          for (const node of line.nodes) {
            node.messages.length = 0;
            node.packets.length = 0;
            node.events.length = 0;
          }
        }
      }
    };
    say(10_000);
    gc();
    const before = process.memoryUsage();
    say(100_000);
    gc();
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    expect(grown).toBeLessThan(1e6);
    expect(line.nodes[0].control.statistics()[0]!.waiting.messages).toBeLessThan(200);
  });
});
