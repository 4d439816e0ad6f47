import { millis, seconds, type Micros } from '@hellohaybye/core';
import type { Refusal } from '../protocol/errors.js';
import type { Outcome } from '../protocol/types.js';
import type { HttpRoutes } from './http-routes.js';
import type { ProxyHeader } from './policy/client-address.js';
import type { RoomStatistics } from '../room/room-machine.js';
import type { RoomStore } from '../room/store.js';

/** Where the server logs to; pino's loggers fit. */
export interface ServerLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Who counts what the server does. Called on the way: it has to be quick and must not throw. */
export interface ServerObserver {
  /** A well-formed message of a client came in. */
  received?(type: string): void;
  /** News for others in the room was handed to their sockets, this long after the message that made them came in. */
  relayed?(latency: Micros): void;
  /** An invitation of somebody at this server ended: `accepted`, `declined`, `cancelled`, `busy`, `timeout` or `gone`. */
  invitationEnded?(outcome: Outcome): void;
  /** A message or a connection was refused, or a connection cut off. `code` is one of `protocolErrors`. */
  refused?(code: string): void;
}

/** How much of what a server takes. What is over is refused with the code that is named. */
export interface ServerLimits {
  /** Connections in all: `server-full`. Default 16,000. */
  connections: number;
  /** Connections from one address: `too-many-connections`. Default 256, as a whole building may have one address. */
  connectionsPerAddress: number;
  /** Rooms with somebody in them: `too-many-rooms`. Default 5,000. */
  rooms: number;
  /** People in a room: `room-full`. Default 100. */
  peopleInRoom: number;
  /**
   * People who ask for one name, whatever its case: `name-in-use`. With 1 nobody has the name of another. Who has lost the
   * connection has it for 60 s more. Default 1,000.
   */
  peopleOfOneName: number;
  /** Messages a second of one connection, in the long run: `too-many-messages`. Default 50. */
  messagesPerSecond: number;
  /** Messages at once of one connection; after 50 times as many too many it is cut off. Default 200. */
  messageBurst: number;
}

/** A certificate, all of its chain, and its private key, both in PEM. */
export interface Certificate {
  cert: string | Buffer;
  key: string | Buffer;
}

/**
 * Decides who may connect. Given the token that was presented in `Authorization: Bearer ...` or `?access_token=...`,
 * undefined when there was none; answers with `token-required` or `bad-token`, or with undefined to let in.
 */
export type Authorize = (token: string | undefined) => Promise<Refusal | undefined> | Refusal | undefined;

/** How a signaling server is started. */
export interface SignalingServerOptions {
  /** TCP port, 0 to 65535; 0 takes any free one. */
  port: number;
  /** Address or name to listen at. Default `::`: every network of this machine, IPv4 and IPv6. */
  host?: string;
  /** Default: none. */
  logger?: ServerLogger;
  /** What `/healthz` gives as version. Default: it gives none. */
  version?: string;
  /** The instance (`instanceOf`) of the participant whose process it is in, which clients are told. Default: nobody's. */
  hostedBy?: string;
  /** How often each connection is pinged. Default 15 s. */
  keepalive?: Micros;
  /** How long after a ping a client may stay silent before it is cut off. Default: as long as `keepalive`. */
  pingTimeout?: Micros;
  /** How long a connection may wait with its hello. Default 10 s. */
  helloTimeout?: Micros;
  /** Bytes that may wait to be sent to a client before it is cut off as too slow. Default 4 MiB. */
  maxSendBuffer?: number;
  /** Those that are not given have their default. With a `store` that is given, its limits of rooms and people hold. */
  limits?: Partial<ServerLimits>;
  /**
   * Origins of web pages that may connect, such as `https://calls.example.org`; `*` is all. Default: pages of this
   * machine, and of the same host where that is an IP address or a `.local` name.
   */
  origins?: readonly string[];
  /** Networks of reverse proxies, such as `10.0.0.0/8`, that are believed whom they speak for. Default: none. */
  trustedProxies?: readonly string[];
  /** The header in which they tell it. Default `x-forwarded-for`. */
  proxyHeader?: ProxyHeader;
  /** Default: everybody may connect. */
  authorize?: Authorize;
  /** With a certificate the server speaks `wss` and nothing else. Default: `ws`. */
  tls?: Certificate;
  observer?: ServerObserver;
  /**
   * Where rooms and sessions are kept, closed with the server. Default: in memory. `openRedisStore` of
   * `@hellohaybye/signaling/redis` opens one that several servers share.
   */
  store?: RoomStore;
  /** More paths that are answered, beside `/healthz` and `/readyz`. */
  routes?: HttpRoutes;
  /**
   * How long `close` goes on as before while `/readyz` answers 503 and new connections are refused, so that load
   * balancers notice. Clients are told by `draining`; where they have somewhere to go, they are let go one after the other
   * in the second half of it. Default 0.
   */
  drainDelay?: Micros;
  /**
   * How long `close` takes after that at most: for the clients' farewell, after which they are cut off, and with a store
   * that is given as long again in it for the store's. Default 1 s.
   */
  closeTimeout?: Micros;
}

