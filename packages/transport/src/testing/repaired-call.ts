import { micros, millis, type Micros } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import type { IncomingStreamOptions, OutgoingStreamOptions } from '../endpoint/types.js';
import {
  IP_UDP_HEADER_BYTES,
  simulatePair,
  type LinkOptions,
  type SimulatedNetwork,
  type SimulatedPairOptions,
} from '../netsim/index.js';
import { parseRtcp } from '../packet/rtcp.js';
import { parseRtp } from '../packet/rtp.js';
import { readFeedback, type RepairFeedback } from '../repair/feedback.js';
import { REPAIR_PAYLOAD_TYPE } from '../repair/repair-packet.js';

/** A call of frames from left to right, at equal distances, that has to be repaired. */
export interface RepairedCallOptions {
  seed?: number;
  /** There and back, without loss of its own: 2 ms unless given. */
  roundTrip?: Micros;
  /** The way there. */
  link?: Omit<LinkOptions, 'delay'>;
  /** The way back: like that there unless given. */
  back?: Omit<LinkOptions, 'delay'>;
  /** 33 ms unless given. */
  deadline?: Micros;
  /** 60 of them unless given. */
  frames?: number;
  /** 40,000 unless given, or what a function says of a frame's number. */
  bytes?: number | ((frame: number) => number);
  /** Between frames: 33 ms unless given. */
  interval?: Micros;
  /** Source packets that are lost besides, by the number of their frame and their place in it. */
  isLost?: (frame: number, packet: number) => boolean;
  stream?: Partial<OutgoingStreamOptions>;
  incoming?: Partial<IncomingStreamOptions>;
  left?: SimulatedPairOptions['left'];
  right?: SimulatedPairOptions['right'];
}

/** A datagram that was sent, and whether it arrives. */
export interface Sent {
  at: Micros;
  arrives: boolean;
  from: 'left' | 'right';
  kind: 'source' | 'repair' | 'report' | 'feedback';
  /** The frame it is of, by number, where it tells. */
  frame: number | undefined;
  /** Unwrapped, of source packets. */
  feedback: RepairFeedback | undefined;
  data: Uint8Array;
}

/** Bytes of a frame: its number, then noise that follows from it. */
export function frameData(number: number, bytes: number): Uint8Array {
  const random = seededRandom(number + 1);
  const data = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 4) {
    const word = random.uint32();
    for (let byte = 0; byte < 4 && at + byte < bytes; byte += 1) data[at + byte] = word >>> (8 * byte);
  }
  for (let byte = 0; byte < 4 && byte < bytes; byte += 1) data[byte] = number >>> (8 * byte);
  return data;
}

/** Runs such a call to its end. */
export function repairedCall(options: RepairedCallOptions = {}) {
  const { seed = 1, roundTrip = millis(2), deadline = millis(33), frames = 60, bytes = 40_000 } = options;
  const { interval = micros(1e5 / 3), link = {}, back = link } = options;
  const delay = micros(roundTrip / 2);
  const sizeOf = typeof bytes === 'number' ? () => bytes : bytes;
  const sent: Sent[] = [];
  const numbers = new Map<number, number>();
  const readyAt: Micros[] = [];
  const arrived: { number: number; at: Micros; intact: boolean }[] = [];
  const { call, left, right, links } = simulatePair({
    seed,
    there: { ...link, delay },
    back: { ...back, delay },
    ...(options.stream ? { stream: options.stream } : {}),
    incoming: { deadline, ...options.incoming },
    ...(options.left ? { left: options.left } : {}),
    right: {
      ...options.right,
      onFrame: ({ data }, at) => {
        const number = data[0]! | (data[1]! << 8) | (data[2]! << 16);
        const expected = frameData(number, sizeOf(number));
        arrived.push({ number, at, intact: isSame(data, expected) });
      },
    },
    onTransmit: ({ from, data }, deliveries, at) =>
      record(from.address === left.address ? 'left' : 'right', data, at, deliveries.length > 0),
  });
  const record = (from: Sent['from'], data: Uint8Array, at: Micros, arrives: boolean) =>
    void sent.push(describeDatagram(data, from, numbers, { at, arrives }));
  if (options.isLost)
    loseThose(call.network, options.isLost, (data) => record('left', data, call.clock.now(), false));
  left.sendEvery(interval, frames, (number) => {
    readyAt[number] = call.clock.now();
    return { stream: 'video', data: frameData(number, sizeOf(number)) };
  });
  call.run(micros(frames * interval + 2 * deadline + 1_000_000));
  return new RepairedCall({ call, left, right, links, sent, readyAt, arrived, delay, deadline });
}

