import { normalizeAddress, parseIp } from '../../addresses/ip.js';
import { inNetworks, type Cidr } from './cidr.js';

/** The header in which a proxy tells whom it speaks for. */
export type ProxyHeader = 'x-forwarded-for' | 'forwarded';

/**
 * Whose connection it is. The list of a proxy's header is read from the right, as each proxy adds the one that
 * it heard from to the end: whoever is not a trusted proxy is the client, and what stands left of it may be made up.
 * @param peer the address that the connection itself comes from
 * @param header the value of the proxies' header, undefined when there is none
 * @param trusted the networks of the proxies
 */
export function clientAddress(
  peer: string,
  header: string | undefined,
  kind: ProxyHeader,
  trusted: readonly Cidr[],
): string {
  let client = normalizeAddress(peer);
  if (header === undefined || !inNetworks(client, trusted)) return client;
  const hops = kind === 'forwarded' ? forwardedFor(header) : header.split(',');
  for (const hop of hops.reverse()) {
    const address = hopAddress(hop);
    // Hidden or broken: all that is known is who sent it to us.
    if (address === undefined) return client;
    client = address;
    if (!inNetworks(client, trusted)) return client;
  }
  return client;
}

/** The `for` of each element of a Forwarded header (RFC 7239, section 4); '' where an element has none. */
function forwardedFor(header: string): string[] {
  return splitOutsideQuotes(header, ',').map((element) => {
    for (const pair of splitOutsideQuotes(element, ';')) {
      const [, value] = /^\s*for\s*=\s*(.*?)\s*$/i.exec(pair) ?? [];
      if (value !== undefined) return value.replace(/^"(.*)"$/, '$1');
    }
    return '';
  });
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts = [''];
  let quoted = false;
  for (const char of text) {
    if (char === '"') quoted = !quoted;
    if (char === separator && !quoted) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`; undefined for anything else. */
function hopAddress(text: string): string | undefined {
  const hop = text.trim();
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(hop) ?? [];
  const [, v4] = /^([\d.]+):\d{1,5}$/.exec(hop) ?? [];
  const address = bracketed ?? v4 ?? hop;
  return parseIp(address) ? normalizeAddress(address) : undefined;
}