/** A signaling server that is listening. */
export interface SignalingServer {
  readonly host: string;
  /** The port that was bound. */
  readonly port: number;
  /** Where a client on this machine reaches it: `ws://127.0.0.1:5000`. */
  readonly url: string;
  statistics(): RoomStatistics;
  /**
   * Ends a participant's connection with `removed`, or the session that waits for its client to come back; with a store
   * that several servers share, at whichever of them it is. False when there is nobody with this id.
   */
  removeParticipant(id: string): boolean;
  /** Does so for everybody in a room, and tells how many they were. */
  closeRoom(room: string): number;
  /**
   * Takes another certificate for connections from now on; those that are open keep theirs.
   * @throws HhbError `bad-certificate`, and the one before stays; `no-tls` when the server was started without one
   */
  replaceCertificate(certificate: Certificate): void;
  /**
   * Refuses new connections; after `drainDelay` tells all clients and closes their connections (WebSocket code 1001)
   * and the port. Over after `drainDelay` and `closeTimeout` at the latest, whatever others do. May be called again.
   * @param movedTo the url of the server where all that goes on, which clients are told (WebSocket code 4002); at
   *   most 123 bytes
   */
  close(movedTo?: string): Promise<void>;
}

/** See {@link ServerLimits}. */
export const defaultLimits: Readonly<ServerLimits> = {
  connections: 16_000,
  connectionsPerAddress: 256,
  rooms: 5_000,
  peopleInRoom: 100,
  peopleOfOneName: 1000,
  messagesPerSecond: 50,
  messageBurst: 200,
};

type Optional = 'version' | 'hostedBy' | 'origins' | 'authorize' | 'tls' | 'store';

export type Settings = Required<Omit<SignalingServerOptions, Optional | 'limits'>> &
  Pick<SignalingServerOptions, Optional> & { limits: ServerLimits };

/** The options with their defaults filled in. */
export function settingsOf({ limits, ...options }: SignalingServerOptions): Settings {
  const pingTimeout = options.keepalive ?? defaults.keepalive;
  return {
    ...defaults,
    pingTimeout,
    ...definedIn(options),
    limits: { ...defaultLimits, ...definedIn(limits ?? {}) },
  };
}

const nothing = () => {};

const defaults = {
  host: '::',
  logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  keepalive: seconds(15),
  helloTimeout: seconds(10),
  maxSendBuffer: 4 * 1024 * 1024,
  trustedProxies: [],
  proxyHeader: 'x-forwarded-for',
  observer: {},
  routes: {},
  drainDelay: millis(0),
  closeTimeout: millis(1000),
} satisfies Partial<Settings>;

/** Without what is undefined, so that a default isn't overwritten by it. */
const definedIn = <Options extends object>(options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
