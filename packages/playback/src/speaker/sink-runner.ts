import { micros, type Clock, type Micros } from '@hellohaybye/core';
import type { OnNotice } from '../notice.js';
import { openNoneSink } from './none-sink.js';
import type { PcmFormat, Sink, SinkEvents } from './sink.js';
import { SinkPacer } from './sink-pacer.js';

/** Opens one kind of sink. */
export interface SinkCandidate {
  label: string;
  open(events: SinkEvents): Sink;
}

export interface SinkRunnerOptions {
  format: PcmFormat;
  /** Samples of one channel in a block. */
  blockLength: number;
  /** In the order in which they are tried. */
  candidates: SinkCandidate[];
  /** Gives the next block of mixed samples; `at` is the instant it stands for. */
  pull(at: Micros): Int16Array;
  clock: Clock;
  onNotice: OnNotice;
}

/** A sink that played for so long is started again when it ends; one that did not is given up for the next. */
const PROVEN_SPAN = 2_000_000;
/** A sink that says nothing for so long is stuck. */
const STUCK_SPAN = 3_000_000;
/** A player fills its buffers before it keeps its pace: only then do streams depend on it. Seconds. */
const SETTLED = 0.1;
/** A sink that has not started after so long is given more, a little in each such step. */
const START_SPAN = 500_000;
const START_STEP = 100_000;
const RESTART_MS = 250;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

interface Run {
  id: number;
  sink: Sink;
  pacer: SinkPacer;
  index: number;
  /** When it first played. Until then it is fed silence. */
  playsSince: Micros | undefined;
  heardAt: Micros;
  /** When its lead is widened if it has not started by then. */
  widensAt: Micros;
}

/**
 * Keeps sound flowing: pulls blocks at the pace at which the sink takes them and writes them to it. When
 * there is no sink that plays, blocks are pulled at the pace of the system clock and discarded, so that the
 * streams keep their place. A sink that ends is started again or replaced, with a notice.
 */
export class SinkRunner {
  /** Fulfilled when a sink plays, or when none does. */
  readonly ready: Promise<void>;
  #setReady!: () => void;
  #run: Run | undefined;
  #discard: Run;
  #loop: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures: string[] = [];
  #rounds = 0;
  #opened = 0;
  #closed = false;
  readonly #silence: Int16Array;
  readonly #closing = new Set<Promise<void>>();

