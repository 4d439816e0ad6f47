import { micros, type Micros } from '@hellohaybye/core';
import type { ClientMessage } from '../../protocol/types.js';

/** What a welcomed client asks for. */
export type Request = Exclude<ClientMessage, { type: 'hello' }>;
export type RequestType = Request['type'];

/** A request that has no reply yet. */
export interface Pending {
  readonly request: Request;
  /** When whoever asked is told that no reply came; undefined for what the machine asks by itself. */
  readonly until: Micros | undefined;
  /** Whether it brings us back to the room that we were in. */
  readonly isRejoin: boolean;
}

/** The requests that wait for their reply, in the order in which they were made. */
export class PendingRequests {
  readonly #pending = new Map<number, Pending>();
  readonly #timeout: Micros;
  #last = 0;

  constructor(timeout: Micros) {
    this.#timeout = timeout;
  }

  nextId(): number {
    this.#last += 1;
    return this.#last;
  }

  /** @param isAsked whether somebody waits for the reply, who is told when it does not come in time */
  add(request: Request, now: Micros, isAsked: boolean, isRejoin = false): void {
    const until = isAsked ? micros(now + this.#timeout) : undefined;
    this.#pending.set(request.requestId, { request, until, isRejoin });
  }

  take(requestId: number | undefined): Pending | undefined {
    if (requestId === undefined) return undefined;
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    return pending;
  }

  isRejoin(requestId: number | undefined): boolean {
    return requestId !== undefined && this.#pending.get(requestId)?.isRejoin === true;
  }

  all(): Pending[] {
    return [...this.#pending.values()];
  }

  /** The first of these types. */
  find(...types: RequestType[]): Request | undefined {
    for (const { request } of this.#pending.values()) if (types.includes(request.type)) return request;
    return undefined;
  }

  nextDeadline(): Micros | undefined {
    for (const { until } of this.#pending.values()) if (until !== undefined) return until;
    return undefined;
  }

  /** Those whose reply has not come in time; they wait no more. */
  expired(now: Micros): Pending[] {
    const expired = this.all().filter(({ until }) => until !== undefined && until <= now);
    for (const { request } of expired) this.#pending.delete(request.requestId);
    return expired;
  }
}
