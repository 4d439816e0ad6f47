/** How long a fade between invented and real sound takes. Long enough not to click, too short to be missed. */
const JOIN_SECONDS = 0.005;
/** How long invented sound takes to fade to silence: one lost packet of 10 ms is hardly heard, a pause is quiet. */
const FADE_SECONDS = 0.03;
/** The longest period that is looked for: 80 Hz, below most voices. */
const LONGEST_PERIOD_SECONDS = 0.0125;
/** The shortest period that is looked for. Shorter ones are found as their multiples. */
const SHORTEST_PERIOD_SECONDS = 0.0025;
/** The stretch that has to look alike one period earlier. */
const MATCH_SECONDS = 0.005;

/**
 * Invents sound for gaps of one stream: the last period of what was played goes on, and fades to silence.
 * When real sound comes again, the two are faded into each other. All positions and counts are in samples
 * of one channel; samples are interleaved.
 */
export class Concealer {
  readonly #channels: number;
  readonly #joinLength: number;
  readonly #fadeLength: number;
  readonly #shortest: number;
  readonly #longest: number;
  readonly #match: number;
  /** The latest real samples, oldest first. */
  readonly #history: Int16Array;
  #period = 1;
  /** Samples invented since the last real one; undefined while real ones are played. */
  #invented: number | undefined = 0;
  #joined = 0;

  constructor(sampleRate: number, channels: number) {
    this.#channels = channels;
    this.#joinLength = Math.round(sampleRate * JOIN_SECONDS);
    this.#fadeLength = Math.round(sampleRate * FADE_SECONDS);
    this.#shortest = Math.max(1, Math.round(sampleRate * SHORTEST_PERIOD_SECONDS));
    this.#longest = Math.max(1, Math.round(sampleRate * LONGEST_PERIOD_SECONDS));
    this.#match = Math.max(1, Math.round(sampleRate * MATCH_SECONDS));
    this.#history = new Int16Array((this.#longest + this.#match) * channels);
  }

  /** Whether what it invents has faded to silence. */
  get silent(): boolean {
    return this.#invented !== undefined && this.#invented >= this.#fadeLength;
  }

  /** The next real samples do not follow on the last ones: they are faded in over invented sound. */
  breakOff(): void {
    if (this.#invented === undefined) this.#begin();
    this.#joined = 0;
  }

  /** Invents samples for a part of `block`. */
  invent(block: Int16Array, from: number, count: number): void {
    this.breakOff();
    for (let index = from; index < from + count; index++) this.#inventOne(block, index, 0);
  }

  /** Takes real samples that stand in a part of `block`, and fades them in where sound was invented before. */
  accept(block: Int16Array, from: number, count: number): void {
    let index = from;
    for (; this.#invented !== undefined && index < from + count; index++) {
      this.#inventOne(block, index, ++this.#joined / (this.#joinLength + 1));
      if (this.#joined >= this.#joinLength) this.#invented = undefined;
    }
    this.#remember(block.subarray(from * this.#channels, (from + count) * this.#channels));
  }

  #begin(): void {
    this.#invented = 0;
    this.#period = this.#findPeriod();
  }

  /** Mixes one invented sample into a real one, which counts with the given share. */
  #inventOne(block: Int16Array, index: number, realShare: number): void {
    const invented = this.#invented ?? 0;
    const gain = Math.max(0, 1 - invented / this.#fadeLength) * (1 - realShare);
    const source = this.#history.length - (this.#period - (invented % this.#period)) * this.#channels;
    for (let channel = 0; channel < this.#channels; channel++) {
      const at = index * this.#channels + channel;
      const real = realShare === 0 ? 0 : (block[at] ?? 0) * realShare;
      block[at] = Math.round((this.#history[source + channel] ?? 0) * gain + real);
    }
    this.#invented = invented + 1;
  }

  #remember(samples: Int16Array): void {
    const history = this.#history;
    if (samples.length >= history.length) history.set(samples.subarray(samples.length - history.length));
    else {
      history.copyWithin(0, samples.length);
      history.set(samples, history.length - samples.length);
    }
  }

  /** The distance at which the end of the history looks most like itself, by normalised correlation. */
  #findPeriod(): number {
    const mono = this.#monoHistory();
    const end = mono.length - this.#match;
    let best = this.#longest;
    let bestLikeness = 0;
    for (let period = this.#shortest; period <= this.#longest; period++) {
      let product = 0;
      let energy = 1;
      for (let index = end; index < mono.length; index++) {
        const earlier = mono[index - period] ?? 0;
        product += (mono[index] ?? 0) * earlier;
        energy += earlier * earlier;
      }
      const likeness = product / Math.sqrt(energy);
      if (likeness > bestLikeness) {
        bestLikeness = likeness;
        best = period;
      }
    }
    return best;
  }

  #monoHistory(): Float64Array {
    const mono = new Float64Array(this.#history.length / this.#channels);
    this.#history.forEach((sample, index) => {
      const at = Math.floor(index / this.#channels);
      mono[at] = (mono[at] ?? 0) + sample;
    });
    return mono;
  }
}
