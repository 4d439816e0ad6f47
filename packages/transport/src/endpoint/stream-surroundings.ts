import type { Drops } from '../drops.js';
import type { OtherRtcp } from '../packet/rtcp.js';
import type { Repair } from '../repair/repair.js';
import type { RoundTrip } from '../repair/round-trip.js';
import type { IncomingStream } from './incoming-stream.js';
import type { Peer } from './peers.js';
import type { IncomingFrame } from './types.js';

/** What a stream needs of its endpoint, and tells it. */
export interface StreamSurroundings {
  drops: Drops;
  repair: Repair;
  roundTrip: RoundTrip;
  /** Its peer. */
  sender: Peer;
  /** The name of the socket that it comes in on. */
  socket: string;
  /** The source that we report to its peer as. */
  reporter(): number;
  frame(frame: IncomingFrame): void;
  /** Feedback to send to the stream's peer. */
  feedback(stream: IncomingStream, packet: OtherRtcp): void;
  /** The source begins anew. */
  restarted(stream: IncomingStream): void;
}
