import { get as getInTheClear } from 'node:http';
import { get as getByTls } from 'node:https';
import { lookupHost } from '../../addresses/node/resolve-host.js';
import { isPin, splitPin } from '../../addresses/pinned-url.js';
import { shownUrl } from '../../addresses/shown-url.js';
import { pinnedConnection } from '../../certificate/pinned-connection.js';
import { serverUrl } from '../assemble-servers.js';
import { shownPin } from './shown-pin.js';

/**
 * Whether a signaling server answers at an address: `GET /healthz`.
 * @param url `ws://host:port`, `wss://host:port`, or `wss://host:port#pin`, where it has to have that certificate
 * @param timeoutMs milliseconds that it may take
 */
export function probeServer(url: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const { url: place, pin } = splitPin(url);
    if (pin !== undefined && !(isPin(pin) && place.startsWith('wss:'))) return resolve(false);
    const ended = new AbortController();
    const target = `${shownUrl(place).replace(/^ws/, 'http').replace(/\/$/, '')}/healthz`;
    const get = place.startsWith('wss:') ? getByTls : getInTheClear;
    const connection =
      pin === undefined
        ? { agent: false, lookup: lookupHost }
        : { createConnection: pinnedConnection(pin, ended.signal) };
    const request = get(target, { ...connection, ...(signal && { signal }) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
        if (body.length > longestAnswer) request.destroy();
      });
      response.on('end', () => end(response.statusCode === 200 && isOurs(body)));
      response.on('error', () => end(false));
    });
    // One timer for all of it: a server that answers byte by byte does not keep anybody waiting.
    const timer = setTimeout(() => end(false), timeoutMs);
    const end = (answers: boolean) => {
      clearTimeout(timer);
      resolve(answers);
      request.destroy();
      ended.abort();
    };
    request.on('error', () => end(false));
    request.on('close', () => end(false));
  });
}

/**
 * Looks for a signaling server of which nothing but the address is known, in the clear and then by TLS. The certificate
 * that it shows is trusted then, as nothing says which it should be.
 * @param options.tls whether it has to speak TLS
 * @returns its url, with the pin of its certificate if it has one; undefined when none answers in time
 */
export async function probeAddress(
  host: string,
  port: number,
  options: { timeoutMs: number; signal?: AbortSignal; tls?: boolean },
): Promise<string | undefined> {
  const { timeoutMs, signal, tls = false } = options;
  const deadline = performance.now() + timeoutMs;
  const plain = serverUrl(host, port);
  if (!tls && (await probeServer(plain, timeoutMs, signal))) return plain;
  const left = () => Math.max(0, deadline - performance.now());
  const pin = await shownPin(host, port, left(), signal);
  if (pin === undefined) return undefined;
  const url = serverUrl(host, port, pin);
  return (await probeServer(url, left(), signal)) ? url : undefined;
}

function isOurs(body: string): boolean {
  try {
    return (JSON.parse(body) as { status?: unknown } | null)?.status === 'ok';
  } catch {
    return false;
  }
}

/** Characters. */
const longestAnswer = 16_384;
