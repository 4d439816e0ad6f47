import { EventEmitter } from 'node:events';
import { measureLevel } from '@hellohaybye/codec';
import { messageOf, type Clock } from '@hellohaybye/core';
import { systemClock, systemRandom } from '@hellohaybye/core/node';
import { DEFAULT_PLAYOUT_DELAY } from '@hellohaybye/playback';
import type { Candidate, MediaDescription, Participant } from '@hellohaybye/signaling';
import { isLoopback } from '@hellohaybye/signaling';
import { connectSignaling, localCandidates, type SignalingClient } from '@hellohaybye/signaling/client';
import { watchAddresses } from './address-watch.js';
import { IncomingPipeline } from './incoming-pipeline.js';
import { describeStreams, packetSamples } from './media-description.js';
import type { CallOptions, Notice } from './options.js';
import { capturedSince, sendAudio, sendVideo } from './outgoing-pipeline.js';
import { openParts, type Parts } from './parts.js';
import type { ParticipantReport } from './report.js';
import { Roster } from './roster.js';
import { StatusMeter, type PeerStatus } from './status.js';

/** What a call tells as it goes. */
export interface CallEvents {
  /** Somebody came. */
  joined: [Participant];
  /** Somebody left; `reason` is for people to read. */
  left: [{ id: string; name: string; reason: string }];
}

/**
 * Opens camera, microphone, speaker, page and sockets, and joins a room: from then on everybody in it is
 * sent to and received from, until `leave`.
 * @throws HhbError with the codes of capture, transport, playback and signaling; nothing stays open then
 */
export async function startCall(options: CallOptions): Promise<Call> {
  const clock = options.clock ?? systemClock;
  const onNotice = options.onNotice ?? (() => undefined);
  // Who gets an error has no use for what was noticed on the way to it.
  let early: Notice[] | undefined = [];
  const notice = (told: Notice) => (early ? void early.push(told) : onNotice(told));
  const { server: url, name, locate, instanceKey } = options;
  const connecting = connectSignaling({
    ...{ url, name, ...(locate && { locate }), ...(instanceKey !== undefined && { instanceKey }) },
  });
  const parts = await openParts(options, clock, notice, connecting);
  try {
    const media = await describe(options, parts);
    const { self, participants } = await parts.client.join(options.room, media);
    const call = new Call(parts, self, { ...options, clock, onNotice: notice });
    for (const participant of participants) call.add(lasting(participant));
    parts.closers.add(watchAddresses((candidates) => call.readdress(candidates)));
    early.forEach(onNotice);
    early = undefined;
    return call;
  } catch (error) {
    await parts.closers.close();
    throw error;
  }
}

/** Tells the others where and what this participant sends, and prepares the transport to send it. */
async function describe(options: CallOptions, { transport, video, audio }: Parts): Promise<MediaDescription> {
  const sends = { video: video !== undefined, audio: audio !== undefined };
  const { sampleRate, channels, mediaHost } = options;
  const streams = describeStreams({ ...sends, sampleRate, channels }, systemRandom);
  for (const stream of streams) transport.addOutgoing(stream);
  const candidates = localCandidates().filter(
    ({ address }) => mediaHost === undefined || address === mediaHost,
  );
  const ports = options.announcedPorts ? await options.announcedPorts(transport.ports) : transport.ports;
  return { candidates, ports, streams };
}

/** A participant by the id that it keeps when it has to begin a new session with the server: its media goes on. */
const lasting = (participant: Participant): Participant => ({ ...participant, id: participant.instance });

/** How often the page learns everybody's frame rate and level, milliseconds. */
const pageInterval = 200;

type Running = CallOptions & { clock: Clock; onNotice: (notice: Notice) => void };

/** One participant's side of a call in a room. Made by `startCall`. */
export class Call extends EventEmitter<CallEvents> {
  readonly #roster: Roster;
  readonly #incoming: IncomingPipeline;
  readonly #status = new StatusMeter();
  readonly #pageStatus = new StatusMeter();
  readonly #pageTimer: NodeJS.Timeout;
  #ownLevel = -Infinity;
  #leaving: Promise<ParticipantReport> | undefined;
  #serverLost = false;

