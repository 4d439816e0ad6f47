import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { describeCname, serializeRtcp, serializeRtp } from '@hellohaybye/transport';
import { mkiOf, Srtp, type SrtpKey, type SrtpProfile } from '@hellohaybye/transport/protect';
import { expect, it } from 'vitest';
import { start, type Running } from '../support/cli.js';
import { describeWith } from '../support/needs.js';
import { freeMediaPorts, listening } from '../support/ports.js';

const host = '127.0.0.1';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const profiles: { profile: SrtpProfile; salt: number; cipher: string; auth: string }[] = [
  { profile: 'AES_CM_128_HMAC_SHA1_80', salt: 14, cipher: 'aes-128-icm', auth: 'hmac-sha1-80' },
  { profile: 'AEAD_AES_128_GCM', salt: 12, cipher: 'aes-128-gcm', auth: 'null' },
];
/** JPEG video and L16 sound, both of one sender. */
const streams = [
  { ssrc: 0x1234_5678, payloadType: 26, bytes: 1100 },
  { ssrc: 0x9abc_def0, payloadType: 11, bytes: 882 },
];
const makeKey = ({ profile, salt }: (typeof profiles)[number]): SrtpKey => ({
  ...{ id: '1', profile },
  key: Uint8Array.from({ length: 16 }, (_, at) => 17 * at + 3),
  salt: Uint8Array.from({ length: salt }, (_, at) => 29 * at + 5),
});

const gstreamer = (pipeline: string): Running =>
  start('gst-launch-1.0', ['-q', ...pipeline.trim().split(/\s+/)], {
    env: { GST_DEBUG: '2', GST_DEBUG_NO_COLOR: '1' },
  });

function packet({ ssrc, payloadType, bytes }: (typeof streams)[number], sequenceNumber: number): Uint8Array {
  const payload = Uint8Array.from(
    { length: bytes - (sequenceNumber % 19) },
    (_, at) => sequenceNumber + 3 * at,
  );
  const marker = sequenceNumber % 3 === 0;
  return serializeRtp({
    marker,
    payloadType,
    sequenceNumber,
    timestamp: sequenceNumber * 3000,
    ssrc,
    payload,
  });
}

const report = (ssrc: number, packetCount: number): Uint8Array =>
  serializeRtcp([
    {
      type: 'sender-report',
      ssrc,
      ntp: { seconds: 3_900_000_000, fraction: 7 },
      rtpTimestamp: 8,
      packetCount,
      octetCount: 9,
      reports: [],
    },
    describeCname([ssrc], 'someone'),
  ]);

/** What a pipeline makes of a datagram. */
async function through(socket: Socket, data: Uint8Array, port: number): Promise<Uint8Array> {
  const came = once(socket, 'message') as Promise<[Buffer]>;
  socket.send(data, port, host);
  return Uint8Array.from((await came)[0]);
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, host);
  await once(socket, 'listening');
  return socket;
}

describeWith(['gstreamer', 'gstreamer srtp'], 'SRTP with GStreamer (libsrtp)', () => {
  it.each(profiles)(
    'it decrypts our video and sound, and reports, with $profile, across a wrap',
    async (which) => {
      const { cipher, auth } = which;
      const key = makeKey(which);
      const ours = new Srtp({ key });
      const port = await freeMediaPorts();
      const [rtp, rtcp] = [await bound(), await bound()];
      const caps = (type: string, ssrc: number) =>
        [
          `application/${type},ssrc=(uint)${ssrc},srtp-key=(buffer)${hex(key.key)}${hex(key.salt)}`,
          `mki=(buffer)${hex(mkiOf(key))},roc=(uint)0,srtp-cipher=${cipher},srtp-auth=${auth}`,
          `srtcp-cipher=${cipher},srtcp-auth=${auth}`,
        ].join(',');
      const pipeline = gstreamer(
        streams
          .map(({ ssrc }, at) => {
            const sink = (socket: Socket) =>
              `udpsink host=${host} port=${socket.address().port} sync=false async=false`;
            return `srtpdec name=dec${at}
            udpsrc address=${host} port=${port + 2 * at} caps=${caps('x-srtp', ssrc)} ! dec${at}.rtp_sink
            udpsrc address=${host} port=${port + 2 * at + 1} caps=${caps('x-srtcp', ssrc)} ! dec${at}.rtcp_sink
            dec${at}.rtp_src ! ${sink(rtp)} dec${at}.rtcp_src ! ${sink(rtcp)}`;
          })
          .join(' '),
      );
      await listening(
        pipeline,
        [0, 1, 2, 3].map((offset) => port + offset),
      );
      for (let number = 65_500; number < 65_600; number += 1) {
        for (const [at, stream] of streams.entries()) {
          const plain = packet(stream, number);
          const [datagram] = ours.protectRtp([plain]);
          expect(await through(rtp, datagram as Uint8Array, port + 2 * at)).toEqual(plain);
          if (number % 20 > 0) continue;
          const compound = report(stream.ssrc, number);
          const sealed = ours.protectRtcp(compound) as Uint8Array;
          const opened = await through(rtcp, sealed, port + 2 * at + 1);
          // Our index report stands behind the sender report's 28 bytes.
          expect(opened.subarray(0, 28)).toEqual(compound.subarray(0, 28));
          expect(opened.subarray(opened.length - (compound.length - 28))).toEqual(compound.subarray(28));
        }
      }
      pipeline.signal('SIGTERM');
      await pipeline.exited;
      for (const socket of [rtp, rtcp]) socket.close();
    },
  );

  it.each(profiles)(
    'we decrypt its video and sound, and reports, with $profile, across a wrap',
    async (which) => {
      const { profile, cipher, auth } = which;
      const key = makeKey(which);
      const ours = new Srtp({ key: { ...key, id: 'own', key: new Uint8Array(16) } });
      ours.setPeerKeys('gstreamer', [key], []);
      const port = await freeMediaPorts();
      const [rtp, rtcp] = [await bound(), await bound()];
      const sink = (socket: Socket) =>
        `udpsink host=${host} port=${socket.address().port} sync=false async=false`;
      const pipeline = gstreamer(`
      srtpenc name=enc key=${hex(key.key)}${hex(key.salt)} mki=${hex(mkiOf(key))}
        rtp-cipher=${cipher} rtp-auth=${auth} rtcp-cipher=${cipher} rtcp-auth=${auth}
      udpsrc address=${host} port=${port} caps=application/x-rtp ! enc.rtp_sink_0
      udpsrc address=${host} port=${port + 1} caps=application/x-rtcp ! enc.rtcp_sink_0
      enc.rtp_src_0 ! ${sink(rtp)} enc.rtcp_src_0 ! ${sink(rtcp)}`);
      await listening(pipeline, [port, port + 1]);
      for (let number = 65_500; number < 65_600; number += 1) {
        for (const stream of streams) {
          const plain = packet(stream, number);
          const sealed = await through(rtp, plain, port);
          expect(sealed.length).toBe(plain.length + (profile === 'AEAD_AES_128_GCM' ? 20 : 14));
          expect(ours.unprotectRtp(sealed)).toEqual(plain);
          expect(ours.sender).toBe('gstreamer');
          if (number % 20 > 0) continue;
          const compound = report(stream.ssrc, number);
          expect(ours.unprotectRtcp(await through(rtcp, compound, port + 1))).toEqual(compound);
        }
      }
      pipeline.signal('SIGTERM');
      await pipeline.exited;
      for (const socket of [rtp, rtcp]) socket.close();
    },
  );
});
