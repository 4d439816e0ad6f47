import type { IncomingMessage, RequestListener } from 'node:http';
import { messageOf } from '@hellohaybye/core';
import type { ServerLogger } from './options.js';

/** An answer to an HTTP request. */
export interface HttpAnswer {
  status: number;
  /** An object is sent as JSON. */
  body: string | object;
  /** Default `application/json`. */
  contentType?: string;
}

/** Answers GET and HEAD at one path; undefined: as if the path weren't there. */
export type HttpRoute = (
  request: IncomingMessage,
) => HttpAnswer | undefined | Promise<HttpAnswer | undefined>;

/** Routes by path. */
export type HttpRoutes = Readonly<Record<string, HttpRoute>>;

/** Answers plain HTTP by the routes, and everything else with 404. */
export function routeListener(routes: HttpRoutes, logger: ServerLogger): RequestListener {
  return (request, response) => {
    void answerTo(routes, request)
      .catch((error: unknown): HttpAnswer => {
        logger.error({ reason: messageOf(error) }, 'internal error');
        return { status: 500, body: { status: 'internal-error' } };
      })
      .then(({ status, body, contentType = 'application/json' }) => {
        const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
        response.writeHead(status, {
          'content-type': contentType,
          'content-length': Buffer.byteLength(text),
          'cache-control': 'no-store',
          ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
        });
        response.end(request.method === 'HEAD' ? undefined : text);
      });
  };
}

async function answerTo(routes: HttpRoutes, request: IncomingMessage): Promise<HttpAnswer> {
  const path = request.url?.split('?')[0] ?? '/';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const notFound = { status: 404, body: { status: 'not-found' } };
  if (!route) return notFound;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, body: { status: 'method-not-allowed' } };
  }
  return (await route(request)) ?? notFound;
}
