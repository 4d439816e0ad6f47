import type { EndpointEvent } from '../endpoint/types.js';
import { MAX_WAITING_BYTES, MESSAGE_COST } from '../control/limits.js';
import type { Command } from './messages.js';

/**
 * What the queues for control messages hold, as the main thread sees them, in front of a transport in another
 * one: each message counts from when it is posted until an event tells what became of it. So a message that is
 * taken here finds room there.
 */
export class ControlQueues {
  readonly #peers = new Set<string>();
  /** Bytes that wait for a peer, which may be gone. */
  readonly #waiting = new Map<string, number>();

  /** Takes note of who is a peer. */
  command(command: Command): void {
    if (command.type === 'remove-destination') this.#peers.delete(command.id);
    if (command.type !== 'add-destination') return;
    const { id, control } = command.destination;
    if (control) this.#peers.add(id);
    else this.#peers.delete(id);
  }

  /** Notes a message. @returns false when it is not to be sent */
  push(peer: string, bytes: number): boolean {
    const waiting = (this.#waiting.get(peer) ?? 0) + bytes + MESSAGE_COST;
    if (!this.#peers.has(peer) || waiting > MAX_WAITING_BYTES) return false;
    this.#waiting.set(peer, waiting);
    return true;
  }

  /** Takes note of messages that do not wait any more. */
  event(event: EndpointEvent): void {
    if (event.type !== 'control-taken' && event.type !== 'control-failed') return;
    const { peer, messages, bytes } = event;
    const waiting = (this.#waiting.get(peer) ?? 0) - bytes - messages * MESSAGE_COST;
    if (waiting > 0) this.#waiting.set(peer, waiting);
    else this.#waiting.delete(peer);
  }
}
