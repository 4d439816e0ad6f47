import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { messageOf } from '@hellohaybye/core';
import { WebSocketServer } from 'ws';
import type { ProtocolErrorCode, Refusal } from '../protocol/errors.js';
import { limits } from '../protocol/limits.js';
import type { Settings } from './options.js';
import { PeerSocket } from './peer-socket.js';
import type { Admission } from './policy/admission.js';
import type { Cidr } from './policy/cidr.js';
import { clientAddress } from './policy/client-address.js';
import { originAllowed } from './policy/origin.js';
import type { Refusals } from './refusals.js';

/** What decides whether a connection is let in, and who takes it then. */
export interface UpgradeOptions {
  settings: Settings;
  /** `settings.trustedProxies`, read. */
  proxies: readonly Cidr[];
  admission: Admission;
  refusals: Refusals;
  isDraining: () => boolean;
  isStoreAvailable: () => boolean;
  /** Given each connection that was let in, which counts until `admission` is told that it is gone. */
  onConnection: (socket: PeerSocket, address: string) => void;
}

/**
 * Lets WebSocket connections in, or refuses them: with an HTTP status that proxies and load balancers understand, and
 * an error message of the protocol as its body.
 */
export class Upgrades {
  readonly #sockets = new WebSocketServer<typeof PeerSocket>({
    noServer: true,
    WebSocket: PeerSocket,
    maxPayload: limits.messageBytes,
    perMessageDeflate: false,
    clientTracking: false,
  });

  /** Those that were not let in yet, or not at all. */
  readonly #pending = new Set<Duplex>();

  constructor(private readonly options: UpgradeOptions) {}

  /** Ends the connections that were not let in. */
  close(): void {
    for (const socket of this.#pending) socket.destroy();
  }

  /** Handles the `upgrade` event of an HTTP server. Never throws. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { admission, settings } = this.options;
    const address = this.#addressOf(request);
    const refusal = this.#refusalOf(request) ?? admission.admit(address);
    if (refusal) return this.#refuse(socket, address, refusal);
    if (!settings.authorize) return this.#accept(request, socket, head, address);
    this.#keep(socket);
    void this.#authorized(request).then((refusal) => {
      this.#pending.delete(socket);
      if (!refusal && !socket.destroyed) {
        socket.off('error', ignore);
        return this.#accept(request, socket, head, address);
      }
      admission.release(address);
      if (refusal) this.#refuse(socket, address, refusal);
    });
  }

  /** Holds a connection that ws does not hold, or not yet: its client may go at any time. */
  #keep(socket: Duplex): void {
    this.#pending.add(socket);
    socket.on('error', ignore);
  }

  #refusalOf({ headers }: IncomingMessage): Refusal | undefined {
    const { isDraining, isStoreAvailable, settings } = this.options;
    if (isDraining()) return { code: 'server-draining', message: 'The server is about to end' };
    if (!isStoreAvailable()) {
      return { code: 'store-unavailable', message: 'The server cannot take anybody in just now' };
    }
    if (originAllowed(headers.origin, headers.host, settings.origins)) return undefined;
    return { code: 'origin-not-allowed', message: 'Pages of this origin may not use this server' };
  }

  #addressOf(request: IncomingMessage): string {
    const { settings, proxies } = this.options;
    const { proxyHeader } = settings;
    const header = request.headers[proxyHeader];
    const peer = request.socket.remoteAddress ?? '0.0.0.0';
    return clientAddress(peer, Array.isArray(header) ? header.join(',') : header, proxyHeader, proxies);
  }

  async #authorized(request: IncomingMessage): Promise<Refusal | undefined> {
    try {
      return await this.options.settings.authorize?.(tokenOf(request));
    } catch (error) {
      this.options.settings.logger.error({ reason: messageOf(error) }, 'internal error');
      return { code: 'internal-error', message: 'The server failed' };
    }
  }

  #accept(request: IncomingMessage, socket: Duplex, head: Buffer, address: string): void {
    let accepted = false;
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      accepted = true;
      this.options.onConnection(webSocket, address);
    });
    if (accepted) return;
    this.options.admission.release(address);
    this.options.refusals.note(address, 'bad-handshake', { reason: 'The request is no WebSocket handshake' });
  }

  #refuse(socket: Duplex, address: string, { code, message }: Refusal): void {
    this.options.refusals.note(address, code, { reason: message });
    this.#keep(socket);
    socket.once('close', () => this.#pending.delete(socket));
    const status = statuses[code] ?? 500;
    const body = `${JSON.stringify({ type: 'error', code, message })}\n`;
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
      ...(status === 503 || status === 429 ? ['Retry-After: 5'] : []),
    ];
    // Nobody who is refused keeps a connection, whether or not it takes the answer.
    (socket as Socket).setTimeout(2000, () => socket.destroy());
    socket.once('finish', () => socket.destroy());
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
}

/** The access token that a request presents (RFC 6750, sections 2.1 and 2.3). */
function tokenOf({ headers, url = '' }: IncomingMessage): string | undefined {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  const query = url.indexOf('?');
  const inUrl = query < 0 ? undefined : new URLSearchParams(url.slice(query + 1)).get('access_token');
  return bearer ?? inUrl ?? undefined;
}

const statuses: Partial<Record<ProtocolErrorCode, number>> = {
  'token-required': 401,
  'bad-token': 401,
  'origin-not-allowed': 403,
  'too-many-connections': 429,
  'server-draining': 503,
  'server-full': 503,
  'store-unavailable': 503,
};

const ignore = () => {};
