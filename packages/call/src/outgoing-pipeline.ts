import { Rechunker, toBigEndian, type JpegCodec } from '@hellohaybye/codec';
import type { PcmBlock, VideoFrame } from '@hellohaybye/capture';
import type { Micros } from '@hellohaybye/core';
import type { OutgoingFrame } from '@hellohaybye/transport';

/** Where frames go after encoding: the transport. */
export interface FrameSink {
  send(frame: OutgoingFrame): void;
}

/** What the video pipeline asks as it goes, so that it may change from one frame to the next. */
export interface VideoControls {
  /** JPEG quality of the next frame, 1 to 100. */
  quality(): number;
  /** Whether anybody is there to see the next frame; nothing is encoded for nobody. */
  wanted(): boolean;
  /** Called with each frame as encoded, before it is sent. The bytes are the transport's afterwards. */
  onEncoded?(jpeg: Uint8Array): void;
}

/** The same for audio. */
export interface AudioControls {
  /** Whether the next packet is sent; nothing at all is sent of what is not wanted, no silence either. */
  wanted?(): boolean;
  /** Called with each block as captured. */
  onBlock?(samples: Int16Array): void;
}

/**
 * Stages 1 and 2 of a frame's journey (capture, encode), then the transport, for video. Ends when the
 * source does; rejects with the source's error.
 */
export async function sendVideo(
  source: AsyncIterable<VideoFrame>,
  codec: JpegCodec,
  sink: FrameSink,
  controls: VideoControls,
): Promise<void> {
  for await (const frame of source) {
    if (!controls.wanted()) continue;
    const data = await encodeVideo(frame, codec, controls.quality());
    // The camera may have been turned off meanwhile.
    if (!controls.wanted()) continue;
    controls.onEncoded?.(data);
    sink.send({ stream: 'video', data, capturedAt: frame.capturedAt });
  }
}

/** The same for audio: capture, cut into packets of `packetSamples`, put into network byte order, send. */
export async function sendAudio(
  source: AsyncIterable<PcmBlock>,
  shape: { packetSamples: number; channels: number; sampleRate: number },
  sink: FrameSink,
  controls: AudioControls = {},
): Promise<void> {
  const { packetSamples: chunkSamples, channels, sampleRate } = shape;
  const rechunker = new Rechunker({ chunkSamples, channels, sampleRate });
  for await (const block of source) {
    controls.onBlock?.(block.samples);
    for (const { samples, capturedAt } of rechunker.push(block)) {
      if (controls.wanted?.() === false) continue;
      sink.send({ stream: 'audio', data: toBigEndian(samples), capturedAt });
    }
  }
}

/**
 * Leaves out what was captured before an instant. While the parts of a call are opened, sources that are open
 * already run; sent in one burst, what they gave would be old, and receivers would take its lateness for
 * the network's.
 */
export async function* capturedSince<Item extends { capturedAt: Micros }>(
  instant: Micros,
  source: AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  for await (const item of source) if (item.capturedAt >= instant) yield item;
}

const encodeVideo = (
  frame: VideoFrame,
  codec: JpegCodec,
  quality: number,
): Promise<Uint8Array> | Uint8Array =>
  frame.kind === 'jpeg' ? frame.data : codec.encode(frame, { quality });
