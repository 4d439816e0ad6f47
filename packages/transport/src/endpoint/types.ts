import type { Micros } from '@hellohaybye/core';
import type { Format, PayloadFormat } from '../payload/payload-format.js';
import type { PathStatistics } from '../path/path-peer.js';
import type { RepairRequests, SentRepairStatistics } from '../repair/repair.js';

/** Where datagrams go to or come from. */
export interface Address {
  /** An IPv4 or IPv6 address, not a name. */
  address: string;
  port: number;
}

/** A stream to send. */
export interface OutgoingStreamOptions {
  /** Its name within this endpoint. */
  id: string;
  /** The channel (socket) that it goes out on. */
  channel: string;
  /** Its RTP source identifier: random, and not one that was used before. */
  ssrc: number;
  /** The first that can carry a frame is used for it. All have one clock rate. */
  formats: PayloadFormat[];
}

/** A stream to receive. */
export interface IncomingStreamOptions {
  /** Who sends it; the same name as the `Destination` that is this peer, so that reports go there. */
  peer: string;
  /** Its name within that peer. */
  id: string;
  /** The channel (socket) that it comes in on. */
  channel: string;
  /**
   * Its RTP source identifier. Without one the stream takes the first source that comes with one of its
   * payload types and belongs to nobody else, and follows a change of it: at once after a BYE, otherwise
   * when the old one has been silent for 500 ms. For plain RTP with other programs.
   */
  ssrc?: number;
  formats: PayloadFormat[];
  /**
   * How long after its last packet should have come an incomplete frame is given up: 100 ms unless given.
   * Nothing is asked for that could only come later. For `l16`, the playout delay.
   */
  deadline?: Micros;
  /**
   * How its losses are repaired: `parity` asks for Reed-Solomon parity with feedback of our own (for `l16`: for
   * single packets by standard NACKs), `packets` by standard NACKs alone (RFC 4585), `none` asks for nothing.
   * Unless given `parity` for a stream with an `ssrc`, whose sender signaling knows, and `none` for others.
   */
  repair?: RepairRequests;
}

/** A listener: each frame that is sent goes to all of them. */
export interface Destination {
  id: string;
  /**
   * Channel name to where that channel's packets go. A channel that is missing is not sent to it. Either this, or
   * `candidates` and `ports`.
   */
  addresses?: Record<string, Address>;
  /**
   * IP addresses that may lead to it, in order of preference; the first 16 count. With `control`, all are probed: packets
   * go to the first until one answers, and from then on to the best that answers (event `path`).
   */
  candidates?: string[];
  /** With `candidates`: channel name to port. */
  ports?: Record<string, number>;
  /**
   * Channel name to where that channel's RTCP goes, for programs that do not take it on the media port
   * (RFC 5761) but on another, by default the next one (RFC 3550, section 11).
   */
  rtcpAddresses?: Record<string, Address>;
  /**
   * Whether repair packets may be sent to it: yes unless `false`, for programs that know nothing of them.
   * Standard NACKs (RFC 4585) are answered either way.
   */
  repair?: boolean;
  /** Its end of the control stream. Without one no control messages go to it or come from it. */
  control?: ControlPeerOptions;
}

/** The other side's end of the control stream. */
export interface ControlPeerOptions {
  /** The channel (socket) that control packets go out on. */
  channel: string;
  /** The source of its control packets: what it tells as its `controlSsrc`. */
  ssrc: number;
}

/** A message of the control stream that came in. */
export interface ControlMessage {
  peer: string;
  /** Memory of its own, for the caller to keep or transfer. 0 to 16,384 bytes. */
  data: Uint8Array;
}

/** A frame to send. */
export interface OutgoingFrame {
  /** Id of an outgoing stream. */
  stream: string;
  /** A JPEG file, big-endian interleaved 16-bit samples, or any bytes, by the stream's formats. At most 16 MiB. */
  data: Uint8Array;
  /** Of the picture, or of the first sample. */
  capturedAt: Micros;
}

/** A whole frame that came in; for `l16`, a packet. */
export interface IncomingFrame {
  peer: string;
  stream: string;
  format: Format;
  /** Memory of its own, for the caller to keep or transfer. */
  data: Uint8Array;
  /** RTP ticks at the stream's clock rate, unwrapped: goes on through wraps, begins anew with a new source. */
  timestamp: number;
  /** The capture instant on the sender's clock; undefined until a sender report came. */
  capturedAt?: Micros;
  /** When its last packet came in. */
  arrivedAt: Micros;
  /** Of its first packet, unwrapped. */
  sequenceNumber: number;
}

/** A datagram to send now. */
export interface OutgoingDatagram {
  type: 'datagram';
  channel: string;
  to: Address;
  data: Uint8Array;
  /** Id of the destination. */
  destination: string;
  /** What a pacer sends first: reports, then sound, then all other frames, then repair. */
  priority: Priority;
}

/** In order: `report` first, `repair` last. */
export type Priority = 'report' | 'audio' | 'frame' | 'repair';

