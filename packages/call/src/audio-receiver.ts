import { fromBigEndian, remixChannels, Resampler } from '@hellohaybye/codec';

/** A block of audio on the playout's own scale. */
export interface PlayoutBlock {
  samples: Int16Array;
  /** The position of its first sample, in samples at the playout's rate; steps over what is missing. */
  timestamp: number;
}

/** What an audio stream is made of. */
export interface AudioShape {
  /** Samples a second of each channel. */
  sampleRate: number;
  channels: number;
}

/**
 * Stage 11 for audio: turns the packets of one stream into blocks at the playout's rate and number of
 * channels. Packets may come out of order, for a lost one comes again later. Pure; one for each stream, for a
 * resampler remembers what came before.
 */
export class AudioReceiver {
  #resampler: Resampler | undefined;
  #expected: number | undefined;
  #position = 0;

  constructor(
    private readonly from: AudioShape,
    private readonly to: AudioShape,
  ) {}

  /**
   * @param data interleaved 16-bit samples, big-endian
   * @param timestamp the unwrapped RTP timestamp of the first one, in samples
   */
  decode(data: Uint8Array, timestamp: number): PlayoutBlock {
    const { from, to } = this;
    const remixed = remixChannels(fromBigEndian(data), from.channels, to.channels);
    const length = remixed.length / to.channels;
    const behind = this.#expected === undefined ? 0 : this.#expected - timestamp;
    if (behind > length / 2 && behind < from.sampleRate * LATEST) return this.#fill(remixed, timestamp);
    // Some senders' timestamps are made of milliseconds: a deviation of a few samples is neither gap nor overlap.
    const goesOn = this.#expected !== undefined && Math.abs(timestamp - this.#expected) < length / 2;
    if (!goesOn) {
      this.#resampler = this.#newResampler();
      this.#position = this.#positionOf(timestamp);
    }
    this.#expected = (goesOn ? this.#expected! : timestamp) + length;
    const samples = this.#resampler ? this.#resampler.process(remixed) : remixed;
    const block = { samples, timestamp: this.#position };
    this.#position += samples.length / to.channels;
    return block;
  }

  /** The stream begins anew: its timestamps say nothing of where the former ones were. */
  restart(): void {
    this.#expected = undefined;
  }

  /** What fills a hole stands for itself: the stream goes on where it was. */
  #fill(remixed: Int16Array, timestamp: number): PlayoutBlock {
    const position = this.#positionOf(timestamp);
    const resampler = this.#newResampler();
    if (!resampler) return { samples: remixed, timestamp: position };
    const [body, rest] = [resampler.process(remixed), resampler.flush()];
    const samples = new Int16Array(body.length + rest.length);
    samples.set(body);
    samples.set(rest, body.length);
    return { samples, timestamp: position };
  }

  #newResampler(): Resampler | undefined {
    const { from, to } = this;
    if (from.sampleRate === to.sampleRate) return undefined;
    return new Resampler({ from: from.sampleRate, to: to.sampleRate, channels: to.channels });
  }

  #positionOf(timestamp: number): number {
    return Math.round((timestamp * this.to.sampleRate) / this.from.sampleRate);
  }
}

/** Seconds: what is further behind was not late, but the sender's clock was set. */
const LATEST = 1;
