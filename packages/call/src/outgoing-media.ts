import { measureLevel } from '@hellohaybye/codec';
import type { Clock } from '@hellohaybye/core';
import type { OutgoingFrame } from '@hellohaybye/transport';
import type { OwnState } from './control/control-message.js';
import { packetSamples } from './media-description.js';
import type { SendOptions } from './options.js';
import { capturedSince, sendAudio, sendVideo } from './outgoing-pipeline.js';
import type { Parts } from './parts.js';
import type { SentReport } from './report.js';

/** Sends what camera and microphone give, for as long as they do, as far as it is wanted. */
export class OutgoingMedia {
  readonly sent: SentReport = { video: { frames: 0 }, audio: { packets: 0 } };
  #isStopped = false;
  #isMuted = false;
  #isCameraOff = false;
  #level = -Infinity;

  /**
   * @param asks whether anybody is sent to by now, whether pictures are shown here, and what to do when sending fails
   */
  constructor(
    { transport, video, audio, codec, page }: Parts,
    options: SendOptions & { clock: Clock },
    asks: { isSentTo: () => boolean; isShown: () => boolean; onFailed: (error: unknown) => void },
  ) {
    const { sampleRate, channels } = options;
    const sink = {
      send: (frame: OutgoingFrame) => {
        // Who is here may not be let in, or keys are still being exchanged with them.
        if (!asks.isSentTo()) return;
        if (frame.stream === 'video') this.sent.video.frames += 1;
        else this.sent.audio.packets += 1;
        transport.send(frame);
      },
    };
    const videoControls = {
      quality: () => options.quality,
      wanted: () => !this.#isStopped && !this.#isCameraOff && (asks.isSentTo() || asks.isShown()),
      // The transport takes the frame's bytes away with it, so the page is shown a copy.
      onEncoded: (jpeg: Uint8Array) => page?.viewers && page.showFrame('self', jpeg.slice()),
    };
    const audioControls = {
      wanted: () => !this.#isStopped && !this.#isMuted,
      onBlock: (block: Int16Array) => void (this.#level = measureLevel(block).rms),
    };
    const shape = { packetSamples: packetSamples(sampleRate, channels), channels, sampleRate };
    const now = options.clock.now();
    const running = [
      video && sendVideo(capturedSince(now, video), codec, sink, videoControls),
      audio && sendAudio(capturedSince(now, audio), shape, sink, audioControls),
    ];
    for (const pipeline of running) pipeline?.catch(asks.onFailed);
  }

  /** The loudness of what is sent, dBFS. */
  get level(): number {
    return this.#isMuted ? -Infinity : this.#level;
  }

  /** Begins no frame any more: what is under way has time to arrive. */
  stop(): void {
    this.#isStopped = true;
  }

  /** From now on nothing is sent that we do not want to send. */
  setState({ muted, cameraOff, onHold }: OwnState): void {
    this.#isMuted = muted || onHold;
    this.#isCameraOff = cameraOff || onHold;
  }
}
