import type { RequestError } from './session-types.js';

/** How requests end that the server has not answered. */
export const notConnected: RequestError = {
  code: 'not-connected',
  message: 'There is no connection to the signaling server',
};
export const noReply: RequestError = {
  code: 'request-timeout',
  message: 'The server did not answer in time',
};
export const alreadyInRoom: RequestError = {
  code: 'already-in-room',
  message: 'You are in a room already',
};
export const connectionLost: RequestError = {
  code: 'connection-lost',
  message: 'The connection was lost, and the server knows nothing of this any more',
};
