import type { Clock, Micros } from '@hellohaybye/core';
import type { ConnectOptions } from '@hellohaybye/signaling/client';
import type { Security } from './keys/security.js';

/** Something worth a line to the user that is no failure of the call, for example a fallback. */
export interface Notice {
  /** A stable name in kebab case. */
  code: string;
  message: string;
  /** What programs below said, for who looks into it. */
  detail?: string;
}

/** What one participant sends. */
export interface SendOptions {
  /**
   * A source as `parseVideoSpec` of `@hellohaybye/capture` takes it, `none`, or `auto`: a camera, else a test picture.
   * `rtp:<file>` is what another program sends, as an SDP file describes it; its pictures may have any size.
   */
  video: string;
  /** A source as `parseAudioSpec` takes it, `none`, `rtp:<file>`, or `auto`: a microphone, else `fallbackAudio`. */
  audio: string;
  /** What `auto` sends where there is no microphone; `none` when left out. */
  fallbackAudio?: string;
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** Frames a second, 1 to 120. */
  fps: number;
  /** JPEG quality, 1 to 100. */
  quality: number;
  /** Samples a second of each channel. */
  sampleRate: number;
  /** 1 or 2. */
  channels: number;
  /** Samples of each channel that are captured at a time. */
  chunkSamples: number;
}

/** A UDP port: 0 for any; `fallback` moves on to the next free one when it is taken. */
export interface PortOption {
  port: number;
  fallback: boolean;
}

/** See `CallOptions.answer`. */
export type Answer = 'ask' | 'auto' | 'never';

/** Everything `openCall` needs to know: where one is present, and not where one goes from there. */
export type PresenceOptions = Omit<CallOptions, 'room'>;

/** Everything `startCall` needs to know. */
export interface CallOptions extends SendOptions, Pick<ConnectOptions, 'locate' | 'instanceKey' | 'token'> {
  /** The signaling server, `ws://host:port`. While it is still looked for, everything else is opened. */
  server: string | Promise<string>;
  room: string;
  /**
   * Sources that are `auto` are opened when this is over, however it ends: that takes the processor, which something else may
   * need first, such as that it rings. At once when left out.
   */
  sourcesAfter?: Promise<unknown>;
  /** The name others see, 1 to 64 characters. */
  name: string;
  /** `default`, `none`, or an id of `listSpeakers`. */
  speaker: string;
  /** Whether to serve the page that shows the call. */
  page: boolean;
  ports: { video: PortOption; audio: PortOption };
  /** The local address that media uses; all of them when left out. */
  mediaHost?: string;
  /** The largest datagram, 256 to 65507 bytes. 1200 when left out. */
  maxPacketSize?: number;
  /**
   * Where the others are to send, when that is not to the ports that were opened: for who stands behind something
   * that passes packets on. Asked once, with the ports, before the room is joined.
   */
  announcedPorts?: (opened: Readonly<Record<string, number>>) => Promise<Readonly<Record<string, number>>>;
  /** How long audio waits to even out the network's jitter, and for lost packets to come again: 40 ms when left out. */
  playoutDelay?: Micros;
  /** An ffmpeg to use instead of the one that is found. */
  ffmpeg?: string;
  clock?: Clock;
  /** Who we are, and whom we let in. Media is encrypted whatever this is. */
  security?: Security;
  /** What becomes of calls that come in: they ring (`ask`, the default), are accepted or are declined. */
  answer?: Answer;
  /** Told what is worth a line but no failure, from the opening of the first part on. */
  onNotice?: (notice: Notice) => void;
}
