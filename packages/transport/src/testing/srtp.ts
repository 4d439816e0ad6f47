import { serializeRtcp } from '../packet/rtcp.js';
import { serializeRtp } from '../packet/rtp.js';
import { profiles, type SrtpProfile } from '../protect/profile.js';
import { Srtp } from '../protect/srtp.js';
import type { SrtpKey } from '../protect/srtp-key.js';

/** A key that is told by a number. */
export const srtpKey = (profile: SrtpProfile, number: number): SrtpKey => ({
  id: `key ${number}`,
  profile,
  key: Uint8Array.from({ length: 16 }, (_, at) => number * 7 + at),
  salt: Uint8Array.from({ length: profiles[profile].salt }, (_, at) => number * 11 + at),
});

export const srtp = (profile: SrtpProfile, number: number): Srtp =>
  new Srtp({ key: srtpKey(profile, number) });

/** A source packet with an unwrapped sequence number; its bytes are those of the number and `version`. */
export const rtp = (ssrc: number, sequenceNumber: number, version = 0): Uint8Array =>
  serializeRtp({
    payloadType: 96,
    sequenceNumber,
    timestamp: sequenceNumber,
    ssrc,
    payload: Uint8Array.from(
      { length: 20 + (sequenceNumber % 30) },
      (_, at) => sequenceNumber + at + version,
    ),
  });

export const senderReport = (ssrc: number): Uint8Array =>
  serializeRtcp([
    {
      type: 'sender-report',
      ssrc,
      ntp: { seconds: 1, fraction: 2 },
      rtpTimestamp: 3,
      packetCount: 4,
      octetCount: 5,
      reports: [],
    },
    { type: 'source-description', chunks: [] },
  ]);

/** The protected packet. @throws what was refused */
export function sealed(from: Srtp, packet: Uint8Array): Uint8Array {
  const [datagram] = from.protectRtp([packet]);
  if (typeof datagram !== 'object') throw new Error(datagram);
  return datagram;
}

export function sealedRtcp(from: Srtp, packet: Uint8Array): Uint8Array {
  const datagram = from.protectRtcp(packet);
  if (typeof datagram === 'string') throw new Error(datagram);
  return datagram;
}
