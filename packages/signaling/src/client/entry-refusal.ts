import type { IncomingMessage } from 'node:http';
import type { createConnection } from 'node:net';
import { toMillis, type Micros } from '@hellohaybye/core';
import { WebSocket } from 'ws';
import { pinnedConnection } from '../certificate/pinned-connection.js';
import { checkUrl } from './dial.js';
import { refusalIn } from './http-refusal.js';

/**
 * Tries whether a server lets in who has no access token: opens a connection and ends it again, before a word was said.
 * @param url `ws://host:port`, `wss://host:port` or `wss://host:port#pin`
 * @returns the code with which it refuses, such as `token-required` or `server-full`; undefined when it lets in, and when it
 *   does not answer in time
 * @throws HhbError `bad-server-url`
 */
export async function entryRefusal(
  url: string,
  timeout: Micros,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { url: place, pin } = checkUrl(url);
  const ended = new AbortController();
  const socket = new WebSocket(place, {
    perMessageDeflate: false,
    followRedirects: false,
    handshakeTimeout: toMillis(timeout),
    ...(pin !== undefined && {
      createConnection: pinnedConnection(pin, ended.signal) as unknown as typeof createConnection,
    }),
  });
  const end = () => socket.terminate();
  signal?.addEventListener('abort', end);
  try {
    return await new Promise<string | undefined>((resolve) => {
      socket.on('open', () => resolve(undefined));
      socket.on('error', () => resolve(undefined));
      socket.on('unexpected-response', (_request, response: IncomingMessage) => {
        void refusalIn(response).then((refusal) => resolve(refusal?.code));
      });
      if (signal?.aborted) end();
    });
  } finally {
    signal?.removeEventListener('abort', end);
    end();
    ended.abort();
  }
}
