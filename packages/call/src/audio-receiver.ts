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
 * channels. Pure; one for each stream, for a resampler remembers what came before.
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
    const decoded = fromBigEndian(data);
    const length = decoded.length / from.channels;
    // Some senders' timestamps are made of milliseconds: a deviation of a few samples is neither gap nor overlap.
    const goesOn = this.#expected !== undefined && Math.abs(timestamp - this.#expected) < length / 2;
    if (!goesOn) {
      this.#resampler =
        from.sampleRate === to.sampleRate
          ? undefined
          : new Resampler({ from: from.sampleRate, to: to.sampleRate, channels: to.channels });
      this.#position = Math.round((timestamp * to.sampleRate) / from.sampleRate);
    }
    this.#expected = (goesOn ? this.#expected! : timestamp) + length;
    const remixed = remixChannels(decoded, from.channels, to.channels);
    const samples = this.#resampler ? this.#resampler.process(remixed) : remixed;
    const block = { samples, timestamp: this.#position };
    this.#position += samples.length / to.channels;
    return block;
  }
}
