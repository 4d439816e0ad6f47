import type { IncomingMessage } from 'node:http';
import type { createConnection } from 'node:net';
import { HhbError, messageOf, toMillis, type Micros } from '@hellohaybye/core';
import { WebSocket } from 'ws';
import { normalizeAddress } from '../addresses/ip.js';
import { lookupHost, readServerUrl } from '../addresses/node/resolve-host.js';
import { isPin, splitPin, type PinnedUrl } from '../addresses/pinned-url.js';
import { shownUrl } from '../addresses/shown-url.js';
import { pinnedConnection } from '../certificate/pinned-connection.js';
import { limits } from '../protocol/limits.js';
import { parseServerMessage } from '../protocol/parse.js';
import type { ServerMessage } from '../protocol/types.js';
import { notASignalingServer, refusedBy, unreachable } from './connect-errors.js';
import { readHttpRefusal } from './http-refusal.js';
import type { SessionMachine } from './session/session-machine.js';

type Welcome = ServerMessage & { type: 'welcome' };

/** A WebSocket over which the server has said welcome. */
export interface Connection {
  /** With its pin, where it has one. */
  url: string;
  socket: WebSocket;
  welcome: Welcome;
  /** The address of this machine that it goes out from. */
  localAddress: string;
}

/** Where to connect to. */
export interface Target {
  /** With `#` and the pin of the server's certificate, where that decides. */
  url: string;
  /** The access token, where the server asks for one. */
  token: string | undefined;
  timeout: Micros;
}

/**
 * Connects to a server and says hello.
 * @param signal ends the attempt
 * @throws HhbError the codes of `connectSignaling`
 */
export async function dial(
  { url: address, token, timeout }: Target,
  machine: Pick<SessionMachine, 'hello' | 'helloRefused'>,
  signal?: AbortSignal,
): Promise<Connection> {
  const { url, pin } = checkUrl(address);
  const ended = new AbortController();
  // One event at a time, with what awaits it in between: so that whoever awaits the reply to a join has
  // the roster before the next change to it comes.
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: limits.replyBytes,
    allowSynchronousEvents: false,
    followRedirects: false,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(pin === undefined && { lookup: lookupHost }),
    ...(pin !== undefined && {
      // ws hands it on to node:http, which has the kind with a callback, too.
      createConnection: pinnedConnection(pin, ended.signal) as unknown as typeof createConnection,
    }),
  });
  try {
    return { url: address, socket, ...(await introduce(socket, machine, shownUrl(url), timeout, signal)) };
  } catch (error) {
    socket.on('error', () => {}); // what terminating a handshake leads to
    socket.terminate();
    ended.abort();
    throw error;
  }
}

/** Ends a connection, by force after a second. */
export async function closeSocket(socket: WebSocket): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const force = setTimeout(() => socket.terminate(), 1000);
  socket.close(1000);
  await closed;
  clearTimeout(force);
}

function introduce(
  socket: WebSocket,
  machine: Pick<SessionMachine, 'hello' | 'helloRefused'>,
  url: string,
  timeout: Micros,
  signal: AbortSignal | undefined,
): Promise<Omit<Connection, 'url' | 'socket'>> {
  return new Promise((resolve, reject) => {
    let localAddress = '';
    const sayHello = () => socket.send(JSON.stringify(machine.hello()));
    const handlers = {
      upgrade: (response: { socket: { localAddress?: string | undefined } }) => {
        localAddress = normalizeAddress(response.socket.localAddress ?? '');
      },
      open: sayHello,
      message: (data: { toString(): string }) => {
        const reply = parseServerMessage(data.toString());
        if (isForgotten(reply)) {
          machine.helloRefused();
          return sayHello();
        }
        settle(() => resolve({ welcome: welcomeIn(reply, url), localAddress }));
      },
      'unexpected-response': (_request: unknown, response: IncomingMessage) =>
        void readHttpRefusal(url, response).then((error) => settle(() => reject(error))),
      error: (error: Error) => settle(() => reject(unreachable(url, error))),
      close: (code: number) =>
        settle(() => reject(notASignalingServer(url, `it closes the connection with code ${code}`))),
    };
    const giveUp = () => settle(() => reject(new HhbError('not-connected', 'The client was closed')));
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
      signal?.removeEventListener('abort', giveUp);
      for (const [event, handler] of Object.entries(handlers)) socket.off(event, handler);
      try {
        outcome();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(messageOf(error)));
      }
    }
    for (const [event, handler] of Object.entries(handlers)) socket.on(event, handler);
    signal?.addEventListener('abort', giveUp);
    if (signal?.aborted) giveUp();
  });
}

/** Whether the server refuses to go on with a session, and would begin another. */
function isForgotten(reply: ReturnType<typeof parseServerMessage>): boolean {
  if (!reply.ok || reply.message.type !== 'error') return false;
  return reply.message.code === 'unknown-session' || reply.message.code === 'foreign-session';
}

function welcomeIn(reply: ReturnType<typeof parseServerMessage>, url: string): Welcome {
  if (!reply.ok && reply.refusal.code === 'unsupported-version') throw refusedBy(url, reply.refusal);
  if (!reply.ok) throw notASignalingServer(url, 'its answer is no message of ours');
  if (reply.message.type === 'error') throw refusedBy(url, reply.message);
  if (reply.message.type !== 'welcome') throw notASignalingServer(url, 'it does not welcome us');
  return reply.message;
}

/**
 * A server's url, and the pin that it ends in.
 * @throws HhbError `bad-server-url`
 */
export function checkUrl(text: string): PinnedUrl {
  const { url, pin } = splitPin(readServerUrl(text));
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (protocol !== 'ws:' && protocol !== 'wss:') {
    throw new HhbError('bad-server-url', `"${shownUrl(text).slice(0, 200)}" is no address of a server`, {
      hint: 'It looks like ws://192.168.1.5:5000',
    });
  }
  if (pin === undefined) return { url, pin };
  if (!isPin(pin)) {
    throw new HhbError('bad-server-url', `"${pin.slice(0, 100)}" is no pin of a certificate`, {
      hint: 'It has 43 letters, digits, "-" and "_", and stands after the # of the server\'s address.',
    });
  }
  if (protocol === 'wss:') return { url, pin };
  throw new HhbError('bad-server-url', `A pin needs TLS, and ${shownUrl(url)} has none`, {
    hint: 'The address has to begin with wss://',
  });
}
