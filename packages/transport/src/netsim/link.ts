import { micros, uniform, type Micros, type Random } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { copyOf } from '../bytes.js';
import { checkLink, DEFAULT_QUEUE_BYTES, IP_UDP_HEADER_BYTES, type LinkOptions } from './link-options.js';
import { burstLosses, type Losses } from './models/losses.js';
import { CrossTraffic, RateQueue } from './models/rate-queue.js';
import { Stalls } from './models/stalls.js';
import { countsOf, emptyStatistics, type LinkStatistics } from './link-statistics.js';

/** A datagram that comes out of a link. */
export interface Delivery {
  at: Micros;
  /** The memory that went in, unless it was corrupted: then a copy. */
  data: Uint8Array;
}

/** What a link is made with besides its options. */
export interface LinkSetup {
  /** Everything that happens on it follows from this and from what is sent. */
  random: Random;
  /** When it begins: stalls, bursts in time, cross traffic and `changes` are counted from here. */
  start: Micros;
  /**
   * Where the times of stalls come from: `random` unless given. Two links with the same stalls and equal
   * sources stall together, as the two directions of one radio do.
   */
  radio?: Random;
}

/**
 * One direction of a path: datagrams go in, and come out later, changed, twice or not at all. It keeps no
 * datagram: `transmit` tells at once what will come out, and when. Models draw from sources of their own, so
 * that which packets are lost does not change when, say, jitter is added.
 */
export class Link {
  #options: LinkOptions = {};
  readonly #random: Sources;
  readonly #radio: Random;
  readonly #start: Micros;
  readonly #queue = new RateQueue((at) => this.#release(at));
  #stalls: Stalls | undefined;
  #burst: Losses | undefined;
  #crossTraffic: CrossTraffic | undefined;
  #changes: NonNullable<LinkOptions['changes']>;
  #now: Micros;
  /** When the latest packet that kept its place arrives: none does before it. */
  #latest = 0 as Micros;
  /** Whether the latest packet that was to leave fell into a stall. */
  #held = false;
  readonly #statistics: LinkStatistics = emptyStatistics();

  /** @throws HhbError `bad-option` */
  constructor(options: LinkOptions, { random, start, radio = random }: LinkSetup) {
    checkLink(options);
    this.#radio = seededRandom(radio.uint32());
    const own = sources.map((name) => [name, seededRandom(random.uint32())] as const);
    this.#random = Object.fromEntries(own) as Sources;
    this.#start = start;
    this.#now = start;
    this.#changes = options.changes ?? [];
    this.#become(options, start);
  }

  /** What it is at present. */
  get options(): LinkOptions {
    return this.#options;
  }

