/** What a sink is written: interleaved signed 16-bit samples in the machine's byte order. */
export interface PcmFormat {
  /** Samples a second of one channel. */
  sampleRate: number;
  channels: number;
}

/** What a sink tells while it runs. Positions are in samples of one channel since it was opened. */
export interface SinkEvents {
  /** It has taken samples up to here out of the queue before it. */
  onPosition(position: number): void;
  /** It ran dry although it was fed: it needs more ahead. */
  onUnderrun(): void;
  /** It is alive, and says nothing about its position: the system clock stands in for its own. */
  onAlive(): void;
  /** It ended by itself, once. The reason is a short text for people. */
  onEnd(reason: string): void;
}

/** Where mixed sound goes: one run of a player, or nowhere. */
export interface Sink {
  /** For people: `paplay`, `speaker`, `none`... */
  readonly label: string;
  /** How much is kept written ahead of its position, seconds. */
  readonly lead: number;
  /** Whether it rarely tells its position, so that the system clock stands in for its own. */
  readonly freeRunning: boolean;
  /** Whether what it missed is made up for at once, because nobody hears it. */
  readonly catchUp: boolean;
  write(samples: Int16Array): void;
  /** Lets the queue play out, at most 300 ms, and ends it. */
  close(): Promise<void>;
}
