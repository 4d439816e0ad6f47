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

/** Where a close with the code of a move leads to, if that is a url. */
export const movedTo = (reason: string): string | undefined =>
  URL.canParse(reason) && /^wss?:$/.test(new URL(reason).protocol) ? reason : undefined;
