import type { IncomingMessage } from 'node:http';
import { HhbError, messageOf, seconds, toMillis, type Micros } from '@hellohaybye/core';
import { WebSocket } from 'ws';
import { normalizeAddress } from '../addresses/ip.js';
import { limits, protocolVersion } from '../protocol/limits.js';
import { checkClientMessage, parseServerMessage } from '../protocol/parse.js';
import type { ServerMessage } from '../protocol/types.js';
import { notASignalingServer, refusedBy, unreachable } from './connect-errors.js';
import { readHttpRefusal } from './http-refusal.js';
import { createClient, type SignalingClient } from './signaling-client.js';

/** Whom to connect to, and as whom. */
export interface ConnectOptions {
  /** `ws://host:port` or `wss://host:port`. */
  url: string;
  /** 1 to 64 characters of any script, none of them control characters. */
  name: string;
  /** The access token, where the server asks for one. */
  token?: string;
  /** How long connecting may take, and later each request. Default 5 s. */
  timeout?: Micros;
}

/**
 * Connects to a signaling server and introduces oneself.
 * @throws HhbError `bad-server-url`, `bad-name`, `bad-token`, `server-unreachable` (nothing answers there),
 *   `server-not-found` (the name is unknown), `server-timeout`, `not-a-signaling-server`,
 *   `unsupported-version`, `server-refused`
 */
export async function connectSignaling(options: ConnectOptions): Promise<SignalingClient> {
  const { url, name, token, timeout = seconds(5) } = options;
  checkUrl(url);
  const hello = checkClientMessage({ type: 'hello', requestId: 0, version: protocolVersion, name });
  if (!hello.ok) throw new HhbError(hello.refusal.code, hello.refusal.message);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new HhbError('bad-token', 'The access token has characters that no token has');
  }
  // One event at a time, with what awaits it in between: so that whoever awaits the reply to a join has
  // the roster before the next change to it comes.
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: limits.replyBytes,
    allowSynchronousEvents: false,
    followRedirects: false,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  try {
    const { welcome, localAddress } = await introduce(socket, JSON.stringify(hello.message), url, timeout);
    const granted = hello.message.type === 'hello' ? hello.message.name : name;
    const { id, keepaliveMs } = welcome;
    return createClient(socket, { id, name: granted, localAddress, keepaliveMs, timeout });
  } catch (error) {
    socket.on('error', () => {}); // what terminating a handshake leads to
    socket.terminate();
    throw error;
  }
}

interface Introduction {
  welcome: ServerMessage & { type: 'welcome' };
  localAddress: string;
}

function introduce(socket: WebSocket, hello: string, url: string, timeout: Micros): Promise<Introduction> {
  return new Promise((resolve, reject) => {
    let localAddress = '';
    const handlers = {
      upgrade: (response: { socket: { localAddress?: string | undefined } }) => {
        localAddress = normalizeAddress(response.socket.localAddress ?? '');
      },
      open: () => socket.send(hello),
      message: (data: { toString(): string }) =>
        settle(() => resolve({ welcome: welcomeIn(data, url), localAddress })),
      'unexpected-response': (_request: unknown, response: IncomingMessage) =>
        void readHttpRefusal(url, response).then((error) => settle(() => reject(error))),
      error: (error: Error) => settle(() => reject(unreachable(url, error))),
      close: (code: number) =>
        settle(() => reject(notASignalingServer(url, `it closes the connection with code ${code}`))),
    };
    const timer = setTimeout(
      () =>
        settle(() => {
          const message = `The server at ${url} did not answer within ${toMillis(timeout) / 1000} s`;
          reject(new HhbError('server-timeout', message, { hint: 'Is it the right address and port?' }));
        }),
      toMillis(timeout),
    );
    function settle(outcome: () => void): void {
      clearTimeout(timer);
      for (const [event, handler] of Object.entries(handlers)) socket.off(event, handler);
      try {
        outcome();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(messageOf(error)));
      }
    }
    for (const [event, handler] of Object.entries(handlers)) socket.on(event, handler);
  });
}

function welcomeIn(data: { toString(): string }, url: string): ServerMessage & { type: 'welcome' } {
  const parsed = parseServerMessage(data.toString());
  if (!parsed.ok && parsed.refusal.code === 'unsupported-version') throw refusedBy(url, parsed.refusal);
  if (!parsed.ok) throw notASignalingServer(url, 'its answer is no message of ours');
  if (parsed.message.type === 'error') throw refusedBy(url, parsed.message);
  if (parsed.message.type !== 'welcome') throw notASignalingServer(url, 'it does not welcome us');
  return parsed.message;
}

function checkUrl(url: string): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined;
  if ((protocol === 'ws:' || protocol === 'wss:') && !url.includes('#')) return;
  throw new HhbError('bad-server-url', `"${url.slice(0, 200)}" is no address of a server`, {
    hint: 'It looks like ws://192.168.1.5:5000',
  });
}