/** What happened, for whoever runs the call. */
export type EndpointEvent =
  /** A stream was ended by its sender (RTCP BYE), told once. */
  | { type: 'bye'; peer: string; stream: string; reason?: string }
  /** Nothing came from a peer for the peer timeout, 5 s unless set; told once. */
  | { type: 'timeout'; peer: string }
  /** A peer that had timed out is heard again. */
  | { type: 'resumed'; peer: string }
  /** A stream begins, or begins anew with another source or other numbers: its timestamps start over. */
  | { type: 'source'; peer: string; stream: string; ssrc: number }
  /** Somebody sends with an SSRC of ours: a loop or a collision (RFC 3550, section 8.2); told once a stream. */
  | { type: 'collision'; stream: string; ssrc: number }
  /** A peer has taken so many more control messages, in the order in which they were sent. */
  | { type: 'control-taken'; peer: string; messages: number; bytes: number }
  /**
   * So many control messages, all that the peer had not acknowledged, are given up: some of them may have come. It
   * took nothing for 30 s, has begun anew, or was removed. What is sent from now on goes as before.
   */
  | {
      type: 'control-failed';
      peer: string;
      reason: 'timeout' | 'restarted' | 'removed';
      messages: number;
      bytes: number;
    }
  /**
   * Packets go to this address of a destination with `candidates` from now on, as it answers, or as the `previous` one
   * does not; told first when any of them answers.
   */
  | { type: 'path'; peer: string; address: string; previous?: string }
  /** Something came that is sealed for us, in the name of a peer: who sent it shows when it is opened. Of `sendSealed`. */
  | { type: 'sealed'; peer: string; data: Uint8Array }
  /** A peer's end of the control stream has begun anew: what was said before may be unknown to it, or lost. */
  | { type: 'control-restarted'; peer: string }
  /** The first packet was authentic under a key of a peer, which is told by its `id`. Of a transport with protection. */
  | { type: 'key-used'; peer: string; key: string };

/** What `Endpoint.poll` gives. */
export type Output =
  | OutgoingDatagram
  | { type: 'frame'; frame: IncomingFrame }
  | { type: 'event'; event: EndpointEvent }
  | ({ type: 'control' } & ControlMessage);

/** Counts since the start. */
export interface TransportStatistics {
  outgoing: OutgoingStatistics[];
  incoming: IncomingStatistics[];
  /** One for each destination with a control stream. */
  control: ControlStatistics[];
  /** One for each destination with `candidates` and a control stream. */
  paths: PathStatistics[];
  /** What came in, or was to be sent, and was not used: see `dropReasons`. */
  drops: Record<string, number>;
}

export interface OutgoingStatistics {
  stream: string;
  ssrc: number;
  frames: number;
  /** RTP packets made, each counted once however many destinations it went to. */
  packets: number;
  /** Of these packets, headers included. */
  bytes: number;
  destinations: ListenerStatistics[];
}

/** How one listener gets one stream. */
export interface ListenerStatistics {
  destination: string;
  packets: number;
  bytes: number;
  /** From the listener's last report; undefined before the first. */
  fractionLost?: number;
  lost?: number;
  jitter?: Micros;
  /** From SR and RR (RFC 3550, section 6.4.1), of the last report that told. */
  roundTrip?: Micros;
  /** What repair sent to it; undefined where there is no repair, or nothing was sent yet. */
  repair?: SentRepairStatistics;
}

export interface IncomingStatistics {
  peer: string;
  stream: string;
  /** The source at present; undefined before the first packet of a stream without a given one. */
  ssrc?: number;
  cname?: string;
  /** Frames given out; for `l16`, packets. */
  frames: number;
  /** RTP packets of this stream, duplicates and late ones included. */
  packets: number;
  /** Of these packets, headers included. */
  bytes: number;
  /**
   * Packets that were sent but did not come by themselves, by their sequence numbers, repaired or not; one that
   * comes late is uncounted.
   */
  lost: number;
  /** Share of packets that did not come by themselves, since the start: 0 to 1. */
  lossBefore: number;
  /** Share of packets that were still missing after repair. */
  lossAfter: number;
  /** Packets that repair brought back: by parity that came unasked, and by request. */
  repaired: { parity: number; request: number };
  /** Requests for repair that were sent. */
  requests: number;
  /** Bytes that came for the sake of repair, in per cent of those of source packets, RTP headers included. */
  overheadPct: number;
  /** Frames given up at their deadline because packets were missing. */
  givenUp: number;
  /** Frames given up whose packets came after all, too late; for `l16`, packets after the deadline. */
  late: number;
  /** Packets that came when their frame was decided already. */
  latePackets: number;
  /** Packets that were seen before. */
  duplicates: number;
  /** Interarrival jitter (RFC 3550, section 6.4.1 and A.8). */
  jitter: Micros;
  /** Times the source began anew: another SSRC, or other sequence numbers or timestamps. */
  restarts: number;
  /** Times that packets began to come from another address. */
  addressChanges: number;
  /** Frames that wait for packets, now. */
  pending: number;
}

/** The control stream to and from one peer. */
export interface ControlStatistics {
  peer: string;
  /** The peer's source. */
  ssrc: number;
  /** Messages taken to be sent; packets with parts of them, and those among these that were sent again. */
  sent: { messages: number; packets: number; retransmissions: number };
  /** Messages given out; packets with parts of them, and those that had come before. */
  received: { messages: number; packets: number; duplicates: number };
  /** What is not acknowledged, now. */
  waiting: { messages: number; bytes: number };
  /** Times that the peer began anew. */
  restarts: number;
}
