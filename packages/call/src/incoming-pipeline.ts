import type { EventEmitter } from 'node:events';
import type { Clock } from '@hellohaybye/core';
import { measureLevel } from '@hellohaybye/codec';
import type { AudioOutput, Page } from '@hellohaybye/playback';
import type { IncomingFrame, PayloadFormat } from '@hellohaybye/transport';
import { AudioReceiver, type AudioShape } from './audio-receiver.js';
import type { CallEvents } from './call-events.js';
import { Reception } from './reception.js';

/** Where received media is played. What is left out is not played, but counted all the same. */
export interface Playback {
  page?: Pick<Page, 'showFrame'> | undefined;
  output?: (Pick<AudioOutput, 'addStream' | 'removeStream' | 'push'> & { shape: AudioShape }) | undefined;
}

interface Receiving {
  video: Reception;
  audio: Reception;
  /** The timestamp of the newest picture that was shown. */
  newest: number;
  /** Whole pictures that came when a newer one was shown already, and were not: time does not go back. */
  overtaken: number;
  /** The loudness of the latest audio packet, dBFS. */
  level: number;
  decoder: AudioReceiver | undefined;
}

/** Stages 11 and 12 of a frame's journey (decode, play out) for everything that the transport hands over. */
export class IncomingPipeline {
  /** Whether nothing is shown or played for now; it is counted all the same. */
  onHold = false;
  #peers = new Map<string, Receiving>();

  /** @param listener is told of each frame, and of each stream that begins, beside what is played */
  constructor(
    private readonly playback: Playback,
    private readonly clock: Clock,
    private readonly listener?: Pick<EventEmitter<CallEvents>, 'emit'>,
  ) {}

  /** Gets ready for a peer. `audio` is the format of its audio stream, if it sends any. */
  addPeer(peer: string, audio?: PayloadFormat): void {
    const counts = { video: new Reception(), audio: new Reception(), newest: -Infinity, overtaken: 0 };
    this.#peers.set(peer, { ...counts, level: -Infinity, decoder: undefined });
    this.setAudio(peer, audio);
  }

  /** The sound of a peer has another format from now on, or there is none any more; its pictures go on. */
  setAudio(peer: string, audio?: PayloadFormat): void {
    const receiving = this.#peers.get(peer);
    if (!receiving) return;
    const { output } = this.playback;
    const from = audio && { sampleRate: audio.clockRate, channels: audio.channels ?? 1 };
    if (from) output?.addStream(peer);
    else if (receiving.decoder) output?.removeStream(peer);
    receiving.decoder = from && new AudioReceiver(from, output?.shape ?? from);
    receiving.level = -Infinity;
  }

  removePeer(peer: string): void {
    if (this.#peers.get(peer)?.decoder) this.playback.output?.removeStream(peer);
    this.#peers.delete(peer);
  }

  /** What a peer has sent so far. */
  of(peer: string): Readonly<Receiving> | undefined {
    return this.#peers.get(peer);
  }

  /** Takes a whole frame from the transport. One from a peer that has just left is let go. */
  receive(frame: IncomingFrame): void {
    const receiving = this.#peers.get(frame.peer);
    if (!receiving) return;
    const reception = frame.format === 'l16' ? receiving.audio : receiving.video;
    reception.add(this.clock.now(), frame.data.length, frame.capturedAt);
    if (frame.format === 'l16') this.#playAudio(frame, receiving);
    else this.#showVideo(frame, receiving);
    this.listener?.emit('frame', frame);
  }

  /** A stream of a peer, `video` or `audio`, begins, or begins anew: its timestamps start over. */
  restart(peer: string, stream: string): void {
    const receiving = this.#peers.get(peer);
    if (!receiving) return;
    if (stream === 'audio') receiving.decoder?.restart();
    else receiving.newest = -Infinity;
    this.listener?.emit('source', { peer, stream });
  }

  /**
   * A picture is shown as soon as it is whole: to wait for one that is still being repaired would delay all
   * the others. One that comes whole after a newer one has nothing to show any more.
   */
  #showVideo({ peer, data, timestamp }: IncomingFrame, receiving: Receiving): void {
    if (timestamp < receiving.newest) return void (receiving.overtaken += 1);
    receiving.newest = timestamp;
    if (!this.onHold) this.playback.page?.showFrame(peer, data);
  }

  #playAudio(frame: IncomingFrame, receiving: Receiving): void {
    if (!receiving.decoder) return;
    const { samples, timestamp } = receiving.decoder.decode(frame.data, frame.timestamp);
    receiving.level = measureLevel(samples).rms;
    if (!this.onHold)
      this.playback.output?.push(frame.peer, { samples, timestamp, arrivedAt: frame.arrivedAt });
  }
}
