import { mix } from '@hellohaybye/codec';
import { systemClock } from '@hellohaybye/core/node';
import { openAudioOutput, openPage, type PageAddress } from '@hellohaybye/playback';
import { openTransport } from '@hellohaybye/transport/node';
import { Closers } from '../closers.js';
import { IncomingPipeline } from '../incoming-pipeline.js';
import { l16Format } from '../media-description.js';
import type { Notice } from '../options.js';
import { reportOn, type ReceivedReport } from '../report.js';
import { StatusMeter, type PeerStatus } from '../status.js';
import { startRecorder } from './recorder.js';
import { checkSpacing, readSdp, type RtpSession } from './sdp.js';

/** Plain RTP that is expected, and what becomes of it. */
export interface RtpReceiveOptions {
  /** An SDP file's text, as the sending program wrote it. */
  sdp: string;
  /** Its name, for messages. */
  file: string;
  /** The local address to listen on; all of them when left out. */
  host?: string;
  speaker: string;
  page: boolean;
  /** A file to record into; its ending tells the container, `.mkv` takes both streams as they are. */
  save?: string;
  ffmpeg?: string;
  onNotice?: (notice: Notice) => void;
}

/** Plain RTP that is being received. */
export interface RtpReceiver {
  /** How the page is opened, if there is one. */
  readonly pageAddress: PageAddress | undefined;
  readonly session: RtpSession;
  status(): Promise<PeerStatus[]>;
  /** Ends it; a recording is whole when this resolves. Rejects with `cannot-save` when it could not be written. */
  close(): Promise<ReceivedReport>;
}

const peer = { id: 'sender', name: 'sender' };

/**
 * Receives JPEG (RFC 2435) and L16 from a program that speaks plain RTP, on the ports its SDP names.
 * @throws HhbError `bad-sdp`, `bad-ports`, `port-in-use`, and those of playback
 */
export async function startRtpReceive(options: RtpReceiveOptions): Promise<RtpReceiver> {
  const session = readSdp(options.sdp, options.file);
  const { video, audio } = session;
  if (video && audio) checkSpacing(video.port, audio.port);
  const onNotice = options.onNotice ?? (() => undefined);
  const closers = new Closers();
  try {
    const format = audio?.format ?? l16Format(44_100, 1);
    const shape = { sampleRate: format.clockRate, channels: format.channels ?? 1 };
    const output = closers.add(
      await openAudioOutput({ speaker: options.speaker, ...shape, mix, clock: systemClock, onNotice }),
    );
    const page = options.page ? closers.add(await openPage()) : undefined;
    const pipeline = new IncomingPipeline({ page, output: Object.assign(output, { shape }) }, systemClock);
    const transport = closers.add(await openTransport({ channels: channels(session, options.host) }));
    transport.on('error', ({ code, message }) => onNotice({ code, message }));
    const { save } = options;
    const recorder =
      save === undefined ? undefined : await startRecorder(save, session, { ...options, onNotice });
    transport.on('frame', (frame) => {
      pipeline.receive(frame);
      recorder?.write(frame);
    });
    transport.on('event', (event) => {
      if (event.type !== 'source') return;
      pipeline.restart(event.peer, event.stream);
      recorder?.restart(event.stream);
    });
    pipeline.addPeer(peer.id, audio?.format);
    page?.setParticipant(peer.id, { ...peer, muted: !audio, cameraOff: !video });
    for (const [id, stream] of Object.entries({ video, audio })) {
      if (stream) transport.addIncoming({ peer: peer.id, id, channel: id, formats: [stream.format] });
    }
    const meter = new StatusMeter();
    return {
      pageAddress: page,
      session,
      status: async () => [meter.measure(peer, pipeline, await transport.statistics(), systemClock.now())],
      async close() {
        try {
          return reportOn(peer, pipeline, await transport.statistics());
        } finally {
          await closers.close();
          await recorder?.close();
        }
      },
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** A channel for each media port, and one for each RTCP port that is another. */
function channels({ video, audio }: RtpSession, host: string | undefined) {
  const where = host === undefined ? {} : { host };
  const entries = Object.entries({ video, audio }).flatMap(([id, stream]) => {
    if (!stream) return [];
    const rtcp =
      stream.rtcpPort === stream.port ? [] : [[`${id}-rtcp`, { port: stream.rtcpPort, ...where }] as const];
    return [[id, { port: stream.port, ...where }] as const, ...rtcp];
  });
  return Object.fromEntries(entries);
}
