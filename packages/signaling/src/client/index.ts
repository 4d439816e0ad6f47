export { localCandidates } from '../addresses/node/local-candidates.js';
export { connectSignaling, type ConnectOptions } from './connect.js';
export { SignalingClient, type JoinedRoom, type SignalingClientEvents } from './signaling-client.js';
