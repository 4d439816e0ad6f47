export { openTransport, Transport } from './transport.js';
export type { ChannelOptions, TransportOptions } from './options.js';
export type { SrtpProfile } from '../protect/profile.js';
export type { PacketIndex, SrtpKey } from '../protect/srtp-key.js';
export type { NodeStatistics, SocketStatistics } from './messages.js';
export type {
  Address,
  ControlMessage,
  ControlPeerOptions,
  ControlStatistics,
  Destination,
  EndpointEvent,
  IncomingFrame,
  IncomingStatistics,
  IncomingStreamOptions,
  ListenerStatistics,
  OutgoingFrame,
  OutgoingStatistics,
  OutgoingStreamOptions,
  TransportStatistics,
} from '../endpoint/types.js';
export type { Format, PayloadFormat } from '../payload/payload-format.js';
