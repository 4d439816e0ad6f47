import type { Call, OwnServer } from '@hellohaybye/call';
import { seconds } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { placeOf, type Locate, type LostServer } from '@hellohaybye/signaling/client';
import {
  firstAnswer,
  probeAddress,
  probeServer,
  reachServer,
  takesConnection,
  Takeover,
} from '@hellohaybye/signaling/discovery';
import type { Hosted } from './hosting.js';
import { interrupted, waitFor } from './interruption.js';
import type { MeetingFinder } from './meeting.js';
import { printable } from './terminal.js';
import { whereHosted, whereTold } from './where-hosted.js';

/** How a meeting is kept. */
export interface KeeperOptions {
  finder: MeetingFinder;
  say: (line: string) => void;
  /** Whether a server that ran for its own sake is waited for, however long that takes. */
  waits: boolean;
  /** Whether the server was given an access token, which nobody else is to have: then it is not looked for elsewhere. */
  isGuarded?: boolean;
}

/**
 * Keeps a call where others find it: when its server is gone, goes where the others go, or hosts when it is our turn
 * to; and when we host, gives way to a server that is to be preferred.
 */
export class MeetingKeeper {
  readonly #options: KeeperOptions;
  readonly #ending = new AbortController();
  /** Of those who left: the one who hosted may be among them. */
  readonly #names = new Map<string, string>();
  /** The servers that those in the call say they host, by who says so. */
  readonly #told = new Map<string, OwnServer>();
  #call: Call | undefined;
  #hosted: Hosted | undefined;
  #absence: { lost: LostServer; takeover: Takeover } | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /**
   * Finds or hosts a server, says what it found, and takes charge of one in this process, which ends with the keeper.
   * @param how whether one that is hosted speaks TLS, whatever the settings say
   * @throws HhbError `interrupted` when the signal has aborted, and those of `MeetingFinder`
   */
  async find(signal: AbortSignal, how: { tls?: boolean } = {}): Promise<{ url: string; isHosted: boolean }> {
    const { url, lines, hosted } = await this.#options.finder.find(signal, how);
    this.#hosted = hosted;
    if (signal.aborted) throw interrupted();
    lines.forEach((line) => this.#options.say(line));
    return { url, isHosted: hosted !== undefined };
  }

  /** The call has begun. */
  follow(call: Call): void {
    this.#call = call;
    call.on('left', ({ id, name }) => {
      this.#names.set(id, name);
      this.#told.delete(id);
    });
    call.on('hosts', ({ id, server }) => this.#told.set(id, server));
    this.#watchOver();
  }

  /** Finds where the call goes on: what `startCall` takes as `locate`. */
  readonly locate: Locate = async (lost, signal) => {
    const takeover = this.#takeoverOf(lost);
    const { waits, isGuarded = false } = this.#options;
    if (isGuarded) return this.#oneOf(lost, signal);
    if (waits && lost.hostedBy === undefined && lost.movedTo === undefined) return lost.url;
    this.#options.finder.lookOut();
    // Who says that it goes has told everybody; else there may be a host already that only we do not know.
    const isTold = lost.movedTo !== undefined || lost.end.code === goingAway;
    for (let pause = isTold ? 0 : lookMs; !signal.aborted; pause = retryMs) {
      await waitFor(pause, signal);
      const isThere = takesConnection(lost.url, answerMs, signal);
      const url = await this.#answering(lost, takeover, signal);
      if (url !== undefined) return this.#arrive(url, lost);
      const turn = takeover.turnOf(lost.instance);
      const now = systemClock.now();
      if (turn === undefined || now < turn || signal.aborted) continue;
      // A machine that takes connections is not gone: its process is busy, and comes back in a moment.
      if (now < turn + busy && (await isThere)) continue;
      if (!signal.aborted) return this.#host(lost, signal);
    }
    throw new Error('the call is over');
  };

  /** Ends the server in this process, if there is one. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#hosted?.close();
  }

  /** The server that was named, or the one where it said that it moved. */
  async #oneOf({ url, movedTo }: LostServer, signal: AbortSignal): Promise<string> {
    if (movedTo === undefined || !(await probeServer(movedTo, answerMs, signal))) return url;
    this.#options.say(`The server moved: the call goes on at ${placeOf(movedTo)}.`);
    return movedTo;
  }

  #takeoverOf(lost: LostServer): Takeover {
    if (this.#absence?.lost === lost) return this.#absence.takeover;
    const { instance, inside, hostedBy } = lost;
    const roster = [instance, ...(inside?.participants ?? []).map((one) => one.instance)];
    const takeover = new Takeover({ roster, hostedBy, at: systemClock.now() });
    this.#absence = { lost, takeover };
    return takeover;
  }

  /**
   * The first that answers, of all places where the call may go on by now. A call that had TLS goes on with TLS: nobody
   * gets it into the clear by bringing its server down.
   */
  #answering(lost: LostServer, takeover: Takeover, signal: AbortSignal): Promise<string | undefined> {
    const tls = isTls(lost.url);
    const isFit = (url: string | undefined) => url !== undefined && (!tls || isTls(url));
    const known = [...new Set([lost.movedTo, lost.url])].filter((url) => url !== undefined).filter(isFit);
    const guessed = whereHosted(lost, takeover.hosts(systemClock.now()));
    const announced = (this.#options.finder.lookOut()?.servers ?? []).filter(
      ({ urls, needsToken }) => !needsToken && isFit(urls[0]),
    );
    const attempts = [
      ...[...known, ...this.#toldUrls(lost).filter(isFit)].map(
        (url) => async (ending: AbortSignal) =>
          (await probeServer(url, answerMs, ending)) ? url : undefined,
      ),
      ...guessed.map(
        ({ host, port }) =>
          (ending: AbortSignal) =>
            probeAddress(host, port, { timeoutMs: answerMs, signal: ending, tls }),
      ),
      ...announced.map((server) => (ending: AbortSignal) => reachServer(server, answerMs, ending)),
    ];
    return firstAnswer(attempts, signal);
  }

