import { createHash } from 'node:crypto';
import { seededRandom, VirtualClock } from '@hellohaybye/core/testing';
import type { RoomMachineOptions } from '../room/room-machine.js';

/** What a room machine is made of, on a clock that stands still. */
export const machineOptions = (seed: number, clock = new VirtualClock()): RoomMachineOptions => ({
  random: seededRandom(seed),
  clock,
  digest: (text) => createHash('sha256').update(text).digest('hex').slice(0, 32),
  keepaliveMs: 15_000,
});
