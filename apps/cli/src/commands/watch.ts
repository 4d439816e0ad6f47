import { watchParticipant, type Call, type SentStatistics, type Watch } from '@hellohaybye/call';
import type { Command } from 'commander';
import { noticePrinter } from '../notices.js';
import { invocationOf, withCommonOptions, withSettings, type Invocation } from '../program.js';
import { checkStays, rtpTarget, saveSdp, usualPorts, type RtpTarget } from '../rtp-target.js';
import { printable, type Terminal } from '../terminal.js';
import { watcherName } from '../watcher-name.js';
import { join, type Guise } from './join.js';

interface WatchFlags {
  rtp: string;
  sdp: string;
  room: string;
  anywhere?: boolean;
}

export function addWatch(program: Command): void {
  const command = program
    .command('watch <name>')
    .description('pass what somebody in a room sends on to another program, as plain RTP; everybody sees it')
    .requiredOption(
      '--rtp <host[:port]>',
      `where to; video goes to the port (default ${usualPorts.video}), audio to the one after the next`,
    )
    .requiredOption('--sdp <file>', 'write the SDP that the other program reads, as soon as they are here')
    .option('--anywhere', 'let it go to another machine: plain RTP is not encrypted')
    .option('--room <room>', 'the room', 'lobby')
    .action(async (name: string, flags: WatchFlags) => watch(name, flags, invocationOf(command)));
  withSettings(withCommonOptions(command), [
    ...(['server', 'tokenFile', 'signalingPort', 'hidden', 'announceName', 'discovery', 'name'] as const),
    ...(['videoPort', 'audioPort', 'maxPacketSize', 'mediaHost'] as const),
  ]);
}

async function watch(name: string, flags: WatchFlags, invocation: Invocation): Promise<void> {
  const target = await rtpTarget('--rtp', flags.rtp);
  if (!flags.anywhere) checkStays('--rtp', target);
  const { maxPacketSize } = invocation.settings.values;
  const watching = new Watching(name, target, flags.sdp, invocation.verbose, maxPacketSize);
  await join(flags.room, invocation, { guise: watching });
}

/** Somebody who is in the room to watch another, and sends nothing. */
class Watching implements Guise {
  readonly #failed = new AbortController();
  #watch: Promise<Watch> | undefined;
  #isHere = false;
  #terminal: Terminal | undefined;

  constructor(
    private readonly name: string,
    private readonly target: RtpTarget,
    private readonly file: string,
    private readonly verbose: boolean,
    private readonly maxPacketSize: number,
  ) {}

  get until(): AbortSignal {
    return this.#failed.signal;
  }

  adapt: Guise['adapt'] = (options) => ({
    ...options,
    ...{ name: watcherName(options.name, this.name), answer: 'never' },
    ...{ video: 'none', audio: 'none', speaker: 'none', page: false },
  });

  onStarted(call: Call, terminal: Terminal): void {
    this.#terminal = terminal;
    const { address, port } = this.target;
    this.#watch = watchParticipant(call, {
      ...{ name: this.name, to: address, videoPort: port, audioPort: port + 2 },
      maxPacketSize: this.maxPacketSize,
      onNotice: noticePrinter(terminal, this.verbose),
      onGone: (name) => this.#say(`Waiting for ${name}.`),
      onDescribed: (sdp, { name, isNew }) => this.#describe(sdp, name, isNew),
    });
    this.#attend(this.#watch).catch((error: unknown) => this.#failed.abort(error));
  }

  async finish(): Promise<{ ok: boolean; sent: SentStatistics[] }> {
    const sent = (await (await this.#watch)?.close()) ?? [];
    if (this.until.aborted) throw this.until.reason;
    const ok = sent.some(({ frames }) => frames > 0);
    if (!ok) this.#say(`Nothing came from ${this.name}.`);
    return { ok, sent };
  }

  async #attend(watching: Promise<Watch>): Promise<void> {
    const { ended } = await watching;
    if (!this.#isHere) this.#say(`Waiting for ${this.name}.`);
    await ended;
  }

  #describe(sdp: string, name: string, isNew: boolean): void {
    const { address, port } = this.target;
    if (isNew) saveSdp(this.file, sdp);
    this.#isHere = true;
    this.#say(`${name} goes to ${address}:${port}, as described in ${this.file}`);
  }

  #say(line: string): void {
    this.#terminal?.say(printable(line));
  }
}
