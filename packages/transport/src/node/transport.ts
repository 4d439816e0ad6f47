import { EventEmitter } from 'node:events';
import type { HhbError } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import type {
  ControlMessage,
  Destination,
  EndpointEvent,
  IncomingFrame,
  IncomingStreamOptions,
  OutgoingFrame,
  OutgoingStreamOptions,
} from '../endpoint/types.js';
import { checkSealed } from '../sealed/sealed-packet.js';
import { hostHere, type Host } from './host.js';
import type { DriverListener, NodeStatistics } from './messages.js';
import { checkPeer } from '../protect/receiver.js';
import { checkSrtpKey, UsedKeys, type PacketIndex, type SrtpKey } from '../protect/srtp-key.js';
import {
  checkDestination,
  checkStream,
  checkTransportOptions,
  notProtected,
  type TransportOptions,
} from './options.js';
import { receiveBufferWarning } from './receive-buffer.js';
import { hostInWorker } from './worker-host.js';

interface TransportEvents {
  /** A whole frame came in. */
  frame: [IncomingFrame];
  /** A control message came in. */
  control: [ControlMessage];
  /** Something happened to a peer or stream. */
  event: [EndpointEvent];
  /**
   * Something went wrong that no call can report: `send-failed`, at most once a second, or `worker-failed`,
   * after which nothing more comes. Without a listener it is passed over.
   */
  error: [HhbError];
}

/**
 * Opens the sockets of a transport, in a thread of its own unless told otherwise.
 * @throws HhbError `bad-option`, `port-in-use`, `port-not-allowed`, `host-not-available`, `bind-failed`,
 *   `worker-failed`
 */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  checkTransportOptions(options);
  // Nothing is listened to before the transport is there: what comes earlier is passed over.
  const opened: { transport?: Transport } = {};
  const listener: DriverListener = {
    frames: (frames) => {
      for (const frame of frames) opened.transport?.emit('frame', frame);
    },
    event: (event) => opened.transport?.emit('event', event),
    control: (message) => opened.transport?.emit('control', message),
    controlRoom: () => true,
    error: (error) => {
      if ((opened.transport?.listenerCount('error') ?? 0) > 0) opened.transport?.emit('error', error);
    },
  };
  const open = options.worker === false ? hostHere : hostInWorker;
  opened.transport = new Transport(await open(options, systemClock, listener), options.protection);
  return opened.transport;
}

/**
 * Sends and receives streams of frames over UDP. Made by `openTransport`; the methods are those of
 * `Endpoint`, on the clock of `systemClock`.
 */
export class Transport extends EventEmitter<TransportEvents> {
  /** The port of each channel. */
  readonly ports: Readonly<Record<string, number>>;
  /** Bytes of receive buffer of each channel: what was asked for, and what the system granted. */
  readonly receiveBuffers: Readonly<Record<string, { asked: number; granted: number }>>;
  /** The source of our control packets, which peers have to be told: `control.ssrc` of `addDestination`. */
  readonly controlSsrc: number;
  /** What may cost packets on this machine, with a hint what to do: `small-receive-buffer`, or nothing. */
  readonly warnings: readonly HhbError[];
  readonly #isProtected: boolean;
  readonly #usedKeys = new UsedKeys();
  #closing: Promise<void> | undefined;

  /** Use `openTransport`. */
  constructor(
    private readonly host: Host,
    protection?: TransportOptions['protection'],
  ) {
    super();
    // Not the key: a transport may be printed.
    this.#isProtected = protection !== undefined;
    if (protection) this.#usedKeys.add(protection.key);
    this.ports = host.bound.ports;
    this.receiveBuffers = host.bound.receiveBuffers;
    this.controlSsrc = host.bound.controlSsrc;
    const warning = receiveBufferWarning(this.receiveBuffers);
    this.warnings = warning ? [warning] : [];
  }

  /**
   * Adds a stream to send. One of the same id ends first.
   * @throws HhbError `bad-option`, `unknown-channel`
   */
  addOutgoing(stream: OutgoingStreamOptions): void {
    checkStream(stream, this.ports);
    this.host.run({ type: 'add-outgoing', stream });
  }

