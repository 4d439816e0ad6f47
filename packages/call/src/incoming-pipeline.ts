import type { Clock } from '@hellohaybye/core';
import { measureLevel } from '@hellohaybye/codec';
import type { AudioOutput, Page } from '@hellohaybye/playback';
import type { IncomingFrame, PayloadFormat } from '@hellohaybye/transport';
import { AudioReceiver, type AudioShape } from './audio-receiver.js';
import { Reception } from './reception.js';

/** Where received media is played. What is left out is not played, but counted all the same. */
export interface Playback {
  page?: Page | undefined;
  output?: (AudioOutput & { shape: AudioShape }) | undefined;
}

interface Receiving {
  video: Reception;
  audio: Reception;
  /** The loudness of the latest audio packet, dBFS. */
  level: number;
  decoder: AudioReceiver | undefined;
}

/** Stages 11 and 12 of a frame's journey (decode, play out) for everything that the transport hands over. */
export class IncomingPipeline {
  #peers = new Map<string, Receiving>();

  constructor(
    private readonly playback: Playback,
    private readonly clock: Clock,
  ) {}

  /** Gets ready for a peer. `audio` is the format of its audio stream, if it sends any. */
  addPeer(peer: string, audio?: PayloadFormat): void {
    const { output } = this.playback;
    const from = audio && { sampleRate: audio.clockRate, channels: audio.channels ?? 1 };
    if (from && output) output.addStream(peer);
    const decoder = from && new AudioReceiver(from, output?.shape ?? from);
    this.#peers.set(peer, { video: new Reception(), audio: new Reception(), level: -Infinity, decoder });
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
    else this.playback.page?.showFrame(frame.peer, frame.data);
  }

  #playAudio(frame: IncomingFrame, receiving: Receiving): void {
    if (!receiving.decoder) return;
    const { samples, timestamp } = receiving.decoder.decode(frame.data, frame.timestamp);
    receiving.level = measureLevel(samples).rms;
    this.playback.output?.push(frame.peer, { samples, timestamp, arrivedAt: frame.arrivedAt });
  }
}
