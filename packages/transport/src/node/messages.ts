import { HhbError } from '@hellohaybye/core';
import type {
  ControlMessage,
  Destination,
  EndpointEvent,
  IncomingFrame,
  IncomingStreamOptions,
  OutgoingFrame,
  OutgoingStreamOptions,
  TransportStatistics,
} from '../endpoint/types.js';
import type { PacketIndex, SrtpKey } from '../protect/srtp-key.js';
import type { TransportOptions } from './options.js';

/** What a transport tells its driver beside frames; the same within one thread and between two. */
export type Command =
  | { type: 'add-outgoing'; stream: OutgoingStreamOptions }
  | { type: 'remove-outgoing'; id: string }
  | { type: 'add-destination'; destination: Destination }
  | { type: 'remove-destination'; id: string }
  | { type: 'add-incoming'; stream: IncomingStreamOptions }
  | { type: 'remove-incoming'; peer: string }
  | { type: 'send-sealed'; peer: string; data: Uint8Array }
  | { type: 'set-send-key'; key: SrtpKey }
  | { type: 'set-peer-keys'; peer: string; keys: readonly SrtpKey[]; indices: readonly PacketIndex[] };

/** A control message to send. */
export interface SendControl {
  type: 'send-control';
  peer: string;
  data: Uint8Array;
}

/** What the driver tells of its sockets once they are bound. */
export interface Bound {
  /** Channel name to port. */
  ports: Record<string, number>;
  /** Channel name to bytes of receive buffer, asked for and granted. */
  receiveBuffers: Record<string, { asked: number; granted: number }>;
  /** The source of our control packets. */
  controlSsrc: number;
}

/** What the transport counts beside the endpoint. */
export interface SocketStatistics {
  /** Datagrams that could not be sent, by the system's error code, or `queue-full`. */
  sendErrors: Record<string, number>;
  /** Frames that were dropped because the other thread was too far behind to take them (worker only). */
  framesNotTaken: number;
}

export type NodeStatistics = TransportStatistics & SocketStatistics;

/** What a driver gives. */
export interface DriverListener {
  frames(frames: IncomingFrame[]): void;
  event(event: EndpointEvent): void;
  control(message: ControlMessage): void;
  /** Whether there is room for more control messages. */
  controlRoom(): boolean;
  error(error: HhbError): void;
}

/** Main thread to worker. Frames are posted as they are: each object around them would be copied, too. */
export type ToWorker =
  | OutgoingFrame
  | Command
  | SendControl
  | { type: 'statistics'; id: number }
  | { type: 'packet-indices'; id: number }
  | { type: 'close' };

/** Worker to main thread. Frames are posted as they are. */
export type FromWorker =
  | IncomingFrame
  | { type: 'bound'; bound: Bound }
  | { type: 'failed'; error: PlainError }
  | { type: 'event'; event: EndpointEvent }
  | ({ type: 'control' } & ControlMessage)
  | { type: 'error'; error: PlainError }
  | { type: 'statistics'; id: number; statistics: NodeStatistics }
  | { type: 'packet-indices'; id: number; indices: PacketIndex[] };

/** What the worker starts with. */
export interface WorkerStart {
  options: TransportOptions;
  /** What the monotonic clock, common to all threads, has to be added to for the time of the main thread. */
  epoch: number;
  /** See `Backlog`. */
  backlog: SharedArrayBuffer;
}

/** An error as plain data. */
export interface PlainError {
  code: string;
  message: string;
  hint: string | undefined;
}

export const toPlainError = (error: HhbError): PlainError => ({
  code: error.code,
  message: error.message,
  hint: error.hint,
});

export const fromPlainError = ({ code, message, hint }: PlainError): HhbError =>
  new HhbError(code, message, { hint });
