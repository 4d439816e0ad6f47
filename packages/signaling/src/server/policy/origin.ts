import { isLoopback, parseIp } from '../../addresses/ip.js';

/**
 * Whether a web page may use the server from within a browser. A browser sends the page's origin (RFC 6455,
 * section 10.2); other programs send none and are let in.
 *
 * Without a list, pages of this machine (`localhost`, loopback addresses) are allowed, and pages of the host that
 * the browser calls the server by, when that is an IP address or a `.local` name: any other name could be made to
 * lead here by whoever owns it.
 * @param origin the Origin header
 * @param host the Host header
 * @param allowed origins such as `https://calls.example.org`, and `*` for all; undefined: as above
 */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[] | undefined,
): boolean {
  if (origin === undefined) return true;
  if (allowed) return allowed.includes('*') || allowed.includes(origin.toLowerCase());
  const page = hostIn(origin);
  if (page === undefined) return false;
  if (page === 'localhost' || isLoopback(page)) return true;
  const ownName = parseIp(page) !== undefined || page.endsWith('.local');
  return ownName && host !== undefined && hostIn(`http://${host}`) === page;
}

/** An origin in the form in which browsers send it: scheme, host and port; undefined when it is none. */
export function parseOrigin(text: string): string | undefined {
  if (text === '*') return text;
  const [, scheme = '', host, port] = originShape.exec(text.toLowerCase()) ?? [];
  if (host === undefined) return undefined;
  const usual = port === undefined || port === usualPorts[scheme];
  return `${scheme}://${host}${usual ? '' : `:${port}`}`;
}

const hostIn = (origin: string): string | undefined =>
  originShape.exec(origin.toLowerCase())?.[2]?.replace(/^\[(.*)\]$/, '$1');

const originShape = /^([a-z][a-z\d+.-]*):\/\/(\[[\da-f:.]+\]|[^\s:/?#@[\]]+)(?::(\d{1,5}))?$/;

const usualPorts: Record<string, string> = { http: '80', https: '443' };
