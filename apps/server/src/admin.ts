import { createServer, type IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { messageOf } from '@hellohaybye/core';
import { listen, type SignalingServer } from '@hellohaybye/signaling/server';
import { equals } from './access.js';
import type { Metrics } from './metrics.js';

/** What the address for operators needs. */
export interface AdminOptions {
  host: string;
  port: number;
  /** Without one, nothing but `/metrics` is there. */
  token: string | undefined;
  server: Pick<SignalingServer, 'removeParticipant' | 'closeRoom'>;
  metrics: Metrics;
  logger: Logger;
}

/**
 * Listens at an address for operators: `GET /metrics`, and with the token as a bearer `DELETE /rooms/<room>` and
 * `DELETE /participants/<id>`.
 * @returns the port, and what closes it
 * @throws HhbError as `startSignalingServer` does about its port
 */
export async function startAdmin(options: AdminOptions): Promise<{ port: number; close: () => void }> {
  const { host, logger } = options;
  const isToken = options.token === undefined ? undefined : equals(options.token);
  const http = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
    void answerTo(request, options, isToken)
      .catch((error: unknown): Answer => {
        logger.error({ reason: messageOf(error) }, 'internal error');
        return { status: 500, body: { status: 'internal-error' } };
      })
      .then(({ status, body, contentType = 'application/json' }) => {
        const headers = { 'content-type': contentType, 'cache-control': 'no-store' };
        response.writeHead(status, status === 401 ? { ...headers, 'www-authenticate': 'Bearer' } : headers);
        response.end(typeof body === 'string' ? body : `${JSON.stringify(body)}\n`);
      });
  });
  const { port } = await listen(http, host, options.port);
  logger.info({ host, port }, 'metrics and administration');
  const close = () => {
    http.close();
    http.closeAllConnections();
  };
  return { port, close };
}

interface Answer {
  status: number;
  body: string | object;
  contentType?: string;
}

async function answerTo(
  request: IncomingMessage,
  { server, metrics, logger }: AdminOptions,
  isToken: ((text: string) => boolean) | undefined,
): Promise<Answer> {
  const path = request.url?.split('?')[0] ?? '/';
  if (path === '/metrics') {
    return request.method === 'GET' ? { status: 200, ...(await metrics.text()) } : notAllowed;
  }
  const [, what, encoded = ''] = /^\/(rooms|participants)\/([^/]+)$/.exec(path) ?? [];
  const name = what === undefined ? undefined : decoded(encoded);
  if (!isToken || name === undefined) return notFound;
  const [, token = ''] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (!isToken(token)) {
    logger.warn({ address: request.socket.remoteAddress, code: 'bad-token' }, 'administration refused');
    return { status: 401, body: { status: 'bad-token' } };
  }
  if (request.method !== 'DELETE') return notAllowed;
  const removed = what === 'rooms' ? server.closeRoom(name) : Number(server.removeParticipant(name));
  logger.info({ [what === 'rooms' ? 'room' : 'id']: name, removed }, 'removed by administration');
  return removed > 0 ? { status: 200, body: { status: 'removed', removed } } : notFound;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const notFound: Answer = { status: 404, body: { status: 'not-found' } };
const notAllowed: Answer = { status: 405, body: { status: 'method-not-allowed' } };
