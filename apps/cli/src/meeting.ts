import { isHhbError } from '@hellohaybye/core';
import { isLoopback } from '@hellohaybye/signaling';
import { localCandidates, placeOf } from '@hellohaybye/signaling/client';
import {
  compareHosts,
  findServers,
  probeAddress,
  probeServer,
  reachServer,
  serverUrl,
  watchServers,
  type LinkOptions,
  type ReachedServer,
  type ServerDescription,
  type ServerWatch,
} from '@hellohaybye/signaling/discovery';
import type { Hosted } from './hosting.js';
import { waitFor } from './interruption.js';
import { lastServer, rememberServer } from './last-server.js';
import { PassedOver } from './passed-over.js';
import type { LoadedSettings } from './settings/load.js';
import { hostOf } from './settings/media-host.js';
import { printable } from './terminal.js';

/** The server where one meets the others: the one that was asked for, one that was found, or one's own. */
export interface Meeting {
  url: string;
  /** What was found and is used, a line each. */
  lines: string[];
  /** Set when this process hosts it. */
  hosted?: Hosted;
}

/** A server that one's own gives way to. */
export interface Better extends Meeting {
  /** Where others find it; undefined where it has no address that means the same to them. */
  forOthers: string | undefined;
}

/**
 * Finds the server to use, in this order: `--server`; one that answers on this machine or on the local network; the
 * last one that was used; one inside this process, which is announced.
 * @throws HhbError `port-in-use`
 */
export class MeetingFinder {
  readonly #loaded: LoadedSettings;
  readonly #announceName: string;
  readonly #links: LinkOptions | undefined;
  readonly #instance: string;
  readonly #passedOver = new PassedOver();
  #watch: ServerWatch | undefined;

