import { HhbError } from '@hellohaybye/core';
import type { ServerMessage } from '../protocol/types.js';
import type { JoinedRoom } from './session/client-events.js';
import type { RequestError } from './session/session-types.js';

interface Waiter {
  resolve: (reply: ServerMessage) => void;
  reject: (error: HhbError) => void;
}

/** Who waits for the reply to a request. */
export class Waiters {
  readonly #waiting = new Map<number, Waiter>();

  /** The reply, or the error that the request ends with. */
  wait(requestId: number): Promise<ServerMessage> {
    return new Promise((resolve, reject) => this.#waiting.set(requestId, { resolve, reject }));
  }

  resolve(requestId: number, reply: ServerMessage): void {
    this.#take(requestId)?.resolve(reply);
  }

  reject(requestId: number, error: RequestError): void {
    this.#take(requestId)?.reject(errorOf(error));
  }

  #take(requestId: number): Waiter | undefined {
    const waiter = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    return waiter;
  }
}

/** An error of the protocol as one that is thrown. */
export function errorOf({ code, message, ids }: RequestError): HhbError {
  return new HhbError(code, message, ids ? { hint: `Use one of these ids: ${ids.join(', ')}` } : {});
}

/** The room of a reply that has to hold one. */
export function insideOf(reply: ServerMessage): JoinedRoom {
  if (reply.type !== 'room') throw unexpected(reply);
  const { room, call, self, participants } = reply;
  return { room, call, self, participants };
}

/** A reply of a kind that does not answer what was asked. */
export const unexpected = (reply: ServerMessage): HhbError =>
  new HhbError('bad-server-message', `The server answered with "${reply.type}"`);
