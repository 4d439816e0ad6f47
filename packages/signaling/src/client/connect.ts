import { randomBytes } from 'node:crypto';
import { HhbError, seconds, type Micros } from '@hellohaybye/core';
import { systemClock, systemRandom } from '@hellohaybye/core/node';
import { pinnedUrl } from '../addresses/pinned-url.js';
import { checkClientMessage } from '../protocol/parse.js';
import { protocolVersion } from '../protocol/limits.js';
import { checkUrl, dial } from './dial.js';
import { defaultReconnectPolicy, type ReconnectPolicy } from './session/reconnect-schedule.js';
import { SessionMachine } from './session/session-machine.js';
import { followMoves, type Locate } from './lost-server.js';
import { spreadOut } from './spread-out.js';
import { createClient, type SignalingClient } from './signaling-client.js';

/** Whom to connect to, and as whom. */
export interface ConnectOptions {
  /** `ws://host:port`, `wss://host:port`, or `wss://host:port#pin` with the pin of the server's certificate. */
  url: string;
  /**
   * The pin of the server's certificate (`pinOf`), instead of in the url. With a pin the server has to have that key and
   * nothing else counts, neither authorities nor names nor dates; without one, what the system trusts is trusted.
   */
  pin?: string;
  /** 1 to 64 characters of any script, none of them control characters. */
  name: string;
  /** The access token, where the server asks for one. */
  token?: string;
  /** How long connecting may take, and later each request. Default 5 s. */
  timeout?: Micros;
  /**
   * How a lost connection is made again; those that are not given have their default (`ReconnectPolicy`). False
   * leaves it lost: `closed` comes at once.
   */
  reconnect?: Partial<ReconnectPolicy> | false;
  /**
   * Asked before each try to connect again where to; when left out, it is where the server said that it moved to, or
   * the same `url`, with its pin. It may take
   * its time, and does not need to answer when the signal is aborted. What it answers has a pin of its own, or none. The
   * access token is sent there, too.
   */
  locate?: Locate;
  /**
   * A secret of 22 to 128 letters, digits, `-` and `_` that decides our `instance`: of use to a program that is
   * started anew and wants to be taken for the same. Default: a random one.
   */
  instanceKey?: string;
}

/**
 * Connects to a signaling server and introduces oneself. From then on the client keeps the connection: when it
 * is lost, it is made again.
 * @throws HhbError `bad-server-url`, `bad-name`, `bad-token`, `server-unreachable` (nothing answers there),
 *   `server-not-found` (the name is unknown), `server-timeout`, `not-a-signaling-server`,
 *   `unsupported-version`, `server-refused`, `server-not-trusted` (its certificate is not the one of the pin, or none
 *   that the system trusts; nothing was sent to it)
 */
export async function connectSignaling(options: ConnectOptions): Promise<SignalingClient> {
  const { token, timeout = seconds(5), reconnect = {} } = options;
  const url = pinnedUrl(options.url, options.pin);
  checkUrl(url);
  const { instanceKey = randomBytes(16).toString('hex') } = options;
  const hello = checkClientMessage({
    ...{ type: 'hello', requestId: 0, version: protocolVersion, name: options.name, instanceKey },
  } as const);
  if (!hello.ok) throw new HhbError(hello.refusal.code, hello.refusal.message);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new HhbError('bad-token', 'The access token has characters that no token has');
  }
  const name = hello.message.type === 'hello' ? hello.message.name : options.name;
  const machine = new SessionMachine({
    ...{ name, instanceKey, timeout, random: systemRandom },
    reconnect: reconnect === false ? undefined : { ...defaultReconnectPolicy, ...reconnect },
  });
  const connection = await dial({ url, token, timeout }, machine);
  const locate = spreadOut(options.locate ?? followMoves(url));
  return createClient(machine, connection, { locate, token, timeout, clock: systemClock });
}
