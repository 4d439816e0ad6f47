import { micros, seconds, type Micros } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import type { ClientEvent } from '../client/session/client-events.js';
import { defaultReconnectPolicy } from '../client/session/reconnect-schedule.js';
import { SessionMachine } from '../client/session/session-machine.js';
import type { RequestBody } from '../client/session/session-types.js';
import type { ServerMessage } from '../protocol/types.js';
import type { RoomMachine } from '../room/room-machine.js';
import type { World } from './session-world.js';
import type { ProcessStore } from './world-store.js';

/** A connection between a client and a server, each direction in order and as late as the world likes. */
export interface Line {
  readonly number: number;
  readonly client: WorldClient;
  readonly server: WorldServer;
  isWelcome: boolean;
  /** Whether what is underway still arrives. */
  isCut: boolean;
  readonly lastArrival: { up: Micros; down: Micros };
}

/** A server process; several may share a store. */
export interface WorldServer {
  machine: RoomMachine;
  store: ProcessStore;
  lines: Map<number, Line>;
}

/** How a request ended. */
export type Settled = { ok: true; reply: ServerMessage } | { ok: false; code: string };

/** A client with all that it was told, and when. */
export class WorldClient {
  readonly machine: SessionMachine;
  line: Line | undefined;
  isClosed = false;
  /** Whether there is a line, over which it was welcomed, that is not cut; and since when it is so. */
  isAlive = false;
  changedAt = micros(0);
  readonly settled = new Map<number, Settled>();
  onEvent: (event: ClientEvent) => void = () => {};
  onSettled: (requestId: number, settled: Settled) => void = () => {};

  constructor(
    readonly world: World,
    readonly index: number,
  ) {
    this.machine = new SessionMachine({
      name: `c${index}`,
      instanceKey: `key-of-client-number-${index}-`.padEnd(32, '0'),
      random: seededRandom(1000 + index),
      timeout: seconds(5),
      reconnect: defaultReconnectPolicy,
    });
  }

  request(body: RequestBody): number {
    const id = this.machine.request(body, this.world.clock.now());
    this.world.drain(this);
    return id;
  }
}