  /** Counts since the beginning. */
  get statistics(): LinkStatistics {
    return countsOf(this.#statistics);
  }

  /**
   * Sends a datagram. An instant before the latest one counts as the latest one.
   * @returns what comes out, none when it is lost, in order of time
   */
  transmit(data: Uint8Array, now: Micros): Delivery[] {
    if (now > this.#now) this.#now = now;
    this.#change();
    const statistics = this.#statistics;
    const bytes = data.length + IP_UDP_HEADER_BYTES;
    statistics.packets += 1;
    statistics.bytes += bytes;
    const { mtu, loss, corrupt, duplicate } = this.#options;
    if (mtu !== undefined && bytes > mtu) return this.#lose('mtu');
    const leaves = this.#leaves(bytes);
    if (leaves === undefined) return this.#lose('queue');
    // Both are asked, whatever the first one says: neither depends on the other.
    const independent = this.#happens('loss', loss);
    const burst = this.#burst?.takes(leaves);
    if (independent) return this.#lose('loss');
    if (burst) return this.#lose('burst');
    const damaged = this.#happens('corrupt', corrupt);
    if (damaged) statistics.corrupted += 1;
    const delivery = { at: this.#arrives(leaves), data: damaged ? this.#flipBits(data) : data };
    const copied = this.#happens('duplicate', duplicate);
    if (copied) statistics.duplicated += 1;
    statistics.delivered += copied ? 2 : 1;
    return copied ? [delivery, { ...delivery }] : [delivery];
  }

  /**
   * Turns into another link: all that is not given ends, and changes that were to come do not. What is under
   * way arrives as it would have, and nothing overtakes it.
   * @throws HhbError `bad-option`
   */
  change(options: LinkOptions, now: Micros): void {
    checkLink(options);
    if (now > this.#now) this.#now = now;
    this.#changes = (options.changes ?? []).map(({ after, link }) => ({
      after: micros(after + this.#now - this.#start),
      link,
    }));
    this.#become(options, this.#now);
  }

  #lose(reason: keyof LinkStatistics['lost']): Delivery[] {
    this.#statistics.lost[reason] += 1;
    return [];
  }

  /** Makes the changes that are due. */
  #change(): void {
    for (let next = this.#changes[0]; next; next = this.#changes[0]) {
      const at = micros(this.#start + next.after);
      if (at > this.#now) return;
      this.#changes = this.#changes.slice(1);
      this.#become(next.link, at);
    }
  }

  #become(options: LinkOptions, at: Micros): void {
    const { stalls, burst, crossTraffic } = options;
    const before = this.#options;
    this.#options = options;
    // What stays the same goes on where it is.
    if (!isSame(stalls, before.stalls)) this.#stalls = stalls && new Stalls(stalls, this.#radio, at);
    if (!isSame(burst, before.burst)) this.#burst = burst && burstLosses(burst, this.#random.burst, at);
    if (!isSame(crossTraffic, before.crossTraffic)) {
      this.#crossTraffic = crossTraffic && new CrossTraffic(crossTraffic, this.#random.crossTraffic, at);
    }
  }

  /** When the last bit of a packet leaves; undefined when it does not fit into the queue. */
  #leaves(bytes: number): number | undefined {
    const { rate, queue = DEFAULT_QUEUE_BYTES } = this.#options;
    if (rate !== undefined) this.#crossTraffic?.enter(this.#queue, this.#now, { rate, queue });
    this.#held = false;
    const leaves =
      rate === undefined ? this.#release(this.#now) : this.#queue.enter(bytes, this.#now, { rate, queue });
    if (this.#held) this.#statistics.stalled += 1;
    return leaves;
  }

  #release(at: number): number {
    const released = this.#stalls?.release(at) ?? at;
    this.#held = released > at;
    return released;
  }

  #arrives(leaves: number): Micros {
    const { delay = 0, jitter = 0, reorder } = this.#options;
    const late = jitter === 0 ? 0 : uniform(this.#random.jitter) * jitter;
    // Upwards, so that nothing is there before its delay has passed.
    const at = Math.ceil(leaves + delay + late) as Micros;
    const inOrder = at > this.#latest ? at : this.#latest;
    if (reorder && this.#happens('reorder', reorder.share)) {
      this.#statistics.reordered += 1;
      return micros(inOrder + reorder.delay);
    }
    this.#latest = inOrder;
    return inOrder;
  }

  #happens(name: keyof Sources, share = 0): boolean {
    return share > 0 && uniform(this.#random[name]) < share;
  }

  #flipBits(data: Uint8Array): Uint8Array {
    const damaged = copyOf(data);
    const random = this.#random.bits;
    for (let bits = 1 + (random.uint32() % 4); bits > 0 && data.length > 0; bits -= 1) {
      const bit = random.uint32() % (data.length * 8);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
    }
    return damaged;
  }
}

const sources = [
  'loss',
  'burst',
  'corrupt',
  'bits',
  'duplicate',
  'jitter',
  'reorder',
  'crossTraffic',
] as const;

type Sources = Record<(typeof sources)[number], Random>;

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
