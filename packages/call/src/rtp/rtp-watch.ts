import { HhbError, toMillis } from '@hellohaybye/core';
import { systemRandom } from '@hellohaybye/core/node';
import { DEFAULT_PLAYOUT_DELAY } from '@hellohaybye/playback';
import { isLoopback, type Participant } from '@hellohaybye/signaling';
import type { IncomingFrame } from '@hellohaybye/transport';
import { openTransport, type Transport } from '@hellohaybye/transport/node';
import type { Call } from '../call.js';
import { jpegFormat, packetDuration, understood } from '../media-description.js';
import type { Notice } from '../options.js';
import { isSame } from '../roster.js';
import { LiveOrder } from './live-order.js';
import { addStreams, sessionTo, type RtpFormats } from './outgoing-streams.js';
import { RecordingClock } from './recording-timeline.js';
import type { SentStatistics } from './rtp-send.js';
import { checkSpacing, writeSdp } from './sdp.js';

/** Whose media goes where, as plain RTP. */
export interface WatchOptions {
  /** Somebody's name, who need not be here yet. Upper and lower case are the same, as in a room. */
  name: string;
  /** An IP address. */
  to: string;
  /** The receiver's UDP ports; the one after each is for RTCP. */
  videoPort: number;
  audioPort: number;
  maxPacketSize?: number;
  /**
   * They are here, and this SDP describes what is sent from now on. Called again when they come back, or change what
   * they send: with `isNew` false when the SDP is as it was, so that who has opened it gets on with it.
   */
  onDescribed: (sdp: string, told: { name: string; isNew: boolean }) => void;
  /** They went. */
  onGone?: (name: string) => void;
  onNotice?: (notice: Notice) => void;
}

/** Somebody's media that goes on to another program. */
export interface Watch {
  /** Frames and packets so far. */
  status(): Promise<SentStatistics[]>;
  /** Rejects with `ambiguous-name` when several have the name; resolves after `close`. */
  readonly ended: Promise<void>;
  /** Ends it, with a goodbye for each stream, and tells all that was sent. */
  close(): Promise<SentStatistics[]>;
}

/**
 * Sends what comes from one participant of a call on as plain RTP, unencrypted: JPEG (RFC 2435) and L16 (RFC 3551), as
 * it came and not coded again. Timestamps and reports (RFC 3550, section 6.4.1) tell when all was captured, on our
 * clock, so that picture and sound stay together. A picture that a newer one has overtaken is left out; lost sound
 * becomes silence.
 *
 * Waits for the participant to come, and goes on when they come back.
 * @param call a call that is in a room; it goes on after `close`
 * @throws HhbError `bad-ports`, and those of transport
 */
export async function watchParticipant(call: Call, options: WatchOptions): Promise<Watch> {
  checkSpacing(options.videoPort, options.audioPort);
  // What stays on this machine is answered on this machine alone.
  const where = isLoopback(options.to) ? { port: 0, host: '127.0.0.1' } : { port: 0 };
  const { maxPacketSize, onNotice } = options;
  const transport = await openTransport({
    channels: { video: where, audio: where },
    ...(maxPacketSize !== undefined && { mtu: maxPacketSize }),
  });
  transport.on('error', ({ code, message }) => onNotice?.({ code, message }));
  return new Forwarder(call, transport, options);
}

/** The one who is watched, while they are here. */
interface Watched {
  id: string;
  name: string;
  order: LiveOrder;
  clock: RecordingClock;
}

class Forwarder implements Watch {
  readonly ended: Promise<void>;
  #end: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #watched: Watched | undefined;
  /** What was described last. */
  #formats: RtpFormats | undefined;
  #sdp = '';
  #hasToldUnfit = false;

