import type { Clock, Micros } from '@hellohaybye/core';

/** A picture as it was captured, uncompressed: rows from the top, pixels from the left, nothing between rows. */
export interface RawVideoFrame {
  kind: 'raw';
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** Four bytes a pixel: blue, green, red, and one that means nothing. */
  format: 'bgr0';
  /** width x height x 4 bytes, in memory of its own. */
  data: Uint8Array;
  /** When the first byte of the frame came from its source; for files and test sources, when it was due. */
  capturedAt: Micros;
}

/** A picture that the camera compressed itself, handed on as it came. */
export interface JpegVideoFrame {
  kind: 'jpeg';
  /** From SOI to EOI, in memory of its own. */
  data: Uint8Array;
  /** When the first byte of the frame came from its source. */
  capturedAt: Micros;
}

export type VideoFrame = RawVideoFrame | JpegVideoFrame;

/** Sound as it was captured. */
export interface PcmBlock {
  /** Interleaved. */
  samples: Int16Array;
  /** When the first sample was captured. */
  capturedAt: Micros;
}

/** Something that happened to a source while it runs, to be shown to the user. */
export interface Notice {
  /** `source-lost` or `source-restored`. */
  code: string;
  message: string;
}

/** What all sources can be given. */
export interface SourceOptions {
  /** Default: the time of this machine. It has to run at the speed of real time. */
  clock?: Clock;
  /** Called when a source was lost, and when it is back. */
  onNotice?: (notice: Notice) => void;
  /** The ffmpeg to use, whatever else is installed. */
  ffmpeg?: string;
  /** How long the first frame or block may take, in milliseconds. Default 10000; 15000 for a URL. */
  openTimeout?: number;
  /** Gives up the opening: it rejects with `source-failed` as soon as all that was begun for it has ended. */
  signal?: AbortSignal | undefined;
}

export interface VideoOptions extends SourceOptions {
  /** Pixels. What has another shape is fitted in, with black beside it. */
  width: number;
  /** Pixels. */
  height: number;
  /** Frames a second: a camera in the dark may give fewer. */
  fps: number;
  /** Whether a camera's own JPEG may be handed on as it is. Default true. */
  passthrough?: boolean;
}

export interface AudioOptions extends SourceOptions {
  /** Samples a second. */
  sampleRate: number;
  /** What comes is mixed up or down to this many. */
  channels: number;
  /** Samples of each channel in a block. */
  chunkSamples: number;
}

interface Source<Item> extends AsyncIterable<Item> {
  /** What it is, for people: `Camera /dev/video0`, `street.mp4`. */
  readonly label: string;
  /** How many items were thrown away because nobody took them in time. */
  readonly dropped: number;
  /** Ends the iteration and whatever runs for it. Resolves when it is gone; can be called again. */
  close(): Promise<void>;
}

/** Frames; to be iterated once. Only the newest frame waits: a slow consumer misses frames, and never lags. */
export type VideoSource = Source<VideoFrame>;

/** Blocks of one size; to be iterated once. Up to a second of them waits, then the oldest go. */
export type AudioSource = Source<PcmBlock>;
