import { isIPv6 } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock, systemRandom } from '@hellohaybye/core/node';
import { HhbError, micros, toMillis } from '@hellohaybye/core';
import { MemoryStore } from '../room/memory-store.js';
import { RoomMachine } from '../room/room-machine.js';
import { Connections } from './connections.js';
import { digest } from './digest.js';
import { createHttpServer, replaceCertificate } from './http-server.js';
import { routeListener, type HttpRoutes } from './http-routes.js';
import { listen } from './listen.js';
import { settingsOf, type SignalingServer, type SignalingServerOptions } from './options.js';
import { Admission } from './policy/admission.js';
import { parseCidr, type Cidr } from './policy/cidr.js';
import { Refusals } from './refusals.js';
import { TcpGate } from './tcp-gate.js';
import { Upgrades } from './upgrades.js';

/**
 * Starts a signaling server: WebSocket on any path, `GET /healthz`, `GET /readyz` and the routes that are given.
 * @throws HhbError `port-in-use` (with a hint who may hold it), `host-not-available`, `port-not-permitted`,
 *   `bad-port`, `bad-network` (among the trusted proxies), `bad-certificate`, `server-failed`
 */
export async function startSignalingServer(options: SignalingServerOptions): Promise<SignalingServer> {
  const settings = settingsOf(options);
  const { logger, observer, tls, limits } = settings;
  const clock = systemClock;
  let isDraining = false;
  const machine = new RoomMachine({
    ...{ random: systemRandom, clock, digest },
    hostedBy: settings.hostedBy,
    mostOfName: limits.peopleOfOneName,
    keepaliveMs: Math.ceil(toMillis(settings.keepalive)),
    admit: (message) => {
      observer.received?.(message.type);
      return undefined;
    },
    ended: (outcome) => observer.invitationEnded?.(outcome),
  });
  const store = settings.store ?? new MemoryStore(limits);
  const refusals = new Refusals(settings, clock);
  const admission = new Admission(limits);
  const proxies = settings.trustedProxies.map(networkOf);
  const upgrades = new Upgrades({
    settings,
    proxies,
    admission,
    refusals,
    isDraining: () => isDraining,
    isStoreAvailable: () => store.isAvailable,
    onConnection: (socket, address) => connections.add(socket, address),
  });
  const routes: HttpRoutes = {
    ...settings.routes,
    '/healthz': () => {
      const { version } = settings;
      return { status: 200, body: { status: 'ok', version, ...machine.statistics() } };
    },
    '/readyz': () => {
      if (isDraining) return { status: 503, body: { status: 'draining' } };
      if (!store.isAvailable) return { status: 503, body: { status: 'store-unavailable' } };
      return { status: 200, body: { status: 'ready' } };
    },
  };
  const http = createHttpServer(routeListener(routes, logger), tls);
  // Whoever connects and says nothing at all is counted by nobody else.
  http.maxConnections = limits.connections + spareConnections;
  const gate = new TcpGate({ connectionsPerAddress: limits.connectionsPerAddress, proxies, refusals });
  gate.guard(http);
  const { host, port } = await listen(http, settings.host, options.port);
  const connections = new Connections({
    machine,
    store,
    settings,
    refusals,
    clock,
    onClosed: (address) => admission.release(address),
  });
  http.on('upgrade', (request, socket, head) => upgrades.handle(request, socket, head));
  http.on('error', (error) => logger.error({ reason: error.message }, 'server error'));
  logger.info({ host, port, tls: tls !== undefined }, 'listening');

  let closing: Promise<void> | undefined;
  const close = async (movedTo?: string) => {
    isDraining = true;
    const { drainDelay, closeTimeout } = settings;
    const deadline = clock.now() + drainDelay + closeTimeout;
    if (drainDelay > 0) {
      connections.announceEnd(drainDelay, movedTo);
      // Half of the time is for whoever has to notice, the other half for the clients, if there is somewhere to go.
      const half = micros(drainDelay / 2);
      await pause(toMillis(half));
      if (movedTo === undefined && !settings.store) await pause(toMillis(half));
      else await connections.letGo(half, movedTo);
    }
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    // What is left of the time is the store's, to take its leave of the others.
    await connections.close(micros(closeTimeout * (settings.store ? 0.5 : 1)), movedTo);
    // Whatever is not a WebSocket by now: idle HTTP, half a request, a handshake that was cut in two.
    http.closeAllConnections();
    upgrades.close();
    gate.close();
    await closed;
    await store.close(micros(Math.max(0, deadline - clock.now())));
    logger.info({ host, port }, 'closed');
  };
  const remove = (id: string) => {
    const isHere = connections.remove(id);
    if (!isHere && !store.canRemove(id)) return false;
    // Also when the connection was here: the session may have gone on over another one, of which we have not heard yet.
    store.execute({ type: 'remove', at: clock.now(), id, connected: true });
    return true;
  };
  return {
    host,
    port,
    url: `${tls ? 'wss' : 'ws'}://${urlHost(host)}:${port}`,
    statistics: () => machine.statistics(),
    removeParticipant: remove,
    closeRoom: (room) => store.participants(room).filter(({ id }) => remove(id)).length,
    replaceCertificate: (certificate) => replaceCertificate(http, certificate),
    close: (movedTo) => (closing ??= close(movedTo)),
  };
}

function networkOf(text: string): Cidr {
  const network = parseCidr(text);
  if (network) return network;
  throw new HhbError('bad-network', `"${text.slice(0, 100)}" is no network`, {
    hint: 'It looks like 10.0.0.0/8 or fd00::/8',
  });
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIPv6(host) ? `[${host}]` : host;
}

/** Connections over the limit that are let in so that they can be told of it, and for /healthz. */
const spareConnections = 1000;
