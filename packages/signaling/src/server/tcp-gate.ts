import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { normalizeAddress } from '../addresses/ip.js';
import type { ProtocolErrorCode } from '../protocol/errors.js';
import { Admission } from './policy/admission.js';
import { inNetworks, type Cidr } from './policy/cidr.js';
import type { Refusals } from './refusals.js';

/** What the gate needs to know. */
export interface TcpGateOptions {
  /** WebSockets that one address may have; it gets a few connections more, for other requests. */
  connectionsPerAddress: number;
  /** These speak for many, and are not limited here. */
  proxies: readonly Cidr[];
  refusals: Refusals;
}

/**
 * Counts the connections of each address from when they are opened, whether or not anything is ever said over them: who
 * opens too many is cut off before a byte is read. Requests that are broken or never complete are told apart and counted.
 */
export class TcpGate {
  readonly #admission: Admission;
  /** The address by which each is counted; undefined: it is not. */
  readonly #open = new Map<Socket, string | undefined>();

  constructor(private readonly options: TcpGateOptions) {
    const connectionsPerAddress = options.connectionsPerAddress + slack;
    this.#admission = new Admission({ connections: Infinity, connectionsPerAddress });
  }

  /** Watches over all that connect to a server from now on. */
  guard(server: Server): void {
    const { refusals } = this.options;
    server.on('connection', (socket: Socket) => {
      if (this.#admit(socket)) socket.once('close', () => this.#release(socket));
    });
    server.on('drop', (from?: { remoteAddress?: string }) => {
      const address = normalizeAddress(from?.remoteAddress ?? unknownAddress);
      refusals.note(address, 'server-full', { reason: 'There are too many connections in all' });
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#failed(error, socket));
  }

  /** Ends all connections that are left. */
  close(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  #admit(socket: Socket): boolean {
    const { proxies, refusals } = this.options;
    const address = normalizeAddress(socket.remoteAddress ?? unknownAddress);
    const counted = inNetworks(address, proxies) ? undefined : address;
    const refusal = counted === undefined ? undefined : this.#admission.admit(counted);
    if (!refusal) {
      this.#open.set(socket, counted);
      return true;
    }
    refusals.note(address, refusal.code, { reason: refusal.message });
    socket.destroy();
    return false;
  }

  #release(socket: Socket): void {
    const address = this.#open.get(socket);
    this.#open.delete(socket);
    if (address !== undefined) this.#admission.release(address);
  }

  /** What came over a connection is no request; Node's own answer to it is given here. */
  #failed(error: NodeJS.ErrnoException, socket: Duplex): void {
    const failure = failureOf(error.code ?? '');
    const address = normalizeAddress((socket as Socket).remoteAddress ?? unknownAddress);
    if (failure) this.options.refusals.note(address, failure.code, { reason: failure.reason });
    if (failure?.status === undefined || !socket.writable) return void socket.destroy();
    socket.end(`HTTP/1.1 ${failure.status}\r\nConnection: close\r\n\r\n`, () => socket.destroy());
    // Nobody keeps a connection by not taking the answer.
    (socket as Socket).setTimeout(2000, () => socket.destroy());
  }
}

interface Failure {
  code: ProtocolErrorCode;
  reason: string;
  /** What is answered; nothing where HTTP is not spoken yet. */
  status?: string;
}

/** Undefined: the line broke, which is nobody's fault. */
function failureOf(code: string): Failure | undefined {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { ...late, status: '408 Request Timeout' };
    case 'ERR_TLS_HANDSHAKE_TIMEOUT':
      return late;
    case 'HPE_HEADER_OVERFLOW':
      return { ...wrong, status: '431 Request Header Fields Too Large' };
    default:
      if (code.startsWith('HPE_')) return { ...wrong, status: '400 Bad Request' };
      return /^ERR_(SSL|TLS)_/.test(code) ? wrong : undefined;
  }
}

const late: Failure = { code: 'request-incomplete', reason: 'No complete request came in time' };
const wrong: Failure = { code: 'bad-request', reason: 'What came is no HTTP request' };

/** So many connections above its limit an address may have: to be told of the limit, and for `/healthz`. */
const slack = 32;

const unknownAddress = '0.0.0.0';
