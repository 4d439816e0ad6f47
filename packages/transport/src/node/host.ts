import type { Clock } from '@hellohaybye/core';
import type { OutgoingFrame } from '../endpoint/types.js';
import type { PacketIndex } from '../protect/srtp-key.js';
import { Driver } from './driver.js';
import type { Bound, Command, DriverListener, NodeStatistics } from './messages.js';
import type { TransportOptions } from './options.js';

/** Where a driver runs: in this thread or in one of its own. */
export interface Host {
  readonly bound: Bound;
  send(frame: OutgoingFrame): void;
  run(command: Command): void;
  /** @returns false when it is not sent */
  sendControl(peer: string, data: Uint8Array): boolean;
  statistics(): Promise<NodeStatistics>;
  packetIndices(): Promise<PacketIndex[]>;
  close(): Promise<void>;
}

/** A driver in this thread. */
export async function hostHere(
  options: TransportOptions,
  clock: Clock,
  listener: DriverListener,
): Promise<Host> {
  const driver = await Driver.open(options, clock, listener);
  return {
    bound: driver.bound,
    send: (frame) => driver.send(frame),
    run: (command) => driver.run(command),
    sendControl: (peer, data) => driver.sendControl(peer, data),
    statistics: async () => ({ ...driver.statistics(), framesNotTaken: 0 }),
    packetIndices: async () => driver.packetIndices(),
    close: () => driver.close(),
  };
}
