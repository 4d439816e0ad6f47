import { lookup } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { HhbError, messageOf } from '@hellohaybye/core';
import { isLoopback } from '@hellohaybye/signaling';

/** The ports that other programs are used to (RFC 3551, section 8). */
export const usualPorts = { video: 5004, audio: 5006 };

/** Where plain RTP goes to. */
export interface RtpTarget {
  /** An IPv4 address. */
  address: string;
  /** That of video. */
  port: number;
}

/**
 * Reads `host` or `host:port`, and looks the host up.
 * @param flag where it was given, for messages
 * @throws HhbError `bad-address`, `host-not-found`
 */
export async function rtpTarget(flag: string, target: string): Promise<RtpTarget> {
  const match = /^(?<host>[^:]+)(?::(?<port>\d{1,5}))?$/.exec(target);
  const port = Number(match?.groups?.['port'] ?? usualPorts.video);
  if (!match || port < 1 || port > 65532) {
    throw new HhbError(
      'bad-address',
      `${flag}: ${JSON.stringify(target.slice(0, 60))} must look like 192.168.1.20:5004`,
    );
  }
  const name = match.groups!['host']!;
  try {
    return { address: (await lookup(name, 4)).address, port };
  } catch (error) {
    throw new HhbError('host-not-found', `${flag}: nobody knows the host ${JSON.stringify(name)}`, {
      cause: error,
    });
  }
}

/**
 * Lets plain RTP stay on this machine.
 * @throws HhbError `leaves-machine`
 */
export function checkStays(flag: string, { address }: RtpTarget): void {
  if (isLoopback(address)) return;
  throw new HhbError(
    'leaves-machine',
    `${flag}: ${address} is not this machine itself, and plain RTP is not encrypted: whoever is on the way can see and hear it`,
    { hint: 'Use 127.0.0.1, or add --anywhere if that is what you want.' },
  );
}

/**
 * Writes the SDP that another program reads.
 * @throws HhbError `cannot-save`
 */
export function saveSdp(file: string, sdp: string): void {
  try {
    writeFileSync(file, sdp);
  } catch (error) {
    throw new HhbError('cannot-save', `--sdp: ${messageOf(error)}`, { cause: error });
  }
}
