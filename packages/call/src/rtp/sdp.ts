import { HhbError } from '@hellohaybye/core';
import type { PayloadFormat } from '@hellohaybye/transport';
import { parse, write, type SessionDescription } from 'sdp-transform';
import { jpegFormat, l16Format } from '../media-description.js';

/** One stream of plain RTP: where it goes to, or where it is expected. */
export interface RtpStream {
  port: number;
  format: PayloadFormat;
  /** Where its RTCP goes: the next port, unless the description says that it shares the media port. */
  rtcpPort: number;
}

/** What an SDP file says, as far as it concerns us. */
export interface RtpSession {
  address: string;
  video?: RtpStream;
  audio?: RtpStream;
}

/**
 * The SDP (RFC 8866) with which another program receives what we send.
 * @param options.fps left out where nobody knows it
 * @param options.ptimeMs how long a packet of sound is, milliseconds
 */
export function writeSdp(
  session: RtpSession,
  options: { fps?: number; sessionId: number; ptimeMs: number },
): string {
  const { address, video, audio } = session;
  const origin = {
    username: '-',
    sessionId: options.sessionId,
    sessionVersion: 1,
    netType: 'IN',
    ipVer: 4,
    address,
  };
  const media = (type: string, { port, format }: RtpStream) => ({
    ...{
      type,
      port,
      protocol: 'RTP/AVP',
      payloads: String(format.payloadType),
      fmtp: [],
      direction: 'recvonly' as const,
    },
  });
  return write({
    version: 0,
    origin,
    name: 'HelloHayBye',
    connection: { version: 4, ip: address },
    timing: { start: 0, stop: 0 },
    media: [
      ...(video
        ? [{ ...media('video', video), rtp: [rtpmap(video.format, 'JPEG')], ...framerate(options) }]
        : []),
      ...(audio
        ? [{ ...media('audio', audio), rtp: [rtpmap(audio.format, 'L16')], ptime: options.ptimeMs }]
        : []),
    ],
  });
}

const framerate = ({ fps }: { fps?: number }) => (fps === undefined ? {} : { framerate: fps });

const rtpmap = ({ payloadType, clockRate, channels }: PayloadFormat, codec: string) => ({
  ...{ payload: payloadType, codec, rate: clockRate },
  ...(channels === undefined ? {} : { encoding: channels }),
});

/**
 * What an SDP file of another program says about its first JPEG and its first L16 stream. The address is where the
 * streams are to come: 127.0.0.1 where the file says nothing.
 * @param file its name, for errors
 * @param wanted the media that matter: what is said of another is passed over
 * @throws HhbError `bad-sdp` when there is none of them, with what there is instead
 */
export function readSdp(
  text: string,
  file: string,
  wanted: readonly Medium[] = ['video', 'audio'],
): RtpSession {
  if (!/^v=0\s*$/m.test(text)) throw new HhbError('bad-sdp', `${file} is no SDP file: it has no line "v=0"`);
  const { media, connection } = parse(text);
  const find = (type: Medium) =>
    wanted.includes(type) ? media.find((entry) => entry.type === type && entry.port > 0) : undefined;
  const [video, audio] = [find('video'), find('audio')];
  const ip = (video ?? audio)?.connection?.ip ?? connection?.ip ?? '127.0.0.1';
  // Of a multicast address it also says how far packets go (RFC 8866, section 5.7).
  const session: RtpSession = { address: ip.split('/')[0]! };
  if (video) session.video = stream(video, formatOf(video, 'JPEG', file), file);
  if (audio) session.audio = stream(audio, formatOf(audio, 'L16', file), file);
  if (!video && !audio) throw new HhbError('bad-sdp', `${file} describes ${neither(wanted)}`);
  return session;
}

type Medium = 'video' | 'audio';

const neither = (media: readonly Medium[]): string =>
  media.length === 1 ? `no ${media[0]}` : `neither ${media.join(' nor ')}`;

type Media = SessionDescription['media'][number];

function stream({ port, rtcp, rtcpMux, type }: Media, format: PayloadFormat, file: string): RtpStream {
  const rtcpPort = rtcpMux ? port : (rtcp?.port ?? port + 1);
  if (port > 65_535 || rtcpPort > 65_535) {
    throw new HhbError(
      'bad-sdp',
      `${file}: the port of its ${type}, or the next one for RTCP, is over 65535`,
    );
  }
  return { port, format, rtcpPort };
}

/** The format of a medium; static payload types (RFC 3551, tables 4 and 5) need no rtpmap. */
function formatOf({ payloads, rtp, type }: Media, codec: 'JPEG' | 'L16', file: string): PayloadFormat {
  // One payload type alone is parsed as a number, several as text.
  const numbers = String(payloads ?? '')
    .split(' ')
    .map(Number);
  const mapped = rtp.find((entry) => entry.codec.toUpperCase() === codec && numbers.includes(entry.payload));
  if (mapped && codec === 'JPEG') return { ...jpegFormat, payloadType: mapped.payload };
  if (mapped)
    return { ...l16Format(mapped.rate ?? 44_100, Number(mapped.encoding ?? 1)), payloadType: mapped.payload };
  const unmapped = numbers.filter((number) => !rtp.some(({ payload }) => payload === number));
  if (codec === 'JPEG' && unmapped.includes(26)) return jpegFormat;
  if (codec === 'L16' && unmapped.includes(11)) return l16Format(44_100, 1);
  if (codec === 'L16' && unmapped.includes(10)) return l16Format(44_100, 2);
  const there = rtp.map((entry) => entry.codec).join(', ') || payloads;
  throw new HhbError('bad-sdp', `${file}: its ${type} is ${there}; only ${codec} is understood`);
}

/**
 * Other programs take the port after a media port for RTCP, so two media ports must be 2 apart.
 * @throws HhbError `bad-ports`
 */
export function checkSpacing(video: number, audio: number): void {
  if (Math.abs(video - audio) >= 2) return;
  const message = `UDP ports ${video} and ${audio} are too close: other programs take the port after each for RTCP`;
  throw new HhbError('bad-ports', message, { hint: 'Leave a distance of 2, for example 5004 and 5006.' });
}
