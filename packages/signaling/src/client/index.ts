export { localCandidates } from '../addresses/node/local-candidates.js';
export { placeOf, readServerUrl } from '../addresses/node/resolve-host.js';
export { connectSignaling, type ConnectOptions } from './connect.js';
export { entryRefusal } from './entry-refusal.js';
export type { Locate, LostServer } from './lost-server.js';
export type {
  ClientEvents,
  ConnectionEnd,
  Direction,
  Gone,
  JoinedRoom,
  People,
} from './session/client-events.js';
export { defaultReconnectPolicy, type ReconnectPolicy } from './session/reconnect-schedule.js';
export type { Entry, Invited, SignalingClientEvents } from './client-types.js';
export { SignalingClient } from './signaling-client.js';
