import { isHhbError } from '@hellohaybye/core';
import { startSignalingServer } from '@hellohaybye/signaling/server';
import { reach } from './direct.js';

/** A signaling server to use, and what ends it if it is ours. */
export interface Hosted {
  url: string;
  /** Whether this process hosts it. */
  ours: boolean;
  close(): Promise<void>;
}

/**
 * The signaling server of this machine: the one that runs, else one inside this process, for everybody who
 * can reach this machine and for as long as this process lives.
 * @param address the only local address to use, if there is one
 * @throws HhbError `port-in-use` when something else holds the port
 */
export async function serverOfThisMachine(port: number, address?: string): Promise<Hosted> {
  const host = address ?? '127.0.0.1';
  const there = { url: `ws://${host}:${port}`, ours: false, close: () => Promise.resolve() };
  if (await reach(host, port)) return there;
  try {
    const server = await startSignalingServer({ host: address ?? '0.0.0.0', port });
    return { url: there.url, ours: true, close: () => server.close() };
  } catch (error) {
    // Somebody else may have begun to host in the meantime.
    if (isHhbError(error, 'port-in-use') && (await reach(host, port))) return there;
    throw error;
  }
}
