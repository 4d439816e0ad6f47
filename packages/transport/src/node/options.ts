import { isIP } from 'node:net';
import { HhbError } from '@hellohaybye/core';
import { checkFormats } from '../payload/formats.js';
import { checkSrtpKey, type SrtpKey } from '../protect/srtp-key.js';
import type { Address, Destination, IncomingStreamOptions } from '../endpoint/types.js';

/** A channel: a port that is bound. Two channels with the same host and port, other than 0, share one socket. */
export interface ChannelOptions {
  /** The address to bind: unless given `::`, which takes IPv6 and IPv4, or `0.0.0.0` where there is no IPv6. */
  host?: string;
  /** 0 for any free port. */
  port: number;
  /** Whether a port that is taken makes way for the next free one, of up to 100. */
  fallback?: boolean;
}

/** How `openTransport` opens. */
export interface TransportOptions {
  channels: Record<string, ChannelOptions>;
  /** Canonical name in RTCP (RFC 3550, section 6.5.1): 1 to 255 bytes; random unless given (RFC 7022). */
  cname?: string;
  /** Most bytes in a datagram: 256 to 65507, 1200 unless given. */
  mtu?: number;
  /** Whether sockets and engine run in a thread of their own, so that a busy main thread loses no packet: yes unless `false`. */
  worker?: boolean;
  /**
   * Whether datagrams leave in groups, so that no switch on the way has to take a large frame in one burst: yes
   * unless `false`. Then each leaves when it is made.
   */
  pacing?: boolean;
  /** SRTP: what is sent is protected with this key at first, and what comes has to be protected. None unless given. */
  protection?: { key: SrtpKey };
}

/** What setting keys of a transport that was opened without protection throws. */
export const notProtected = (): HhbError =>
  new HhbError('not-protected', 'The transport was opened without protection', {
    hint: 'Open it with the option protection.',
  });

/** @throws HhbError `bad-option` */
export function checkTransportOptions({ channels, protection }: TransportOptions): void {
  if (protection) checkSrtpKey(protection.key);
  if (Object.keys(channels).length === 0)
    throw new HhbError('bad-option', 'A transport needs at least one channel');
  for (const [name, { host = '::', port }] of Object.entries(channels)) {
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new HhbError('bad-option', `Channel ${name}: port ${port} is not from 0 to 65535`);
    }
    if (isIP(host) === 0) throw new HhbError('bad-option', `Channel ${name}: ${host} is not an IP address`);
  }
}

/** @throws HhbError `bad-option`, `unknown-channel` */
export function checkStream(
  { id, channel, ssrc, formats, deadline }: Omit<IncomingStreamOptions, 'peer'>,
  channels: Readonly<Record<string, unknown>>,
): void {
  checkFormats(id, formats);
  if (ssrc !== undefined && (!Number.isInteger(ssrc) || ssrc < 0 || ssrc >= 2 ** 32)) {
    throw new HhbError('bad-option', `Stream ${id}: ssrc ${ssrc} is not a 32-bit number`);
  }
  if (deadline !== undefined && !(deadline >= 0)) {
    throw new HhbError('bad-option', `Stream ${id}: deadline ${deadline} is not a span of time`);
  }
  if (!Object.hasOwn(channels, channel))
    throw new HhbError('unknown-channel', `Stream ${id}: there is no channel ${channel}`);
}

/** @throws HhbError `bad-address`, `bad-option`, `unknown-channel` */
export function checkDestination(
  { id, addresses, rtcpAddresses = {}, candidates, ports = {}, control }: Destination,
  channels: Readonly<Record<string, unknown>>,
): void {
  if ((addresses === undefined) === (candidates === undefined))
    throw new HhbError('bad-option', `Destination ${id}: it has either addresses or candidates`);
  if (candidates?.length === 0) throw new HhbError('bad-address', `Destination ${id}: there is no candidate`);
  if (control) {
    const { channel, ssrc } = control;
    if (!Object.hasOwn(channels, channel))
      throw new HhbError('unknown-channel', `Destination ${id}: there is no channel ${channel} for control`);
    if (!Number.isInteger(ssrc) || ssrc < 0 || ssrc >= 2 ** 32)
      throw new HhbError('bad-option', `Destination ${id}: control ssrc ${ssrc} is not a 32-bit number`);
  }
  const tried = (candidates ?? []).flatMap((address) =>
    Object.entries(ports).map(([channel, port]): [string, Address] => [channel, { address, port }]),
  );
  const fixed = [addresses ?? {}, rtcpAddresses].flatMap((of) => Object.entries<Address>(of));
  for (const [channel, { address, port }] of [...fixed, ...tried]) {
    if (!Object.hasOwn(channels, channel)) {
      throw new HhbError('unknown-channel', `Destination ${id}: there is no channel ${channel}`);
    }
    if (isIP(address) === 0)
      throw new HhbError('bad-address', `Destination ${id}: ${address} is not an IP address`);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new HhbError('bad-address', `Destination ${id}: port ${port} is not from 1 to 65535`);
    }
  }
}
