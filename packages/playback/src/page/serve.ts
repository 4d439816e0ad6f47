import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HhbError, messageOf } from '@hellohaybye/core';
import { hostIsOurs, pathOf, securityHeaders } from './access.js';
import { loadAssets, type Asset } from './assets.js';

/**
 * Serves the page's files, on 127.0.0.1 only.
 * @param wanted the TCP port, 0 for any free one
 * @throws HhbError `port-in-use`, `page-failed`
 */
export async function serveAssets(wanted: number): Promise<{ server: Server; port: number }> {
  const assets = await loadAssets().catch((error: unknown) => {
    throw new HhbError('page-failed', `The page's files can't be read: ${messageOf(error)}`, {
      cause: error,
    });
  });
  let port = 0;
  const server = createServer((request, response) => answer(request, response, assets, port));
  port = await listen(server, wanted);
  return { server, port };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  assets: Map<string, Asset>,
  port: number,
): void {
  const refuse = (status: number, text: string) =>
    response.writeHead(status, { ...securityHeaders(port), 'Content-Type': 'text/plain' }).end(text);
  if (!hostIsOurs(request, port)) return void refuse(403, 'Not this host');
  if (request.method !== 'GET' && request.method !== 'HEAD') return void refuse(405, 'Only GET');
  const asset = assets.get(pathOf(request));
  if (!asset) return void refuse(404, 'Not found');
  const headers = { 'Content-Type': asset.type, 'Content-Length': asset.body.length };
  response.writeHead(200, { ...securityHeaders(port), ...headers });
  response.end(request.method === 'HEAD' ? undefined : asset.body);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const message = taken
        ? `Port ${port} of 127.0.0.1 is in use`
        : `The page can't be served: ${error.message}`;
      reject(new HhbError(taken ? 'port-in-use' : 'page-failed', message, { cause: error }));
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
