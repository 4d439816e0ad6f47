import type { IncomingMessage } from 'node:http';

/**
 * Whether a request names this server as itself. A page of another site can lead its own name to 127.0.0.1
 * (DNS rebinding) and would then be let in by the browser; its requests still carry its name.
 */
export function hostIsOurs(request: IncomingMessage, port: number): boolean {
  return ownHosts(port).includes(request.headers.host ?? '');
}

/** Whether a WebSocket is opened by our own page. Browsers send the origin always, and scripts can't change it. */
export function originIsOurs(request: IncomingMessage, port: number): boolean {
  return ownHosts(port).some((host) => request.headers.origin === `http://${host}`);
}

/**
 * The token that a WebSocket's address bears. Host and Origin keep other sites out; the token keeps out other users of
 * this machine, who can send any header.
 */
export const tokenOf = (request: IncomingMessage): string => request.url?.split('?', 2)[1] ?? '';

/** The path as it was asked for: nothing is parsed that could fail. */
export const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0]!;

/** The headers of every answer: nothing from outside, no embedding, no guessing of types, nothing kept. */
export function securityHeaders(port: number): Record<string, string> {
  const sockets = ownHosts(port).map((host) => `ws://${host}`);
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      'img-src data:',
      `connect-src ${sockets.join(' ')}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  };
}

const ownHosts = (port: number): string[] => {
  const names = ['127.0.0.1', 'localhost'];
  const hosts = names.map((name) => `${name}:${port}`);
  return port === 80 ? [...hosts, ...names] : hosts;
};
