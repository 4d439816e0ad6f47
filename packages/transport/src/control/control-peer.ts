import type { Micros, Random } from '@hellohaybye/core';
import type { DropReason } from '../drops.js';
import type { ControlPeerOptions, ControlStatistics } from '../endpoint/types.js';
import type { RoundTrip } from '../repair/round-trip.js';
import type { ControlPayload, ControlSessions } from './control-packet.js';
import type { ControlSurroundings } from './control-stream.js';
import { MessageReceiver } from './message-receiver.js';
import { MessageSender } from './message-sender.js';
import { Session } from './session.js';

/** The control stream to and from one peer. */
export class ControlPeer {
  readonly #session: Session;
  readonly #sender: MessageSender;
  /** There is one while the other side's session is known. */
  #receiver: MessageReceiver | undefined;
  /** The hello that answers somebody. */
  #answer: { from: number; to: number } | undefined;
  readonly #counts = {
    sent: { messages: 0, packets: 0, retransmissions: 0 },
    received: { messages: 0, packets: 0, duplicates: 0 },
    restarts: 0,
  };

  /** @param random where session numbers come from */
  constructor(
    readonly id: string,
    readonly options: ControlPeerOptions,
    roundTrip: RoundTrip,
    random: Random,
    private readonly surroundings: ControlSurroundings,
  ) {
    this.#session = new Session(random);
    this.#sender = new MessageSender(roundTrip, this.#counts.sent);
  }

  /** @returns false when too much waits */
  send(data: Uint8Array, now: Micros): boolean {
    return this.#sender.push(data, now);
  }

  /** Takes a packet in that is for us. @returns true, or why it is dropped */
  receive(payload: ControlPayload, now: Micros): true | DropReason {
    const { from, to, kind } = payload;
    switch (this.#session.receive(from, to, kind === 'hello')) {
      case 'unproven':
        // It is no larger than what it answers, and goes to where the peer is said to be.
        this.#answer = { from: this.#session.answer(from), to: from };
        return kind === 'hello' ? true : 'stale-control';
      case 'begun':
        this.#begin(now);
        break;
      case 'restarted':
        this.#counts.restarts += 1;
        this.surroundings.event({ type: 'control-restarted', peer: this.id });
        this.fail('restarted');
        this.#begin(now);
        break;
      case 'current':
    }
    this.surroundings.heard(this.id, now);
    if (payload.kind === 'hello') return true;
    const taken = this.#sender.acknowledge(payload, now);
    if (!taken) return 'malformed-control';
    if (taken.messages > 0) this.surroundings.event({ type: 'control-taken', peer: this.id, ...taken });
    if (payload.kind === 'acknowledgement') return true;
    if (!this.surroundings.hasRoom()) return 'control-overflow';
    return this.#receiver!.receive(payload, now) ?? true;
  }

  /**
   * The next packet to send.
   * @param room most bytes of a fragment
   */
  poll(room: number, now: Micros): ControlPayload | undefined {
    if (this.#answer) {
      const { from, to } = this.#answer;
      this.#answer = undefined;
      return { kind: 'hello', ...this.#address(from, to) };
    }
    const { own, peer } = this.#session;
    const receiver = this.#receiver;
    if (peer === undefined || !receiver) {
      return this.#sender.hello(now) ? { kind: 'hello', ...this.#address(own, 0) } : undefined;
    }
    const part = this.#sender.next(room, now);
    if (part) return { kind: 'data', ...this.#address(own, peer), ...receiver.acknowledge(now), ...part };
    if (receiver.acknowledgeBy === undefined || receiver.acknowledgeBy > now) return undefined;
    return { kind: 'acknowledgement', ...this.#address(own, peer), ...receiver.acknowledge(now) };
  }

  tick(now: Micros): void {
    this.#sender.tick(now);
    if (!this.#sender.hasFailed(now)) return;
    // Some of it may have come: what follows must not be taken for its continuation.
    this.fail('timeout');
    this.#session.renew();
    this.#receiver = undefined;
  }

  nextDeadline(): Micros | undefined {
    const sender = this.#sender.nextDeadline();
    const receiver = this.#receiver?.acknowledgeBy;
    if (sender === undefined || receiver === undefined) return sender ?? receiver;
    return sender < receiver ? sender : receiver;
  }

  /** Gives up all that waits, and tells of it. */
  fail(reason: 'timeout' | 'restarted' | 'removed'): void {
    const lost = this.#sender.clear();
    if (lost.messages > 0)
      this.surroundings.event({ type: 'control-failed', peer: this.id, reason, ...lost });
  }

  statistics(): ControlStatistics {
    const { sent, received, restarts } = this.#counts;
    return {
      peer: this.id,
      ssrc: this.options.ssrc,
      sent: { ...sent },
      received: { ...received },
      waiting: this.#sender.waiting,
      restarts,
    };
  }

  /** Both sides count from their own session's number. */
  #begin(now: Micros): void {
    this.#sender.begin(this.#session.own, now);
    this.#receiver = new MessageReceiver(this.#session.peer!, this.#counts.received, (message) =>
      this.surroundings.message(this.id, message),
    );
  }

  #address(from: number, to: number): ControlSessions {
    return { receiver: this.options.ssrc, from, to };
  }
}
