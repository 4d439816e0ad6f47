import type { ConnectionEnd, JoinedRoom } from './session/client-events.js';

/** A server whose connection was lost, and what was known there: by it all can reckon alike where to meet again. */
export interface LostServer {
  /** Where it was; with the pin of its certificate after `#`, where it was known by one. */
  url: string;
  /** The instance of the participant whose process it was in; undefined for one that runs for its own sake. */
  hostedBy: string | undefined;
  /** The server where its rooms go on, if it said so. */
  movedTo: string | undefined;
  end: ConnectionEnd;
  /** Our own instance. */
  instance: string;
  /** The room that we were in, with everybody who was there. */
  inside: JoinedRoom | undefined;
}

/**
 * Finds where to connect to instead.
 * @param lost the same object for each try of one absence
 * @param signal aborted when the client is closed
 * @returns `ws://host:port`, or `wss://host:port#pin`; when it rejects, it is asked again as after a failed try
 */
export type Locate = (lost: LostServer, signal: AbortSignal) => Promise<string>;

/**
 * Where to try by default: where the server said that it moved to, where it was, and where it was at first, in turn. A
 * server with TLS is not believed that it goes on without.
 */
export function followMoves(url: string): Locate {
  let absence: LostServer | undefined;
  let tries = 0;
  return (lost) => {
    if (lost !== absence) tries = 0;
    absence = lost;
    const isFit = (one: string | undefined) =>
      one !== undefined && (one.startsWith('wss:') || !lost.url.startsWith('wss:'));
    const known = [...new Set([lost.movedTo, lost.url, url])].filter(isFit) as string[];
    tries += 1;
    return Promise.resolve(known[(tries - 1) % known.length] ?? url);
  };
}

/** Where a close with the code of a move leads to, if that is a url. */
export const movedTo = (reason: string): string | undefined =>
  URL.canParse(reason) && /^wss?:$/.test(new URL(reason).protocol) ? reason : undefined;
