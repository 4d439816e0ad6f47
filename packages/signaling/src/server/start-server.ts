import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { systemClock, systemRandom } from '@hellohaybye/core/node';
import { toMillis } from '@hellohaybye/core';
import { WebSocketServer } from 'ws';
import { limits } from '../protocol/limits.js';
import { MemoryStore } from '../room/memory-store.js';
import { RoomMachine } from '../room/room-machine.js';
import { Connections } from './connections.js';
import { healthListener } from './health.js';
import { listen } from './listen.js';
import { settingsOf, type SignalingServer, type SignalingServerOptions } from './options.js';

/**
 * Starts a signaling server: WebSocket on any path, and `GET /healthz`.
 * @throws HhbError `port-in-use` (with a hint who may hold it), `host-not-available`, `port-not-permitted`,
 *   `bad-port`, `server-failed`
 */
export async function startSignalingServer(options: SignalingServerOptions): Promise<SignalingServer> {
  const settings = settingsOf(options);
  const { host, logger, version, closeTimeout } = settings;
  const machine = new RoomMachine({
    random: systemRandom,
    clock: systemClock,
    digest,
    keepaliveMs: Math.ceil(toMillis(settings.keepalive)),
  });
  const http = createServer(
    { headersTimeout: 10_000, requestTimeout: 10_000 },
    healthListener(version, () => machine.statistics()),
  );
  const tcp = new Set<Socket>();
  http.on('connection', (socket) => {
    tcp.add(socket);
    socket.once('close', () => tcp.delete(socket));
  });
  const port = await listen(http, host, options.port);
  const store = new MemoryStore();
  const connections = new Connections(machine, store, settings);
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: limits.messageBytes,
    perMessageDeflate: false,
    clientTracking: false,
  });
  sockets.on('connection', (socket, request) =>
    connections.add(socket, request.socket.remoteAddress ?? '0.0.0.0'),
  );
  http.on('error', (error) => logger.error({ reason: error.message }, 'server error'));
  const url = `ws://${urlHost(host)}:${port}`;
  logger.info({ host, port }, 'listening');

  let closing: Promise<void> | undefined;
  const close = async () => {
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    sockets.close();
    await connections.close(closeTimeout);
    // Whatever is not a WebSocket by now: idle HTTP, half a request, a handshake that was cut in two.
    for (const socket of tcp) socket.destroy();
    await closed;
    await store.close();
    logger.info({ host, port }, 'closed');
  };
  return { host, port, url, close: () => (closing ??= close()) };
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}
