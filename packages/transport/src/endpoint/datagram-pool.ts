import type { Address, OutgoingDatagram, Priority } from './types.js';

/** Datagrams that were drained, to be filled again: so none is made for each packet. */
export class DatagramPool {
  readonly #spare: OutgoingDatagram[] = [];
  /** How many there are at the front of the array, which keeps its size. */
  #spares = 0;
  /** The one that the caller has. */
  #lent: OutgoingDatagram | undefined;

  fill(
    data: Uint8Array,
    destination: string,
    channel: string,
    to: Address,
    priority: Priority,
  ): OutgoingDatagram {
    if (this.#spares === 0) return { type: 'datagram', channel, to, data, destination, priority };
    this.#spares -= 1;
    const datagram = this.#spare[this.#spares]!;
    datagram.channel = channel;
    datagram.to = to;
    datagram.data = data;
    datagram.destination = destination;
    datagram.priority = priority;
    return datagram;
  }

  /** Gives one to the caller. The one that it was given before is taken back. */
  lend(datagram: OutgoingDatagram | undefined): OutgoingDatagram | undefined {
    if (this.#lent) this.release(this.#lent);
    this.#lent = datagram;
    return datagram;
  }

  /** Takes one back that nobody has any more. */
  release(datagram: OutgoingDatagram): void {
    // It must not keep the memory of a whole frame.
    datagram.data = nothing;
    if (this.#spares === MAX_SPARES) return;
    this.#spare[this.#spares] = datagram;
    this.#spares += 1;
  }
}

const nothing = new Uint8Array(0);
/** More than a large frame has; what a flood needs beyond that is not kept. */
const MAX_SPARES = 1024;