  /** Ends a stream, with a BYE to every destination. */
  removeOutgoing(id: string): void {
    this.host.run({ type: 'remove-outgoing', id });
  }

  /**
   * Adds a listener of all streams; one of the same id gets the new addresses.
   * @throws HhbError `bad-address`, `bad-option`, `unknown-channel`
   */
  addDestination(destination: Destination): void {
    checkDestination(destination, this.ports);
    this.host.run({ type: 'add-destination', destination });
  }

  /** Removes a listener, with a BYE for every stream. */
  removeDestination(id: string): void {
    this.host.run({ type: 'remove-destination', id });
  }

  /**
   * Expects a stream of a peer; one of the same peer and id is replaced.
   * @throws HhbError `bad-option`, `unknown-channel`
   */
  addIncoming(stream: IncomingStreamOptions): void {
    checkStream(stream, this.ports);
    this.host.run({ type: 'add-incoming', stream });
  }

  /** Expects nothing more of a peer. */
  removeIncoming(peer: string): void {
    this.host.run({ type: 'remove-incoming', peer });
  }

  /**
   * Sends a frame to all destinations. The data is given away: its memory may move to the transport's thread.
   * What can't be sent is counted in `drops`.
   */
  send(frame: OutgoingFrame): void {
    this.host.send(frame);
  }

  /**
   * Sends a message of 0 to 16,384 bytes to one peer, a destination with `control`: reliably, and in order. The data stays
   * the caller's. Events tell how it goes: `control-taken`, or `control-failed`.
   * @returns false when it is not sent: there is no such peer, the transport is closed, or 256 KiB wait for the peer
   *   already, each message counted with 64 bytes besides
   * @throws HhbError `message-too-large`
   */
  sendControl(peer: string, data: Uint8Array): boolean {
    return this.host.sendControl(peer, data);
  }

  /**
   * Sends something that is sealed for one peer by other means, a destination with `control`: in one datagram that may get
   * lost, and outside of SRTP. The peer gets the event `sealed`.
   * @param data 1 to 1024 bytes @throws HhbError `message-too-large`, `bad-option`
   */
  sendSealed(peer: string, data: Uint8Array): void {
    checkSealed(data);
    this.host.run({ type: 'send-sealed', peer, data: Uint8Array.from(data) });
  }

  /**
   * Protects what is sent with another key from now on, which may be for another profile.
   * @throws HhbError `key-reused` when it was used before, `bad-option`, `not-protected`
   */
  setSendKey(key: SrtpKey): void {
    if (!this.#isProtected) throw notProtected();
    checkSrtpKey(key);
    this.#usedKeys.add(key);
    this.host.run({ type: 'set-send-key', key });
  }

  /**
   * Sets the keys that a peer's packets may have now, at most 64, instead of those that it had; what is known of keys
   * that stay is kept. None forgets the peer. The event `key-used` tells when one of them is first used.
   * @param indices how far the peer's sources have come: what its `packetIndices` told, as fresh as can be
   * @throws HhbError `bad-option`, `not-protected`
   */
  setPeerKeys(peer: string, keys: readonly SrtpKey[], indices: readonly PacketIndex[]): void {
    if (!this.#isProtected) throw notProtected();
    checkPeer(peer, keys, indices);
    this.host.run({ type: 'set-peer-keys', peer, keys, indices });
  }

  /**
   * How far our sources have come, which peers who get our key have to be told: the 64 that were used last, the latest
   * first. None without protection.
   * @throws HhbError `transport-closed`, `worker-failed`
   */
  packetIndices(): Promise<PacketIndex[]> {
    return this.host.packetIndices();
  }

  /**
   * Counts since the start.
   * @throws HhbError `transport-closed`, `worker-failed`
   */
  statistics(): Promise<NodeStatistics> {
    return this.host.statistics();
  }

  /** Says BYE for every stream to every destination, three times; then closes the sockets and ends the thread. */
  close(): Promise<void> {
    this.#closing ??= this.host.close();
    return this.#closing;
  }
}
