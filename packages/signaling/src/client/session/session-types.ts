import type { Micros, Random } from '@hellohaybye/core';
import type { ClientMessage, ServerMessage } from '../../protocol/types.js';
import type { ClientEvent } from './client-events.js';
import type { Request } from './pending-requests.js';
import type { ReconnectPolicy } from './reconnect-schedule.js';

/** What the machine wants done. */
export type SessionOutput =
  | { type: 'send'; message: ClientMessage }
  /** A request was answered. */
  | { type: 'resolve'; requestId: number; reply: ServerMessage }
  | { type: 'reject'; requestId: number; error: RequestError }
  | { type: 'event'; event: ClientEvent }
  /** The server is to be connected to, and told what `hello` gives. */
  | { type: 'connect' }
  /** The connection is of no use any more and is to be cut; `lost` follows. */
  | { type: 'cut'; reason: string };

/** Why a request came to nothing: a code of the server's, `request-timeout`, `not-connected` or `connection-lost`. */
export interface RequestError {
  code: string;
  message: string;
  ids?: string[];
}

export interface SessionMachineOptions {
  /** As others are to see it. */
  name: string;
  /** The secret that stands behind `instance`: 128 random bits or more as hex or base64url. */
  instanceKey: string;
  random: Random;
  /** How long a reply may take. */
  timeout: Micros;
  /** Absent: a lost connection is not made again. */
  reconnect?: ReconnectPolicy | undefined;
}

/** A request without the id that the machine gives it. */
export type RequestBody = Request extends infer One
  ? One extends Request
    ? Omit<One, 'requestId'>
    : never
  : never;