  /** Where those may be reached who said over their control streams that they host. */
  #toldUrls({ inside }: LostServer): string[] {
    if (!inside) return [];
    return (this.#call?.others ?? []).flatMap((one) => {
      const server = this.#told.get(one.id);
      return server ? whereTold(one, server, inside.self) : [];
    });
  }

  async #arrive(url: string, lost: LostServer): Promise<string> {
    const { finder, say } = this.#options;
    // Only who hosts has a use for what is heard later.
    if (!this.#hosted) await finder.close();
    const isOurs = lost.hostedBy === lost.instance;
    if (lost.movedTo !== undefined && !isOurs) say(`The server moved: the call goes on at ${placeOf(url)}.`);
    else if (url !== lost.url && !isOurs) say(`${this.#gone(lost)}: the server is at ${placeOf(url)} now.`);
    return url;
  }

  async #host(lost: LostServer, signal: AbortSignal): Promise<string> {
    const { finder, say } = this.#options;
    const how = isTls(lost.url) ? { tls: true } : {};
    const { url, hosted } = await finder.host(Number(new URL(lost.url).port), signal, how);
    if (!hosted) return this.#arrive(url, lost);
    if (this.#ending.signal.aborted) await hosted.close();
    else {
      say(`${this.#gone(lost)}: this process hosts now.`);
      this.#hosted = hosted;
      const { port, pin } = hosted;
      this.#call?.tellHost({ port, ...(pin !== undefined && { pin }) });
      this.#watchOver();
    }
    return url;
  }

  /** While we host: should we meet a server that is to be preferred, its rooms and ours become one, there. */
  #watchOver(): void {
    const hosted = this.#hosted;
    if (!hosted) return;
    const giveWay = async (to: ReturnType<MeetingFinder['better']>) => {
      const better = await to;
      if (!better || this.#hosted !== hosted || this.#ending.signal.aborted) return;
      better.lines.forEach((line) => this.#options.say(line));
      this.#options.say(`The call goes on at ${placeOf(better.url)}.`);
      this.#hosted = undefined;
      this.#call?.tellHost(undefined);
      await hosted.close(better.forOthers);
    };
    giveWay(this.#options.finder.better(hosted.announced, this.#ending.signal)).catch((error: unknown) => {
      this.#options.say(`note: the call could not move to another server: ${printable(String(error))}`);
    });
  }

  /** `Anna, who hosted, is gone` */
  #gone({ url, hostedBy, inside }: LostServer): string {
    if (hostedBy === undefined) return `The server at ${placeOf(url)} is gone`;
    const host = inside?.participants.find(({ instance }) => instance === hostedBy);
    const name = host?.name ?? this.#names.get(hostedBy);
    return name === undefined ? 'Who hosted is gone' : `${printable(name)}, who hosted, is gone`;
  }
}

const isTls = (url: string) => url.startsWith('wss:');

/** The WebSocket close code of who goes on purpose. */
const goingAway = 1001;

/** How long a server that does not answer may be busy before it counts as gone, though its machine is there. */
const busy = seconds(10);

/** How long to listen for a host that is there already, milliseconds. */
const lookMs = 250;

/** How long until those who did not answer are tried again, milliseconds. */
const retryMs = 200;

/** How long a server may take to answer, milliseconds. */
const answerMs = 1000;