type Ran = Pick<ReturnType<typeof simulatePair>, 'call' | 'left' | 'right' | 'links'> & {
  sent: Sent[];
  readyAt: Micros[];
  arrived: { number: number; at: Micros; intact: boolean }[];
  delay: Micros;
  deadline: Micros;
};

/** What came of a call. */
export class RepairedCall {
  constructor(readonly ran: Ran) {}

  /** Whether every frame that came is as it was, and came once. */
  get intact(): boolean {
    const { arrived } = this.ran;
    return (
      arrived.every(({ intact }) => intact) &&
      new Set(arrived.map(({ number }) => number)).size === arrived.length
    );
  }

  /** Numbers of the frames that were not whole at their deadline, counted from when the last packet was due. */
  get missing(): number[] {
    const at = new Map(this.ran.arrived.map((frame) => [frame.number, frame.at]));
    const numbers: number[] = [];
    for (const [number, due] of this.due.entries())
      if ((at.get(number) ?? Infinity) > due) numbers.push(number);
    return numbers;
  }

  /** When each frame is of no use any more. */
  get due(): Micros[] {
    const { sent, delay, deadline } = this.ran;
    const due: Micros[] = [];
    for (const { kind, at, frame } of sent)
      if (kind === 'source') due[frame!] = micros(at + delay + deadline);
    return due;
  }

  /** From when a frame was ready to when it was whole, microseconds. */
  get latencies(): number[] {
    return this.ran.arrived.map(({ number, at }) => at - this.ran.readyAt[number]!);
  }

  /** All bytes but those of source packets, at IP level and both ways, in per cent of these. */
  overheadPct(since = 0): number {
    let source = 0;
    let rest = 0;
    for (const { kind, data, at } of this.ran.sent) {
      if (at - this.ran.readyAt[0]! < since) continue;
      if (kind === 'source') source += data.length + IP_UDP_HEADER_BYTES;
      else rest += data.length + IP_UDP_HEADER_BYTES;
    }
    return (100 * rest) / source;
  }

  /** What was sent of a kind. */
  of(kind: Sent['kind']): Sent[] {
    return this.ran.sent.filter((sent) => sent.kind === kind);
  }

  get requests(): Sent[] {
    return this.of('feedback').filter(({ feedback }) => feedback?.asks !== false);
  }

  get incoming() {
    return this.ran.right.endpoint.statistics(this.ran.call.clock.now()).incoming[0]!;
  }

  get listener() {
    return this.ran.left.endpoint.statistics(this.ran.call.clock.now()).outgoing[0]!.destinations[0]!;
  }
}

/** Has a network lose source packets that are named, on top of what its links lose. */
function loseThose(
  network: SimulatedNetwork,
  isLost: (frame: number, packet: number) => boolean,
  lose: (data: Uint8Array) => void,
): void {
  const frames = new Map<number, { number: number; packets: number }>();
  const send = network.send.bind(network);
  network.send = (from, to, data) => {
    const rtp = data[1]! >= 192 && data[1]! <= 223 ? undefined : parseRtp(data);
    if (rtp && rtp.payloadType !== REPAIR_PAYLOAD_TYPE) {
      const frame = frames.get(rtp.timestamp) ?? { number: frames.size, packets: 0 };
      frames.set(rtp.timestamp, frame);
      frame.packets += 1;
      if (isLost(frame.number, frame.packets - 1)) return lose(data);
    }
    send(from, to, data);
  };
}

function describeDatagram(
  data: Uint8Array,
  from: Sent['from'],
  numbers: Map<number, number>,
  { at, arrives }: Pick<Sent, 'at' | 'arrives'>,
): Sent {
  const base = { at, arrives, from, data: data.slice(), frame: undefined, feedback: undefined };
  if (data[1]! >= 192 && data[1]! <= 223) {
    const other = parseRtcp(data)?.find((packet) => packet.type === 'other');
    if (other?.type !== 'other') return { ...base, kind: 'report' };
    return { ...base, kind: 'feedback', feedback: readFeedback(other) };
  }
  const { payloadType, timestamp } = parseRtp(data)!;
  const kind = payloadType === REPAIR_PAYLOAD_TYPE ? 'repair' : 'source';
  if (kind === 'source' && !numbers.has(timestamp)) numbers.set(timestamp, numbers.size);
  return { ...base, kind, frame: numbers.get(timestamp) };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}
