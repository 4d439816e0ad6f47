import type { RequestListener } from 'node:http';
import type { RoomStatistics } from '../room/room-machine.js';

/** Answers plain HTTP: `/healthz` tells how the server is, and everything else is not found. */
export function healthListener(
  version: string | undefined,
  statistics: () => RoomStatistics,
): RequestListener {
  return (request, response) => {
    const found = request.url?.split('?')[0] === '/healthz';
    const allowed = request.method === 'GET' || request.method === 'HEAD';
    const answer = found ? { status: 'ok', version, ...statistics() } : { status: 'not-found' };
    const body = `${JSON.stringify(found && !allowed ? { status: 'method-not-allowed' } : answer)}\n`;
    response.writeHead(found ? (allowed ? 200 : 405) : 404, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      ...(found && !allowed ? { allow: 'GET, HEAD' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}
