import type { EndpointEvent } from '@hellohaybye/transport';
import { serializeControl, type ControlMessage } from './control-message.js';

type Kind = ControlMessage['type'];

/** Messages that did not reach somebody, or may not have. */
export interface Unsent {
  peer: string;
  kinds: Kind[];
}

/** The messages to each peer that the peer has not taken yet. */
export class ControlOutbox {
  readonly #under = new Map<string, Kind[]>();

  /** @param send hands a message to the transport; false when it takes no more */
  constructor(private readonly send: (peer: string, data: Uint8Array) => boolean) {}

  /** Whether everything was taken. */
  get isEmpty(): boolean {
    return this.#under.size === 0;
  }

  /** How many messages of a kind a peer has not taken yet. */
  waiting(peer: string, kind: Kind): number {
    return (this.#under.get(peer) ?? []).filter((one) => one === kind).length;
  }

  /** Says something to one peer. @returns false when there is no way to */
  say(peer: string, message: ControlMessage): boolean {
    if (!this.send(peer, serializeControl(message))) return false;
    this.#under.set(peer, [...(this.#under.get(peer) ?? []), message.type]);
    return true;
  }

  /** Takes an event of the transport. @returns what did not reach the peer, if that is what it tells */
  take(event: EndpointEvent): Unsent | undefined {
    if (event.type !== 'control-taken' && event.type !== 'control-failed') return undefined;
    const kinds = this.#under.get(event.peer) ?? [];
    const gone = kinds.splice(0, event.messages);
    if (kinds.length === 0) this.#under.delete(event.peer);
    return event.type === 'control-failed' ? { peer: event.peer, kinds: gone } : undefined;
  }
}
