import { millis, seconds, type Micros } from '@hellohaybye/core';

/** Where the server logs to; pino's loggers fit. */
export interface ServerLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How a signaling server is started. */
export interface SignalingServerOptions {
  /** TCP port, 0 to 65535; 0 takes any free one. */
  port: number;
  /** Address or name to listen at. Default `0.0.0.0`: every IPv4 network of this machine. */
  host?: string;
  /** Default: none. */
  logger?: ServerLogger;
  /** What `/healthz` gives as version. Default: it gives none. */
  version?: string;
  /** How often each connection is pinged; a silent one is cut off at the next but one. Default 15 s. */
  keepalive?: Micros;
  /** How long a connection may wait with its hello. Default 10 s. */
  helloTimeout?: Micros;
  /** Bytes that may wait to be sent to a client before it is cut off as too slow. Default 4 MiB. */
  maxSendBuffer?: number;
  /** How long `close` waits for the clients' farewell before it cuts them off. Default 1 s. */
  closeTimeout?: Micros;
}

/** A signaling server that is listening. */
export interface SignalingServer {
  readonly host: string;
  /** The port that was bound. */
  readonly port: number;
  /** Where a client on this machine reaches it: `ws://127.0.0.1:5000`. */
  readonly url: string;
  /** Tells all clients, closes their connections (WebSocket code 1001) and the port. May be called again. */
  close(): Promise<void>;
}

export type Settings = Required<Omit<SignalingServerOptions, 'version'>> & { version: string | undefined };

/** The options with their defaults filled in. */
export function settingsOf(options: SignalingServerOptions): Settings {
  return {
    port: options.port,
    host: options.host ?? '0.0.0.0',
    logger: options.logger ?? silent,
    version: options.version,
    keepalive: options.keepalive ?? seconds(15),
    helloTimeout: options.helloTimeout ?? seconds(10),
    maxSendBuffer: options.maxSendBuffer ?? 4 * 1024 * 1024,
    closeTimeout: options.closeTimeout ?? millis(1000),
  };
}

const nothing = () => {};
const silent: ServerLogger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
