import { toMillis, type Clock, type Micros } from '@hellohaybye/core';
import type { PeerSocket } from './peer-socket.js';

/** Tells which connections do not say hello in time, with one timer for all: the first to come is the first to be late. */
export class HelloWatch {
  readonly #waiting = new Map<PeerSocket, Micros>();
  #timer: NodeJS.Timeout | undefined;

  /** @param late called with each that is late, once */
  constructor(
    private readonly clock: Clock,
    private readonly timeout: Micros,
    private readonly late: (socket: PeerSocket) => void,
  ) {}

  add(socket: PeerSocket): void {
    this.#waiting.set(socket, (this.clock.now() + this.timeout) as Micros);
    this.#timer ??= this.#wake(this.timeout);
  }

  /** It has spoken, or is gone. */
  delete(socket: PeerSocket): void {
    this.#waiting.delete(socket);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  #wake(after: Micros): NodeJS.Timeout {
    return setTimeout(() => this.#look(), Math.ceil(toMillis(after))).unref();
  }

  #look(): void {
    const now = this.clock.now();
    this.#timer = undefined;
    for (const [socket, deadline] of this.#waiting) {
      if (deadline > now) {
        this.#timer = this.#wake((deadline - now) as Micros);
        break;
      }
      this.#waiting.delete(socket);
      this.late(socket);
    }
  }
}
