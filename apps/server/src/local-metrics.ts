import type { HttpRoute } from '@hellohaybye/signaling/server';
import { inNetworks, parseCidr } from '@hellohaybye/signaling/server';
import { isLoopback } from '@hellohaybye/signaling';
import type { Metrics } from './metrics.js';

/**
 * `/metrics` at the port for clients, for programs of this machine alone: whoever comes from elsewhere, through a
 * proxy that says so or that is trusted, or by a name that is not this machine's, finds nothing there.
 */
export function localMetrics(metrics: Metrics, trustedProxies: readonly string[]): HttpRoute {
  const proxies = trustedProxies.flatMap((text) => parseCidr(text) ?? []);
  return async ({ socket, headers }) => {
    const peer = socket.remoteAddress ?? '';
    const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
    const proxied = proxyHeaders.some((name) => headers[name] !== undefined) || inNetworks(peer, proxies);
    if (!isLoopback(peer) || proxied || !(host === 'localhost' || isLoopback(host))) return undefined;
    return { status: 200, ...(await metrics.text()) };
  };
}

const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];