  /**
   * @param name what the user is called, announced only when the settings say so
   * @param instance what others know this participant by
   */
  constructor(loaded: LoadedSettings, name: string, instance: string) {
    const { discovery, mediaHost, server } = loaded.values;
    this.#loaded = loaded;
    this.#announceName = name;
    this.#instance = instance;
    if (discovery === 'none') return;
    this.#links = {
      ...(discovery !== 'auto' && { interfaces: discovery.split(',') }),
      ...(mediaHost !== undefined && { address: mediaHost }),
    };
    if (server === undefined) this.lookOut();
  }

  /** Looks for servers from now on, and asks at once; undefined when the settings forbid it. */
  lookOut(): ServerWatch | undefined {
    if (this.#links) this.#watch ??= watchServers(this.#links);
    return this.#watch;
  }

  /**
   * Finds or hosts a server. Interrupted, it may end with any result.
   * @param how whether one that is hosted speaks TLS, whatever the settings say
   */
  async find(signal: AbortSignal, how: { tls?: boolean } = {}): Promise<Meeting> {
    const found = await this.findExisting(signal);
    if (found) return found;
    const { signalingPort } = this.#loaded.values;
    const isFixed = this.#loaded.asked.has('signalingPort');
    const meeting = await this.host(signalingPort, signal, how.tls ? { isFixed, tls: true } : { isFixed });
    const { hosted } = meeting;
    const lines = hosted ? hostingLines(hosted, this.#loaded.values.mediaHost) : meeting.lines;
    return { ...meeting, lines: [...this.passedOver, ...lines] };
  }

  /** Finds a server, and hosts none where there is none. */
  async findExisting(signal: AbortSignal): Promise<Meeting | undefined> {
    const { server } = this.#loaded.values;
    if (server !== undefined) return { url: server, lines: [] };
    const found = await this.#existing(signal);
    return found && { ...found, lines: [...this.passedOver, ...found.lines] };
  }

  /** A line for each server that was found and lets us not in. */
  get passedOver(): string[] {
    return this.#passedOver.lines;
  }

  /** Remembers a server that one got into, for the next time. */
  remember(url: string): void {
    if (this.#loaded.values.discovery !== 'none') rememberServer(url);
  }

  /**
   * Waits for a server on the network that is to be preferred to one's own, and that answers.
   * @param than what is announced of one's own; undefined when it is hidden: nobody else can give way to that
   * @returns undefined when the signal aborts before
   */
  async better(than: ServerDescription | undefined, signal: AbortSignal): Promise<Better | undefined> {
    const watch = this.lookOut();
    if (!watch) return waitFor(undefined, signal).then(() => undefined);
    let news = new AbortController();
    const onNews = () => news.abort();
    watch.on('found', onNews).on('changed', onNews);
    signal.addEventListener('abort', onNews);
    try {
      for (let pause = firstRetryMs; !signal.aborted; pause = Math.min(2 * pause, longestRetryMs)) {
        news = new AbortController();
        const open = watch.servers.filter(({ needsToken }) => !needsToken);
        for (const server of open.filter((other) => !than || compareHosts(other, than) < 0)) {
          const url = await reachServer(server, answerMs, signal);
          if (url === undefined || !(await this.#passedOver.isOpen({ url }, answerMs, signal))) continue;
          const forOthers = server.urls.find(isForOthers) ?? (isForOthers(url) ? url : undefined);
          return { url, forOthers, lines: [foundLine(url, server.name, server.local)] };
        }
        await waitFor(pause, news.signal);
      }
      return undefined;
    } finally {
      signal.removeEventListener('abort', onNews);
      watch.off('found', onNews).off('changed', onNews);
    }
  }

  /** Ends the look-out, until it is asked for again. */
  async close(): Promise<void> {
    const watch = this.#watch;
    this.#watch = undefined;
    await watch?.close();
  }

  async #existing(signal: AbortSignal): Promise<Meeting | undefined> {
    const { signalingPort, mediaHost = '127.0.0.1', discovery } = this.#loaded.values;
    const found = new AbortController();
    const ending = AbortSignal.any([signal, found.signal]);
    const onThisMachine = async (): Promise<Meeting> => {
      const host = hostOf(mediaHost);
      const url = await probeAddress(host, signalingPort, { timeoutMs: answerMs, signal: ending });
      if (url === undefined || !(await this.#passedOver.isOpen({ url }, answerMs, ending))) throw nobody;
      return { url, lines: [foundLine(url, undefined, true)] };
    };
    const onTheNetwork = async (): Promise<Meeting> => {
      if (!this.#watch) throw nobody;
      const accepts = (server: ReachedServer) => this.#passedOver.isOpen(server, answerMs, ending);
      const [server] = await findServers({
        watch: this.#watch,
        timeoutMs: searchMs,
        signal: ending,
        accepts,
      });
      if (!server) throw nobody;
      return { url: server.url, lines: [foundLine(server.url, server.name, server.local)] };
    };
    const last = discovery === 'none' ? undefined : lastServer();
    const lastAnswers = last !== undefined && probeServer(last, answerMs, ending);
    try {
      return await Promise.any([onThisMachine(), onTheNetwork()]);
    } catch {
      if (last === undefined || !(await lastAnswers)) return undefined;
      if (!(await this.#passedOver.isOpen({ url: last }, answerMs, signal))) return undefined;
      return { url: last, lines: [`Nobody is on this network; the last server still answers: ${placeOf(last)}.`] }; // prettier-ignore
    } finally {
      found.abort();
    }
  }

  /**
   * Hosts a server, unless somebody else has begun to at the same moment.
   * @param how whether only this port will do, and whether it has to speak TLS, whatever the settings say
   * @returns the other server, or with `hosted` one's own
   */
  async host(
    port: number,
    signal: AbortSignal,
    how: { isFixed?: boolean; tls?: boolean } = {},
  ): Promise<Meeting> {
    const { values } = this.#loaded;
    const { mediaHost = '127.0.0.1', hidden, announceName } = values;
    const options = {
      hostedBy: this.#instance,
      address: values.mediaHost,
      tls: how.tls ?? values.tls,
      announceOn: hidden ? undefined : this.#links,
      announceName: announceName ? this.#announceName : undefined,
    };
    // Loaded when there is none, for that takes longer than to find one.
    const { hostServer } = await import('./hosting.js');
    const hosted = await hostServer({ ...options, port }).catch(async (error: unknown) => {
      if (!isHhbError(error, 'port-in-use') && !isHhbError(error, 'port-not-permitted')) throw error;
      // Somebody else on this machine may have begun to host in the meantime.
      const url = await probeAddress(hostOf(mediaHost), port, {
        ...{ timeoutMs: answerMs, signal },
        ...(how.tls && { tls: true }),
      });
      if (url !== undefined && (await this.#passedOver.isOpen({ url }, answerMs, signal))) {
        return { url, lines: [foundLine(url, undefined, true)] };
      }
      if (how.isFixed) throw error;
      return hostServer({ ...options, port: 0 });
    });
    if ('lines' in hosted) return hosted;
    // Somebody else may have come to the same end at the same moment: then one of the two gives way.
    // A signal of AbortSignal.timeout can be collected before its time when only another one of `any` follows it.
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), settleMs);
    const settled = AbortSignal.any([signal, patience.signal]);
    const better = hosted.announced && (await this.better(hosted.announced, settled).catch(() => undefined));
    clearTimeout(timer);
    if (better) {
      await hosted.close();
      return better;
    }
    return { url: hosted.url, hosted, lines: [] };
  }
}

/** `Found a server on this network: Anna (192.168.1.20:5000).` */
function foundLine(url: string, name: string | undefined, local: boolean): string {
  const where = local ? 'on this machine' : 'on this network';
  const who = name === undefined ? placeOf(url) : `${printable(name)} (${placeOf(url)})`;
  return `Found a server ${where}: ${who}.`;
}

function hostingLines({ port, pin, announced }: Hosted, only: string | undefined): string[] {
  const here = addressForOthers(only);
  const others = announced
    ? 'Others on this network find it by "hellohaybye join"; from elsewhere they add'
    : 'Other machines join with';
  return [
    `No server was found: this process hosts one on port ${port} for as long as it lives.`,
    ...(here ? [`${others} --server ${serverUrl(here, port, pin)}`] : []),
  ];
}

/** An address of this machine that others can reach, if it has one. @param only the one that may be used, if any */
export function addressForOthers(only: string | undefined): string | undefined {
  const isLan = (address: string) => !isLoopback(address) && (only === undefined || address === only);
  // IPv4 first, for it is what most can use.
  const own = localCandidates().sort((one, other) => one.family - other.family);
  return own.find(({ address }) => isLan(address))?.address;
}

const nobody = new Error('nobody there');

/** Whether a url leads others to where it leads us: a zone is this machine's own. */
function isForOthers(url: string): boolean {
  const { hostname } = new URL(url);
  return !isLoopback(hostname.replace(/^\[|\]$/g, '')) && placeOf(url) === new URL(url).host;
}

/** How long to look for servers on the network, milliseconds: two questions, and the time for a slow answer. */
const searchMs = 500;

/** How long a server may take to answer, milliseconds. */
const answerMs = 1000;

/** How long a host waits for another one that began at the same time, milliseconds. */
const settleMs = 250;

/** How long until a better server that did not answer is tried again at first, milliseconds; then twice as long each time. */
const firstRetryMs = 1000;

/** The longest that gets, milliseconds. */
const longestRetryMs = 10_000;
