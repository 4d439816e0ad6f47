import { setTimeout as pause } from 'node:timers/promises';
import { toMillis, type Micros } from '@hellohaybye/core';
import { movedCode } from '../protocol/limits.js';
import type { PeerSocket } from './peer-socket.js';

/** What a connection is closed with when the server goes. @param movedTo where its rooms go on, if they do */
export const farewell = (movedTo?: string): [code: number, reason: string] =>
  movedTo === undefined ? [1001, 'the server is shutting down'] : [movedCode, movedTo];

/** Closes connections one after the other, in this time, so that they do not all arrive elsewhere at once. */
export async function letGo(sockets: readonly PeerSocket[], within: Micros, movedTo?: string): Promise<void> {
  const step = toMillis(within) / Math.max(1, sockets.length);
  const began = performance.now();
  for (const [index, socket] of sockets.entries()) {
    const early = index * step - (performance.now() - began);
    if (early > 0) await pause(early);
    // Their answer to it is no farewell of theirs.
    socket.leaving ??= 'disconnected';
    socket.close(...farewell(movedTo));
  }
  await pause(Math.max(0, toMillis(within) - (performance.now() - began)));
}