  constructor(private readonly options: SinkRunnerOptions) {
    this.ready = new Promise((resolve) => (this.#setReady = resolve));
    this.#silence = new Int16Array(options.blockLength * options.format.channels);
    this.#discard = this.#openDiscard();
    if (options.candidates.length > 0) this.#open(0);
    else this.#setReady();
    this.#tick();
  }

  /** The sink that plays now, or `none`. */
  get label(): string {
    return this.#run?.playsSince === undefined ? 'none' : this.#run.sink.label;
  }

  /** What is written to the sink and not yet taken by it, microseconds. */
  get queued(): Micros {
    const run = this.#run?.playsSince === undefined ? this.#discard : this.#run;
    return micros((run.pacer.queued(this.options.clock.now()) * 1e6) / this.options.format.sampleRate);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#loop);
    clearTimeout(this.#retry);
    if (this.#run) this.#closeSink(this.#run.sink);
    await Promise.all(this.#closing);
  }

  #open(index: number): void {
    const candidate = this.options.candidates[index]!;
    const id = ++this.#opened;
    // What a sink says that has been given up, or replaced, does not count.
    const whileCurrent = (act: (run: Run, now: Micros) => void) => () => {
      if (this.#run?.id === id && !this.#closed) act(this.#run, this.options.clock.now());
    };
    const sink = candidate.open({
      onPosition: (position) =>
        whileCurrent((current, now) => {
          current.pacer.position(position, now);
          this.#heard(current, now, position > SETTLED * this.options.format.sampleRate);
        })(),
      onUnderrun: whileCurrent((current, now) => {
        if (current.playsSince !== undefined) current.pacer.widen(now);
      }),
      onAlive: whileCurrent((current, now) => {
        current.pacer.alive(now);
        this.#heard(current, now, true);
      }),
      onEnd: (reason) => whileCurrent((current, now) => this.#ended(current, now, reason))(),
    });
    const now = this.options.clock.now();
    const widensAt = micros(now + START_SPAN);
    this.#run = {
      id,
      sink,
      pacer: this.#pacerOf(sink),
      index,
      playsSince: undefined,
      heardAt: now,
      widensAt,
    };
  }

  #heard(run: Run, now: Micros, plays: boolean): void {
    run.heardAt = now;
    if (!plays || run.playsSince !== undefined) return;
    run.playsSince = now;
    if (this.#rounds > 0) {
      this.options.onNotice({ code: 'speaker-restored', message: `Sound plays again, by ${run.sink.label}` });
    }
    this.#rounds = 0;
    this.#failures = [];
    this.#setReady();
  }

  #ended(run: Run, now: Micros, reason: string): void {
    this.#run = undefined;
    this.#discard = this.#openDiscard();
    const { label } = run.sink;
    if (run.playsSince !== undefined && now - run.playsSince >= PROVEN_SPAN) {
      const message = `${label} ended and is started again`;
      this.options.onNotice({ code: 'speaker-restarted', message, detail: reason });
      this.#openLater(run.index, RESTART_MS);
      return;
    }
    this.#failures.push(`${label}: ${reason}`);
    const next = this.options.candidates[run.index + 1];
    if (next) {
      if (this.#rounds === 0) {
        const message = `${label} does not play, ${next.label} is tried`;
        this.options.onNotice({ code: 'speaker-fallback', message, detail: reason });
      }
      this.#open(run.index + 1);
    } else this.#exhausted();
  }

  #exhausted(): void {
    if (this.#rounds === 0) {
      const message = 'No speaker can be used for now: nothing is heard';
      this.options.onNotice({ code: 'speaker-unavailable', message, detail: this.#failures.join('; ') });
    }
    this.#failures = [];
    this.#openLater(0, Math.min(FIRST_RETRY_MS * 2 ** this.#rounds++, LONGEST_RETRY_MS));
    this.#setReady();
  }

  #openLater(index: number, after: number): void {
    this.#retry = setTimeout(() => this.#open(index), after);
  }

  #tick(): void {
    const now = this.options.clock.now();
    const run = this.#run;
    if (run && now - run.heardAt > STUCK_SPAN) {
      this.#closeSink(run.sink);
      this.#ended(run, now, 'it took no more sound');
    } else if (run) this.#feed(run, now);
    if (this.#run?.playsSince === undefined) this.#feed(this.#discard, now);
    const waits = [this.#discard, this.#run].map((each) => each?.pacer.untilNext(now) ?? Infinity);
    const wait = Math.min(...waits, 10_000);
    this.#loop = setTimeout(() => this.#tick(), Math.max(2, Math.ceil(wait / 1000)));
  }

  #feed(run: Run, now: Micros): void {
    if (run.playsSince === undefined && now > run.widensAt && !run.sink.freeRunning) {
      run.pacer.widen(now);
      run.widensAt = micros(now + START_STEP);
    }
    for (let at = run.pacer.next(now); at !== undefined; at = run.pacer.next(now)) {
      run.sink.write(run.playsSince === undefined ? this.#silence : this.options.pull(at));
    }
  }

  #openDiscard(): Run {
    const sink = openNoneSink({
      onPosition: () => {},
      onUnderrun: () => {},
      onAlive: () => {},
      onEnd: () => {},
    });
    const now = this.options.clock.now();
    const pacer = this.#pacerOf(sink);
    pacer.alive(now);
    // It always plays; that it is used only while nothing else does is decided in `#tick`.
    return { id: 0, sink, pacer, index: -1, playsSince: now, heardAt: now, widensAt: now };
  }

  #pacerOf({ lead, freeRunning, catchUp }: Sink): SinkPacer {
    const { format, blockLength } = this.options;
    return new SinkPacer({ sampleRate: format.sampleRate, blockLength, lead, freeRunning, catchUp });
  }

  #closeSink(sink: Sink): void {
    const closed = sink.close();
    this.#closing.add(closed);
    void closed.then(() => this.#closing.delete(closed));
  }
}
