import type { Micros } from '@hellohaybye/core';

/** What a signaling server tells of itself on the local network. */
export interface ServerDescription {
  /** Random, new for each process that hosts: 16 hexadecimal digits. One of another program may look otherwise. */
  id: string;
  /** `server` runs for its own sake; `participant` is hosted by somebody in a call, for as long as they are there. */
  kind: 'server' | 'participant';
  /** Since when it hosts, by its own clock. */
  since: Micros;
  /** The versions of the signaling protocol that it speaks. */
  versions: readonly number[];
  /**
   * The pin of its certificate (`pinOf`), when it speaks wss. Nobody vouches for it: it says that one connects to whoever
   * announced it, and not who that is.
   */
  pin?: string;
  /** Whether it lets in only who has an access token. */
  needsToken?: true;
  /** A name to show, where somebody asked for it to be announced. One line, at most 64 characters. */
  name?: string;
}

/** A server that was heard of on the local network. Nothing says yet that it can be reached. */
export interface FoundServer extends ServerDescription {
  /** TCP port. */
  port: number;
  /** Its addresses, best first; at least one. Link-local IPv6 has a zone: `fe80::1%eth0`. */
  addresses: readonly string[];
  /** `ws://host:port` for each address, or `wss://host:port#pin`; one with a zone has a name (`zonedHost`). */
  urls: readonly string[];
  /** Whether it is on this machine. */
  local: boolean;
}

/** News of the servers that are heard of. */
export interface ServerEvent {
  type: 'found' | 'changed' | 'lost';
  server: FoundServer;
}
