import type { RemoteInfo, Socket } from 'node:dgram';
import { getSystemErrorName } from 'node:util';
import type { Address } from '../endpoint/types.js';
import { directSend, type DirectSend } from './direct-send.js';

/** Why a datagram could not be sent. */
export interface SendFailure {
  /** The system's name of the error, or `queue-full`. */
  code: string;
  message: string;
  /** Where it was to go, where that is known. */
  address?: string;
}

/** What a socket tells. */
export interface UdpListener {
  datagram(data: Uint8Array, from: Address): void;
  /** A datagram could not be sent, this one or an earlier one. */
  failed(failure: SendFailure): void;
}

/** A bound socket that sends in the same turn, wherever the system takes the datagram. */
export class UdpSocket {
  /** Whether datagrams take the short way (see `directSend`). */
  readonly direct: boolean;
  readonly #direct: DirectSend | undefined;
  readonly #failed: (failure: SendFailure) => void;
  #inFlight = 0;
  #lastAddress = '';
  #lastTarget = '';

  /** @param family 6 for a socket that reaches IPv4 addresses, too, as `::ffff:a.b.c.d` */
  constructor(
    private readonly socket: Socket,
    private readonly family: 4 | 6,
    { datagram, failed }: UdpListener,
    direct = true,
  ) {
    this.#failed = failed;
    this.#direct = direct ? directSend(socket, this.#completed) : undefined;
    this.direct = this.#direct !== undefined;
    socket.on('message', (data, from) => datagram(plain(data), withoutPrefix(from)));
    // Some systems report here that an earlier datagram found nobody.
    socket.on('error', this.#failedWith);
  }

  /** Datagrams that the system has not taken yet. Without `direct` also those sent in this turn. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The data must stay as it is until the system has taken it. */
  send(data: Uint8Array, { address, port }: Address): void {
    // What the system does not take at once waits in Node, without a bound of its own.
    if (this.#inFlight > UNCHECKED_SENDS && this.socket.getSendQueueSize() > MAX_SEND_QUEUE_BYTES) {
      return this.#failed({ code: 'queue-full', message: 'too much waits to be sent' });
    }
    const target = this.family === 4 ? address : this.#mapped(address);
    if (this.#direct) {
      const result = this.#direct(data, port, target);
      if (result === 0) this.#inFlight += 1;
      else if (result < 0) this.#failedWithNumber(result, address, port);
      return;
    }
    this.#inFlight += 1;
    try {
      this.socket.send(data, port, target, this.#sent);
    } catch (error) {
      this.#sent(error as NodeJS.ErrnoException);
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }

  /** IPv4 addresses as a socket of both families takes them; made anew only when the address changes. */
  #mapped(address: string): string {
    if (address !== this.#lastAddress) {
      this.#lastAddress = address;
      this.#lastTarget = address.includes(':') ? address : MAPPED_PREFIX + address;
    }
    return this.#lastTarget;
  }

  readonly #completed = (error: number): void => {
    this.#inFlight -= 1;
    if (error < 0) this.#failedWithNumber(error);
  };

  /** One for all datagrams. */
  readonly #sent = (error: NodeJS.ErrnoException | null): void => {
    this.#inFlight -= 1;
    if (error) this.#failedWith(error);
  };

  readonly #failedWith = ({
    code = 'unknown',
    message,
    address,
  }: NodeJS.ErrnoException & { address?: string }): void => {
    this.#failed({ code, message, ...(address !== undefined && { address: withoutMapping(address) }) });
  };

  #failedWithNumber(error: number, address?: string, port?: number): void {
    const code = getSystemErrorName(error);
    const to = address === undefined ? '' : ` ${address}:${port}`;
    this.#failed({ code, message: `send ${code}${to}`, ...(address !== undefined && { address }) });
  }
}

/** Without Node's Buffer, whose `subarray` and `slice` differ. */
const plain = (data: Buffer): Uint8Array =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.length);

function withoutPrefix(from: RemoteInfo): Address {
  const { family, address, port } = from;
  return family === 'IPv6' && address.startsWith(MAPPED_PREFIX)
    ? { address: withoutMapping(address), port }
    : from;
}

const withoutMapping = (address: string): string =>
  address.startsWith(MAPPED_PREFIX) ? address.slice(MAPPED_PREFIX.length) : address;

const MAPPED_PREFIX = '::ffff:';
/** Datagrams that may wait before it is looked how many bytes they are. */
const UNCHECKED_SENDS = 256;
/** Bytes that may wait in Node for one socket; what comes then is lost and counted as `queue-full`. */
const MAX_SEND_QUEUE_BYTES = 32 * 1024 * 1024;
