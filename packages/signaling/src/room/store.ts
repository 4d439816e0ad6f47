import type { Micros } from '@hellohaybye/core';
import type { Refusal } from '../protocol/errors.js';
import type {
  ClientMessage,
  LeaveReason,
  Outcome,
  Participant,
  ServerMessage,
  SessionState,
} from '../protocol/types.js';

/** What a client asks for once it has been welcomed. */
export type ClientRequest = Exclude<ClientMessage, { type: 'hello' }>;

/**
 * What the machine asks of the store. A `link` is the name of a connection, unique among all servers; `at` is
 * when the command was given.
 */
export type StoreCommand =
  /** A session begins, or with `resume` goes on over another connection. Digests stand for the secrets. */
  | {
      type: 'hello';
      at: Micros;
      link: string;
      requestId: number;
      name: string;
      observedAddress: string;
      /** Absent for a client that gave no key: its session ends with its connection. */
      instance?: string;
      /** Digest of the token that the client is going to get. */
      token?: string;
      /** Digest of the token that the client came with. */
      resume?: string;
      /** How many may have a name, at all servers; this one among them. Absent: any number. */
      mostOfName?: number;
    }
  | {
      type: 'request';
      at: Micros;
      link: string;
      request: ClientRequest;
      /** What the call and the invitations that begin with an `invite` are called. The call's is a secret. */
      ids?: { call: string; invitation: string };
    }
  /** The connection is gone. */
  | { type: 'detach'; at: Micros; link: string; reason: LeaveReason }
  /** Ends a session that is without a connection, and with `connected` one that has one, too: that is to be ended then. */
  | { type: 'remove'; at: Micros; id: string; connected?: true }
  /** Does what is due by now. */
  | { type: 'expire'; at: Micros };

/** What comes of the commands. */
export type StoreEvent =
  | { type: 'message'; to: readonly string[]; message: ServerMessage }
  /** The connection speaks for a session from now on. */
  | {
      type: 'welcomed';
      link: string;
      requestId: number;
      id: string;
      instance?: string;
      resumed?: SessionState;
    }
  /** There is no such session to go on with, or too many have the name: the connection may say hello again. */
  | { type: 'not-welcomed'; link: string; refusal: Refusal }
  /** A command could not be carried out, and will not be: the connection that gave it is to be told. */
  | { type: 'refused'; link: string; refusal: Refusal; isHello: boolean }
  /** The store knows nothing of this connection any more: its client has to connect again. */
  | { type: 'dropped'; link: string }
  /** The session of this connection went on over another one. */
  | { type: 'taken-over'; link: string }
  /** Whoever runs a server ended the session of this connection: the client is to be told, and the connection closed. */
  | { type: 'removed'; link: string }
  /** An invitation ended. `link` is one side's, the inviter's if it has one. */
  | { type: 'outcome'; outcome: Outcome; link?: string }
  /** Somebody entered a room; `link` is absent while the session has no connection. */
  | { type: 'joined'; room: string; id: string; link?: string }
  /** Somebody is out of it again. A session that changes its connection has not left. */
  | { type: 'left'; room: string; id: string; link?: string };

/** @param since when the command that led to it was given to this process, where that is not being done just now */
export type StoreListener = (event: StoreEvent, since?: Micros) => void;

/**
 * Who is there, in which room, and who calls whom. Commands go in, events come out, at once or later: a store
 * that is shared by several server processes gives each process the events of all. The contract:
 * - commands take effect one after the other, those of one connection in the order in which they were given;
 * - every process gets the events in the order in which they happened;
 * - what the commands do is what `Directory` does.
 */
export interface RoomStore {
  /** Takes a command. Failures are the store's to repair: it keeps the command until it took effect. */
  execute(command: StoreCommand): void;
  /** Sets who hears of the events; called once, before the first command. */
  subscribe(listener: StoreListener): void;
  /** When an `expire` has something to do next; undefined when nothing is due, or the store sees to it by itself. */
  nextDeadline(): Micros | undefined;
  /** Who is in a room, in the order in which they came. */
  participants(room: string): Participant[];
  /** Whether there is somebody with this id whom a `remove` with `connected` ends, wherever the connection is. */
  canRemove(id: string): boolean;
  /** Whether commands take effect soon. While they do not, newcomers are better off with another process. */
  readonly isAvailable: boolean;
  /** @param within how long it may take its leave; as long as it likes when left out */
  close(within?: Micros): Promise<void>;
}
