import { describe, expect, it } from 'vitest';
import { jpegFormat, l16Format } from '../media-description.js';
import { checkSpacing, readSdp, writeSdp, type RtpSession } from './sdp.js';

const session: RtpSession = {
  address: '127.0.0.1',
  video: { port: 5004, rtcpPort: 5005, format: jpegFormat },
  audio: { port: 5006, rtcpPort: 5007, format: l16Format(44_100, 1) },
};

describe('SDP', () => {
  it('is read again as it was written', () => {
    const text = writeSdp(session, { fps: 30, sessionId: 7, ptimeMs: 10 });
    expect(text).toContain('m=video 5004 RTP/AVP 26\r\n');
    expect(text).toContain('a=rtpmap:11 L16/44100/1\r\n');
    expect(readSdp(text, 'x.sdp')).toEqual(session);
  });

  it('of ffmpeg is understood: static payload types without rtpmap, RTCP on the next port', () => {
    const text =
      'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=No Name\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 6000 RTP/AVP 26\nb=AS:200\n';
    expect(readSdp(text, 'x.sdp')).toEqual({
      address: '127.0.0.1',
      video: { port: 6000, rtcpPort: 6001, format: jpegFormat },
    });
  });

  it('of GStreamer is understood: dynamic types, a shared RTCP port', () => {
    const text =
      'v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nt=0 0\nm=audio 6002 RTP/AVP 96\nc=IN IP4 127.0.0.1\na=rtcp-mux\na=rtpmap:96 L16/48000/2\n';
    expect(readSdp(text, 'x.sdp')).toEqual({
      address: '127.0.0.1',
      audio: {
        port: 6002,
        rtcpPort: 6002,
        format: { format: 'l16', payloadType: 96, clockRate: 48_000, channels: 2 },
      },
    });
  });

  it('is read for one medium, whatever it says of the other', () => {
    const text =
      'v=0\nc=IN IP4 10.0.0.1\nm=video 6000 RTP/AVP 96\na=rtpmap:96 H264/90000\nm=audio 6002 RTP/AVP 11\nc=IN IP4 224.2.1.1/127\n';
    const format = l16Format(44_100, 1);
    expect(readSdp(text, 'x.sdp', ['audio'])).toEqual({
      address: '224.2.1.1',
      audio: { port: 6002, rtcpPort: 6003, format },
    });
    expect(readSdp('v=0\nm=audio 6 RTP/AVP 11\n', 'x.sdp').address).toBe('127.0.0.1');
    const missing = { code: 'bad-sdp', message: 'x.sdp describes no video' };
    expect(() => readSdp('v=0\nm=audio 6 RTP/AVP 11\n', 'x.sdp', ['video'])).toThrow(
      expect.objectContaining(missing),
    );
  });

  it.each([
    [
      'v=0\nm=video 65535 RTP/AVP 26\n',
      'x.sdp: the port of its video, or the next one for RTCP, is over 65535',
    ],
    ['hello', 'x.sdp is no SDP file: it has no line "v=0"'],
    ['v=0\ns=-\nt=0 0\n', 'x.sdp describes neither video nor audio'],
    [
      'v=0\ns=-\nt=0 0\nm=video 6000 RTP/AVP 96\na=rtpmap:96 H264/90000\n',
      'x.sdp: its video is H264; only JPEG is understood',
    ],
  ])('%j is refused in one line', (text, message) => {
    expect(() => readSdp(text, 'x.sdp')).toThrow(expect.objectContaining({ code: 'bad-sdp', message }));
  });
});

it('ports of other programs must be 2 apart', () => {
  expect(() => checkSpacing(5001, 5002)).toThrow(expect.objectContaining({ code: 'bad-ports' }));
  checkSpacing(5004, 5006);
});