  constructor(
    private readonly call: Call,
    private readonly transport: Transport,
    private readonly options: WatchOptions,
  ) {
    this.ended = new Promise((resolve, reject) => (this.#end = { resolve, reject }));
    this.ended.catch(() => undefined); // whoever awaits it gets it; nobody has to
    call.on('frame', this.#onFrame).on('source', this.#onSource);
    for (const event of changes) call.on(event, this.#look);
    this.#look();
  }

  async status(): Promise<SentStatistics[]> {
    return (await this.transport.statistics()).outgoing;
  }

  async close(): Promise<SentStatistics[]> {
    this.#stop();
    try {
      return await this.status();
    } finally {
      await this.transport.close();
      this.#end?.resolve();
    }
  }

  #stop(): void {
    this.call.off('frame', this.#onFrame).off('source', this.#onSource);
    for (const event of changes) this.call.off(event, this.#look);
  }

  /** Looks who of those who are here is to be watched. */
  #look = (): void => {
    try {
      const found = findByName(this.call.others, this.options.name);
      if (this.#watched && this.#watched.id !== found?.id) this.#lose(this.#watched);
      if (found) this.#attend(found);
    } catch (error) {
      this.#stop();
      this.#end?.reject(error);
    }
  };

  #lose({ name }: Watched): void {
    this.#watched = undefined;
    this.options.onGone?.(name);
  }

  #attend({ id, name, media }: Participant): void {
    const { streams } = understood(media, this.call.ports);
    const audio = streams.find((stream) => stream.id === 'audio')?.formats[0];
    const hasVideo = streams.some((stream) => stream.id === 'video');
    const formats: RtpFormats = { ...(hasVideo && { video: jpegFormat }), ...(audio && { audio }) };
    const isNew = !isSame(formats, this.#formats);
    if (!isNew && this.#watched) return;
    const sound = audio ?? silence;
    const order = new LiveOrder(sound, DEFAULT_PLAYOUT_DELAY);
    this.#watched = { id, name, order, clock: new RecordingClock() };
    if (isNew) this.#describe(formats);
    this.options.onDescribed(this.#sdp, { name, isNew });
  }

  #describe(formats: RtpFormats): void {
    const session = sessionTo(this.options, formats);
    const { clockRate, channels = 1 } = formats.audio ?? silence;
    const ptimeMs = toMillis(packetDuration(clockRate, channels));
    this.#sdp = writeSdp(session, { sessionId: systemRandom.uint32(), ptimeMs });
    this.#formats = formats;
    addStreams(this.transport, session);
  }

  #onFrame = (frame: IncomingFrame): void => {
    if (frame.peer !== this.#watched?.id) return;
    if (frame.format === 'generic') this.#tellUnfit();
    this.#watched.order.push(frame).forEach(this.#send);
  };

  #onSource = ({ peer, stream }: { peer: string; stream: string }): void => {
    if (peer === this.#watched?.id) this.#watched.order.restart(stream).forEach(this.#send);
  };

  #send = (frame: IncomingFrame): void => {
    const stream = frame.format === 'l16' ? 'audio' : 'video';
    if (!this.#formats?.[stream]) return;
    const capturedAt = this.#watched!.clock.instantOf(frame);
    // The transport takes the bytes away with it, and these are others' as well.
    this.transport.send({ stream, data: frame.data.slice(), capturedAt });
  };

  /** What only our generic payload can carry is dropped by a transport that has RFC 2435 alone. */
  #tellUnfit(): void {
    if (this.#hasToldUnfit) return;
    this.#hasToldUnfit = true;
    const message = `a picture of ${this.#watched!.name} does not fit RFC 2435, and is left out: a side is over 2040 pixels, or it is no usual JPEG`;
    this.options.onNotice?.({ code: 'picture-left-out', message });
  }
}

/**
 * @returns the one with that name, upper and lower case being the same
 * @throws HhbError `ambiguous-name`: no server lets that happen in a room, unless it is not to be trusted
 */
export function findByName<One extends { name: string }>(all: readonly One[], name: string): One | undefined {
  const wanted = keyOf(name);
  const found = all.filter((one) => keyOf(one.name) === wanted);
  if (found.length < 2) return found[0];
  const names = found.map((one) => one.name).join(', ');
  throw new HhbError('ambiguous-name', `${found.length} are called ${name} here: ${names}`, {
    hint: 'Nobody can tell which of them is meant.',
  });
}

const keyOf = (name: string): string => name.normalize('NFC').trim().toLowerCase();

/** What makes no sound has no format either. */
const silence = { clockRate: 44_100, channels: 1 };

/** After these somebody else may be here, or the same with other media. */
const changes = ['joined', 'left', 'changed'] as const;
