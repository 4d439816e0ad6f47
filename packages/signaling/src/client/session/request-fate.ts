import type { PendingRequests, Pending, RequestType } from './pending-requests.js';
import { alreadyInRoom, connectionLost } from './request-errors.js';
import type { RequestError } from './session-types.js';

/**
 * What becomes of a request when the server has forgotten our session: it is made again, dropped, done by that
 * itself, or ends with an error.
 */
export function fateOf(
  { request: { type }, isRejoin }: Pending,
  isInside: boolean,
  all: PendingRequests,
): 'again' | 'dropped' | 'done' | RequestError {
  if (isRejoin) return 'dropped';
  if (type === 'invite' || type === 'accept' || type === 'move') return connectionLost;
  if (type === 'join') return isInside ? alreadyInRoom : 'again';
  // One that was made after a join takes that back.
  if (type === 'leave' && all.find('join')) return 'again';
  return type === 'who' ? 'again' : 'done';
}

/** What takes us somewhere. */
export const enters: readonly RequestType[] = ['join', 'accept', 'invite'];
