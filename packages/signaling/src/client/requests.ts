import { HhbError, toMillis, type Micros } from '@hellohaybye/core';
import type { ServerMessage } from '../protocol/types.js';

interface Pending {
  resolve: (reply: ServerMessage) => void;
  reject: (error: HhbError) => void;
  timer: NodeJS.Timeout;
}

/** The requests that wait for their reply. */
export class Requests {
  readonly #pending = new Map<number, Pending>();
  readonly #timeout: Micros;
  #last = 0;

  constructor(timeout: Micros) {
    this.#timeout = timeout;
  }

  /** Begins a request; its reply rejects with `request-timeout` when none comes in time. */
  open(): { requestId: number; reply: Promise<ServerMessage> } {
    this.#last = (this.#last + 1) % 0x8000_0000;
    const requestId = this.#last;
    const reply = new Promise<ServerMessage>((resolve, reject) => {
      const message = `The server did not answer within ${toMillis(this.#timeout) / 1000} s`;
      const timer = setTimeout(
        () => this.reject(requestId, new HhbError('request-timeout', message)),
        toMillis(this.#timeout),
      );
      this.#pending.set(requestId, { resolve, reject, timer });
    });
    return { requestId, reply };
  }

  /** @returns false when no such request waits */
  resolve(requestId: number, reply: ServerMessage): boolean {
    const pending = this.#take(requestId);
    pending?.resolve(reply);
    return pending !== undefined;
  }

  /** @returns false when no such request waits */
  reject(requestId: number | undefined, error: HhbError): boolean {
    const pending = requestId === undefined ? undefined : this.#take(requestId);
    pending?.reject(error);
    return pending !== undefined;
  }

  rejectAll(error: HhbError): void {
    for (const requestId of [...this.#pending.keys()]) this.reject(requestId, error);
  }

  #take(requestId: number): Pending | undefined {
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    clearTimeout(pending?.timer);
    return pending;
  }
}
