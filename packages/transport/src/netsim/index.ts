export { micros, millis, seconds, type Micros } from '@hellohaybye/core';
export { seededRandom, VirtualClock } from '@hellohaybye/core/testing';
export {
  IP_UDP_HEADER_BYTES,
  type BurstByPacket,
  type BurstByTime,
  type CrossTrafficOptions,
  type LinkChange,
  type LinkOptions,
  type ReorderOptions,
  type Span,
  type StallOptions,
} from './link-options.js';
export { Link, type Delivery, type LinkSetup } from './link.js';
export type { LinkStatistics } from './link-statistics.js';
export { SimulatedNetwork, type Datagram, type SimulatedNetworkOptions } from './network.js';
export { Participant, type ParticipantOptions, type SimulatedFrame } from './participant.js';
export {
  SimulatedCall,
  simulatePair,
  type SimulatedCallOptions,
  type SimulatedPairOptions,
} from './simulated-call.js';
export { presets, type PresetName } from './presets.js';
