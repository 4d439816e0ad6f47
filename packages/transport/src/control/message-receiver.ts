import { micros, unwrapNear, wrap, type Micros } from '@hellohaybye/core';
import { copyOf } from '../bytes.js';
import type { DropReason } from '../drops.js';
import type { Acknowledged, ControlData } from './control-packet.js';
import { ACKNOWLEDGEMENT_DELAY, ACKNOWLEDGEMENT_PACKETS, MAX_CONTROL_BYTES, WINDOW } from './limits.js';

type Part = Pick<ControlData, 'fragment' | 'last'>;

/**
 * One session's messages from one peer: puts packets in order, joins them, and knows what to acknowledge. It
 * keeps no more than a window of packets and one message.
 */
export class MessageReceiver {
  /** The first sequence number that did not come, unwrapped. */
  #next: number;
  /** Packets behind one that did not come. */
  readonly #early = new Map<number, Part>();
  /** What came of a message whose end did not. */
  #message: Uint8Array = nothing;
  #acknowledgeBy: Micros | undefined;
  /** Packets that came since the last acknowledgement. */
  #unacknowledged = 0;
  #lastAt = 0 as Micros;

  /**
   * @param first the session's first sequence number
   * @param deliver takes a whole message, in memory of its own
   */
  constructor(
    first: number,
    private readonly counts: { messages: number; packets: number; duplicates: number },
    private readonly deliver: (message: Uint8Array) => void,
  ) {
    this.#next = first;
  }

  /** @returns why it is dropped, if it is */
  receive(data: ControlData, now: Micros): DropReason | undefined {
    const sequenceNumber = unwrapNear(data.sequenceNumber, this.#next, 32);
    if (sequenceNumber >= this.#next + WINDOW) return 'control-overflow';
    this.counts.packets += 1;
    if (sequenceNumber < this.#next || this.#early.has(sequenceNumber)) {
      this.counts.duplicates += 1;
      // Its acknowledgement was lost, or is late.
      this.#acknowledgeBy = now;
      return undefined;
    }
    const gap = this.#early.size > 0 || sequenceNumber > this.#next;
    // The datagram may be a view of a far larger piece of memory.
    this.#early.set(sequenceNumber, { last: data.last, fragment: copyOf(data.fragment) });
    const problem = this.#advance();
    if (problem) return problem;
    this.#lastAt = now;
    this.#unacknowledged += 1;
    const atOnce = gap || data.urgent || this.#unacknowledged >= ACKNOWLEDGEMENT_PACKETS;
    if (atOnce) this.#acknowledgeBy = now;
    else this.#acknowledgeBy ??= micros(now + ACKNOWLEDGEMENT_DELAY);
    return undefined;
  }

  /** When an acknowledgement is due; undefined when none is owed. */
  get acknowledgeBy(): Micros | undefined {
    return this.#acknowledgeBy;
  }

  /** What came, for a packet that goes out now: nothing is owed then. */
  acknowledge(now: Micros): Acknowledged {
    const received: [number, number] = [0, 0];
    for (const sequenceNumber of this.#early.keys()) {
      const bit = sequenceNumber - this.#next - 1;
      received[bit >> 5]! |= 0x8000_0000 >>> (bit & 31);
    }
    this.#acknowledgeBy = undefined;
    this.#unacknowledged = 0;
    const delay = Math.min(0xffff, Math.round(((now - this.#lastAt) * 65_536) / 1e6));
    return {
      next: wrap(this.#next, 32),
      received: [received[0] >>> 0, received[1] >>> 0],
      delay: Math.max(0, delay),
    };
  }

  /** Goes on over what is there in sequence. */
  #advance(): DropReason | undefined {
    for (let part = this.#early.get(this.#next); part; part = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      const { fragment, last } = part;
      const before = this.#message.length;
      const empty = fragment.length === 0 && before > 0;
      // Nobody sends that who keeps to the rules; it is never acknowledged.
      if (empty || before + fragment.length > MAX_CONTROL_BYTES) return 'malformed-control';
      let message: Uint8Array = fragment;
      if (before > 0) {
        message = new Uint8Array(before + fragment.length);
        message.set(this.#message);
        message.set(fragment, before);
      }
      this.#next += 1;
      this.#message = last ? nothing : message;
      if (!last) continue;
      this.counts.messages += 1;
      this.deliver(message);
    }
    return undefined;
  }
}

const nothing = new Uint8Array(0);