  constructor(
    private readonly parts: Parts & { client: SignalingClient },
    private readonly self: Participant,
    private readonly options: Running,
  ) {
    super();
    const { transport, page, client } = parts;
    this.#incoming = new IncomingPipeline(parts, options.clock);
    const { playoutDelay = DEFAULT_PLAYOUT_DELAY } = options;
    this.#roster = new Roster(() => client.inside?.self ?? self, {
      transport,
      pipeline: this.#incoming,
      page,
      playoutDelay,
    });
    transport.on('frame', (frame) => this.#incoming.receive(frame));
    transport.on('error', (error) => options.onNotice({ code: error.code, message: error.message }));
    transport.on('event', (event) => {
      if (event.type === 'source') this.#incoming.restart(event.peer, event.stream);
      // While the server is there it tells who leaves; without it, a participant's own BYE does.
      if (event.type === 'bye' && this.#serverLost) this.#remove(event.peer, 'left');
    });
    client.on('joined', (participant) => this.add(lasting(participant)));
    client.on('updated', (participant) => this.add(lasting(participant)));
    client.on('left', ({ instance, reason }) => this.#remove(instance, reason));
    client.on('disconnected', ({ reason }) => this.#loseServer(reason));
    client.on('closed', ({ reason }) => this.#loseServer(reason));
    client.on('resumed', () => this.#findServer());
    client.on('rejoined', () => this.#findServer());
    this.#showSelf();
    this.#pageTimer = setInterval(() => this.#unlessLeaving(() => this.#refreshPage()), pageInterval);
    this.#send();
  }

  /** The name under which the others see this participant: the server makes it unique in the room. */
  get name(): string {
    return this.self.name;
  }

  /** Who else is here. */
  get others(): readonly Participant[] {
    return this.#roster.members;
  }

  /** Where the page is served, if it is. */
  get pageUrl(): string | undefined {
    return this.parts.page?.url;
  }

  /** The UDP ports in use, by channel. */
  get ports(): Readonly<Record<string, number>> {
    return this.parts.transport.ports;
  }

  /** How everybody's media is coming in since the last time this was asked. */
  async status(): Promise<PeerStatus[]> {
    const statistics = await this.parts.transport.statistics();
    const now = this.options.clock.now();
    return this.others.map((peer) => this.#status.measure(peer, this.#incoming, statistics, now));
  }

  /** Starts sending to somebody and receiving from them. Somebody whose offer can't be used is told of and has no media. */
  add(participant: Participant): void {
    if (this.#leaving) return;
    let isNew = !this.others.some(({ id }) => id === participant.id);
    try {
      isNew = this.#roster.add(participant);
    } catch (error) {
      const message = `${participant.name} can't be connected to: ${messageOf(error)}`;
      this.options.onNotice({ code: 'bad-participant', message });
    }
    if (isNew) this.emit('joined', participant);
  }

  /** This machine has other addresses now: the others are told, and sent to from there. */
  readdress(offered: Candidate[]): void {
    const { client } = this.parts;
    const { mediaHost } = this.options;
    const candidates = offered.filter(({ address }) => mediaHost === undefined || address === mediaHost);
    const media = client.inside?.self.media;
    if (!media || candidates.length === 0) return;
    client.update({ media: { ...media, candidates } });
    const isGone = !offered.some(({ address }) => address === client.localAddress);
    if (isGone && !isLoopback(client.localAddress)) client.reconnect();
    this.#roster.readdress();
  }

  /**
   * Leaves: everybody gets an RTCP BYE for each stream, the server a leave, and all that was opened is closed.
   * @returns what was received from everybody during the call
   */
  leave(): Promise<ParticipantReport> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<ParticipantReport> {
    clearInterval(this.#pageTimer);
    try {
      return { name: this.name, received: await this.#roster.report() };
    } finally {
      await this.parts.closers.close();
    }
  }

  #send(): void {
    const { parts, options } = this;
    const { transport: sink, video, audio, codec, page } = parts;
    const { sampleRate, channels } = options;
    const controls = {
      quality: () => options.quality,
      wanted: () => this.others.length > 0 || (page?.viewers ?? 0) > 0,
      // The transport takes the frame's bytes away with it, so the page is shown a copy.
      onEncoded: (jpeg: Uint8Array) => page?.viewers && page.showFrame('self', jpeg.slice()),
    };
    const onBlock = (block: Int16Array) => (this.#ownLevel = measureLevel(block).rms);
    const packet = packetSamples(sampleRate, channels);
    const shape = { packetSamples: packet, channels, sampleRate };
    const now = options.clock.now();
    const running = [
      video && sendVideo(capturedSince(now, video), codec, sink, controls),
      audio && sendAudio(capturedSince(now, audio), shape, sink, onBlock),
    ];
    for (const pipeline of running) pipeline?.catch((error: unknown) => this.#sendingFailed(error));
  }

  #sendingFailed(error: unknown): void {
    if (!this.#leaving) this.options.onNotice({ code: 'sending-failed', message: messageOf(error) });
  }

  #remove(id: string, reason: string): void {
    this.#unlessLeaving(async () => {
      const member = await this.#roster.remove(id);
      if (!member) return;
      this.#status.forget(id);
      this.#pageStatus.forget(id);
      this.emit('left', { id, name: member.name, reason });
    });
  }

  /** Does something with the parts; while they are being closed it is not begun, and may fail. */
  #unlessLeaving(action: () => Promise<void>): void {
    if (this.#leaving) return;
    action().catch((error: unknown) => {
      if (!this.#leaving) this.options.onNotice({ code: 'internal', message: messageOf(error) });
    });
  }

  #loseServer(reason: string): void {
    if (this.#leaving) return;
    this.#serverLost = true;
    const message = `lost the signaling server (${reason}); the call goes on, but nobody new can come`;
    this.options.onNotice({ code: 'server-lost', message });
  }

  #findServer(): void {
    if (this.#leaving) return;
    this.#serverLost = false;
    this.options.onNotice({ code: 'server-back', message: 'the signaling server is back' });
  }

  #showSelf(): void {
    const { page, audio, video } = this.parts;
    page?.setParticipant('self', {
      name: this.name,
      self: true,
      muted: !audio,
      cameraOff: !video,
      level: this.#ownLevel,
    });
  }

  async #refreshPage(): Promise<void> {
    const { page, transport } = this.parts;
    if (!page || page.viewers === 0) return;
    this.#showSelf();
    const statistics = await transport.statistics();
    const now = this.options.clock.now();
    for (const peer of this.others) {
      const { fps, level } = this.#pageStatus.measure(peer, this.#incoming, statistics, now);
      this.#roster.show(peer, { fps, level: level ?? -Infinity });
    }
  }
}
