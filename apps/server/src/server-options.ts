import type { Logger } from 'pino';
import { seconds } from '@hellohaybye/core';
import type { SignalingServerOptions } from '@hellohaybye/signaling/server';
import { accessBy } from './access.js';
import type { ServerCertificate } from './certificate.js';
import { localMetrics } from './local-metrics.js';
import type { Metrics } from './metrics.js';
import type { Settings } from './settings.js';

/** What the options need besides the settings. */
interface ServerParts {
  logger: Logger;
  metrics: Metrics;
  version: string;
  certificate: ServerCertificate | undefined;
}

/**
 * The settings as the options of the signaling server; the key of access tokens is read.
 * @throws HhbError `bad-key`
 */
export function serverOptions(
  settings: Settings,
  { logger, metrics, version, certificate }: ServerParts,
): SignalingServerOptions {
  const { trustedProxy, origin, metricsPort } = settings;
  const authorize = accessBy(settings);
  return {
    host: settings.host,
    port: settings.port,
    logger,
    version,
    limits: {
      connections: settings.maxConnections,
      connectionsPerAddress: settings.maxConnectionsPerAddress,
      rooms: settings.maxRooms,
      peopleInRoom: settings.maxPeople,
      peopleOfOneName: settings.maxSameName,
      messagesPerSecond: settings.messageRate,
      messageBurst: settings.messageBurst,
    },
    maxSendBuffer: settings.maxSendBuffer,
    helloTimeout: seconds(settings.helloTimeout),
    keepalive: seconds(settings.pingInterval),
    pingTimeout: seconds(settings.pingTimeout),
    drainDelay: seconds(settings.drainDelay),
    closeTimeout: seconds(settings.closeTimeout),
    trustedProxies: trustedProxy,
    proxyHeader: settings.proxyHeader,
    observer: metrics.observer,
    // With an address of their own they are nowhere else.
    routes: metricsPort === undefined ? { '/metrics': localMetrics(metrics, trustedProxy) } : {},
    ...(origin && { origins: origin }),
    ...(authorize && { authorize }),
    ...(certificate && { tls: { cert: certificate.cert, key: certificate.key } }),
  };
}
