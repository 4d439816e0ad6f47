import { systemRandom } from '@hellohaybye/core/node';
import type { PayloadFormat } from '@hellohaybye/transport';
import type { Transport } from '@hellohaybye/transport/node';
import type { RtpSession } from './sdp.js';

/** What plain RTP is made of: a format for each stream that there is. */
export interface RtpFormats {
  video?: PayloadFormat;
  audio?: PayloadFormat;
}

/** Where plain RTP goes to: each stream to a port, and its RTCP to the next one. */
export function sessionTo(
  { to, videoPort, audioPort }: { to: string; videoPort: number; audioPort: number },
  { video, audio }: RtpFormats,
): RtpSession {
  const stream = (port: number, format: PayloadFormat) => ({ port, rtcpPort: port + 1, format });
  return {
    address: to,
    ...(video && { video: stream(videoPort, video) }),
    ...(audio && { audio: stream(audioPort, audio) }),
  };
}

/**
 * Has a transport send the streams of a session, `video` and `audio`, over its channels of the same names. Those that
 * it sent before end.
 */
export function addStreams(transport: Transport, { address, video, audio }: RtpSession): void {
  const streams = Object.entries({ video, audio }).flatMap(([id, stream]) =>
    stream ? [{ id, ...stream }] : [],
  );
  for (const id of ['video', 'audio']) transport.removeOutgoing(id);
  for (const { id, format } of streams) {
    transport.addOutgoing({ id, channel: id, ssrc: systemRandom.uint32(), formats: [format] });
  }
  const portOf = (field: 'port' | 'rtcpPort') =>
    Object.fromEntries(streams.map((stream) => [stream.id, { address, port: stream[field] }]));
  transport.addDestination({
    id: 'receiver',
    addresses: portOf('port'),
    rtcpAddresses: portOf('rtcpPort'),
    // Who knows nothing of our repair packets takes them for a stream that nobody described.
    repair: false,
  });
}
