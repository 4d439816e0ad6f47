import { spokenVersions } from '../../protocol/limits.js';
import { compareHosts } from '../choose-host.js';
import type { FoundServer } from '../types.js';
import { firstAnswer } from './first-answer.js';
import type { LinkOptions } from './link-sockets.js';
import { probeServer } from './probe-server.js';
import { watchServers, type ServerWatch } from './watch-servers.js';

/** How long to look, and on which links. */
export interface FindOptions extends LinkOptions {
  /** Milliseconds to look for when nobody answers. */
  timeoutMs: number;
  /** Ends the search before its time. */
  signal?: AbortSignal;
  /** A look-out that is running already, instead of one of its own; it is left open. */
  watch?: ServerWatch;
  /** Whether a server that has answered is of use; when it is not, the search goes on. Default: each is. */
  accepts?: (server: ReachedServer) => Promise<boolean>;
  /** Milliseconds to go on looking for others after the first has answered. Default 0. */
  gatherMs?: number;
}

/** A server that has answered, and where. */
export interface ReachedServer extends FoundServer {
  /** The address that it answered at first, as `ws://host:port` or `wss://host:port#pin`. */
  url: string;
}

/**
 * Looks for signaling servers on the local network and on this machine. Whatever is heard of is tried at once, at
 * all its addresses, so that an announcement whose server is dead keeps nobody waiting. The first that answers
 * ends the search, unless `gatherMs` asks for more; of several hosts on one network all but one give way anyway
 * (`chooseHost`), and who follows `watchServers` learns of it.
 * @returns those that have answered, in the order of `compareHosts`; none when nobody has in time
 */
export async function findServers(options: FindOptions): Promise<ReachedServer[]> {
  const watch = options.watch ?? watchServers(options);
  const ending = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ending.signal]) : ending.signal;
  try {
    return await collect(watch, options, signal);
  } finally {
    ending.abort();
    if (!options.watch) await watch.close();
  }
}

/**
 * Tries all addresses of a server at once.
 * @returns the url of the first that answers; undefined when none does in time, or when it speaks no version of ours
 */
export async function reachServer(
  server: FoundServer,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (!server.versions.some((version) => spokenVersions.includes(version))) return undefined;
  const attempts = server.urls.map((url, index) => async (ending: AbortSignal) => {
    // The best gets a small lead.
    if (index > 0) await pause(Math.min(index, 4) * headStartMs, ending);
    return (await probeServer(url, timeoutMs, ending)) ? url : undefined;
  });
  return firstAnswer(attempts, signal);
}

function collect(
  watch: ServerWatch,
  { timeoutMs, accepts, gatherMs = 0 }: FindOptions,
  signal: AbortSignal,
): Promise<ReachedServer[]> {
  return new Promise((resolve) => {
    const trying = new Set<string>();
    const reached = new Map<string, ReachedServer>();
    const attempt = async (server: FoundServer) => {
      const key = JSON.stringify([server.id, server.urls]);
      if (trying.has(key) || trying.size >= mostAttempts) return;
      trying.add(key);
      const url = await reachServer(server, timeoutMs, signal);
      if (url === undefined) return;
      const found = { ...server, url };
      if (accepts && !(await accepts(found))) return;
      reached.set(server.id, found);
      if (gatherMs === 0) end();
      else if (reached.size === 1) setTimeout(end, gatherMs);
    };
    const onNews = (server: FoundServer) => void attempt(server);
    const end = () => {
      clearTimeout(timer);
      watch.off('found', onNews);
      watch.off('changed', onNews);
      resolve([...reached.values()].sort(compareHosts));
    };
    const timer = setTimeout(end, timeoutMs);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) return end();
    watch.on('found', onNews);
    watch.on('changed', onNews);
    watch.servers.forEach(onNews);
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** Milliseconds by which a better address is tried before the next one. */
const headStartMs = 20;

/** Servers that are tried in one search, however many are heard of. */
const mostAttempts = 32;
