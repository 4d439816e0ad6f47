import { micros, millis, type Micros, type Random } from '@hellohaybye/core';
import { seededRandom, VirtualClock } from '@hellohaybye/core/testing';
import { Endpoint } from '../endpoint/endpoint.js';
import type { Address, IncomingFrame } from '../endpoint/types.js';
import { IP_UDP_HEADER_BYTES } from '../netsim/index.js';
import { parseRtcp } from '../packet/rtcp.js';
import { REPAIR_PAYLOAD_TYPE } from '../repair/repair-packet.js';
import { genericFormat, isRtcp, l16Format } from './pair.js';

/** Nobody that anybody knows. */
export const stranger: Address = { address: '192.0.2.66', port: 6666 };

export const MAX_FRAME_BYTES = 40_000;

/** One of two who call each other, and what left it, by kind. */
export class AttackedSide {
  readonly endpoint: Endpoint;
  readonly frames: IncomingFrame[] = [];
  /** Datagrams that were injected here: each may be taken for a frame of its own. */
  injected = 0;
  readonly sent = { frames: 0, sourceBytes: 0, repairBytes: 0, feedback: 0, reports: 0 };
  /** What its clock shows beyond the call's. */
  #offset = 0;

  constructor(
    readonly name: 'left' | 'right',
    readonly address: Address,
    private readonly call: AttackedCall,
    random: Random,
  ) {
    this.endpoint = new Endpoint({ cname: name, random });
  }

  get other(): AttackedSide {
    return this.name === 'left' ? this.call.right : this.call.left;
  }

  /** Its clock is set, ahead or back. */
  jump(by: Micros): void {
    this.#offset += by;
    this.do((endpoint, now) => endpoint.tick(now));
  }

  do(input: (endpoint: Endpoint, now: Micros) => void): void {
    input(this.endpoint, micros(this.call.clock.now() + this.#offset));
    this.#drain();
  }

  /** Sends a frame whose first bytes are its number. */
  send(stream: string, number: number, bytes: number): void {
    const data = new Uint8Array(Math.max(4, bytes & ~1)).fill(number & 255);
    data.set([number >> 24, number >> 16, number >> 8, number]);
    this.sent.frames += 1;
    this.do((endpoint, now) => endpoint.send({ stream, data, capturedAt: now }, now));
  }

  /** A datagram comes from somewhere, made by nobody knows whom. */
  inject(data: Uint8Array, from: Address): void {
    this.injected += 1;
    this.do((endpoint, now) => endpoint.receive({ channel: 'media', data, from }, now));
  }

  #drain(): void {
    for (let output = this.endpoint.poll(); output; output = this.endpoint.poll()) {
      if (output.type === 'frame') this.frames.push(output.frame);
      if (output.type !== 'datagram') continue;
      const { to, data, priority } = output;
      if (to.address !== this.other.address.address || to.port !== this.other.address.port)
        throw new Error(`${data.length} bytes to ${to.address}:${to.port}, who is no participant`);
      this.#count(data, priority);
      this.call.transmit(this, Uint8Array.from(data));
    }
    const next = this.endpoint.nextDeadline();
    if (next === undefined) return;
    this.call.clock.schedule(micros(next - this.#offset), () => {
      const due = this.endpoint.nextDeadline();
      if (due === undefined || due - this.#offset > this.call.clock.now()) return;
      this.do((endpoint, now) => endpoint.tick(now));
    });
  }

  #count(data: Uint8Array, priority: string): void {
    const bytes = data.length + IP_UDP_HEADER_BYTES;
    if (isRtcp({ data })) {
      const feedback = parseRtcp(data)?.some(({ type }) => type === 'other');
      this.sent[feedback ? 'feedback' : 'reports'] += 1;
    } else if ((data[1]! & 0x7f) === REPAIR_PAYLOAD_TYPE || priority === 'repair')
      this.sent.repairBytes += bytes;
    else this.sent.sourceBytes += bytes;
  }
}

/**
 * A call of two with everything on, repair and pacing, in virtual time: `left` sends pictures (SSRC 7) and sound (9), `right`
 * pictures (8). What was sent lately is kept, to be replayed and damaged.
 */
export class AttackedCall {
  readonly clock = new VirtualClock();
  readonly left: AttackedSide;
  readonly right: AttackedSide;
  /** Of both sides, the oldest first. */
  readonly recorded: Uint8Array[] = [];
  /** Of one datagram in so many is lost; 0 for none. */
  lossPercent = 0;
  readonly #random: Random;

  constructor(seed = 1) {
    this.#random = seededRandom(seed);
    this.left = new AttackedSide('left', { address: '10.0.0.1', port: 5001 }, this, this.#random);
    this.right = new AttackedSide('right', { address: '10.0.0.2', port: 5001 }, this, this.#random);
    const channel = 'media';
    const streams = [
      { from: this.left, id: 'video', ssrc: 7, formats: [genericFormat] },
      { from: this.left, id: 'sound', ssrc: 9, formats: [l16Format] },
      { from: this.right, id: 'video', ssrc: 8, formats: [genericFormat] },
    ];
    for (const { from, ...stream } of streams) {
      const incoming = { ...stream, peer: from.name, channel, deadline: millis(100) };
      from.other.do((endpoint, now) => endpoint.addIncoming(incoming, now));
      from.do((endpoint, now) => endpoint.addOutgoing({ ...stream, channel }, now));
    }
    for (const side of [this.left, this.right]) {
      const { name, address } = side.other;
      side.do((endpoint, now) => endpoint.addDestination({ id: name, addresses: { media: address } }, now));
    }
  }

  transmit(from: AttackedSide, data: Uint8Array): void {
    this.recorded.push(data);
    if (this.recorded.length > MAX_RECORDED) this.recorded.shift();
    if (this.#random.uint32() % 100 < this.lossPercent) return;
    this.clock.schedule(micros(this.clock.now() + 1000), () =>
      from.other.do((endpoint, now) => endpoint.receive({ channel: 'media', data, from: from.address }, now)),
    );
  }

  /**
   * A time of calm, in which frames of 30 packets go both ways.
   * @returns how many of the last twenty came whole, to the right and to the left
   */
  calm(frames = 60): [number, number] {
    const first = 1_000_000 + this.left.sent.frames + this.right.sent.frames;
    for (let number = first; number < first + frames; number += 1) {
      for (const side of [this.left, this.right]) side.send('video', number, 34_000);
      this.clock.advance(millis(33));
    }
    this.clock.advance(millis(300));
    const whole = (side: AttackedSide) => {
      const numbers = new Set(
        side.frames.filter(({ stream }) => stream === 'video').map(({ data }) => numberOf(data)),
      );
      return [...numbers].filter((number) => number >= first + frames - 20 && number < first + frames).length;
    };
    return [whole(this.right), whole(this.left)];
  }
}

const numberOf = (data: Uint8Array): number =>
  (data[0]! << 24) | (data[1]! << 16) | (data[2]! << 8) | data[3]!;

const MAX_RECORDED = 400;
