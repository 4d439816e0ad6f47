import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Locate, LostServer } from './lost-server.js';

/**
 * Lets the first try of each absence wait a little, as the clients of a server that was killed would all be back in the
 * same moment. A host has few, and they are to find the next one soon.
 */
export function spreadOut(locate: Locate): Locate {
  let absence: LostServer | undefined;
  return async (lost, signal) => {
    const isFirst = lost !== absence;
    absence = lost;
    if (isFirst && lost.hostedBy === undefined) await pause(randomInt(spreadMs), undefined, { signal });
    return locate(lost, signal);
  };
}

const spreadMs = 100;
