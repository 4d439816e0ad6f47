import { HhbError } from '@hellohaybye/core';
import { parseIp } from '../addresses/ip.js';
import { roomName } from '../protocol/fields.js';
import { fromBase64url, toBase64url } from '../protocol/base64url.js';

/** What an invitation tells: where a room is, and the secret of those who are in it. */
export interface RoomInvitation {
  /** A host name, an IPv4 address, or an IPv6 address without brackets and zone. */
  host: string;
  /** The port of the signaling server, 1 to 65535. */
  port: number;
  /** 1 to 64 characters, as a room's name may be. */
  room: string;
  /** 32 random bytes (RFC 9180, section 9.5), which the server never gets to see. */
  secret: Uint8Array;
  /** The pin of the server's certificate: the SHA-256 of its public key in base64url, 43 characters. */
  pin?: string;
  /** Whether the server has a certificate of an authority, and is reached by TLS without a pin. */
  tls?: boolean;
}

/**
 * An invitation as a link: `hellohaybye://host:port/room#secret`, with `.pin` behind the secret where there is a pin,
 * and `.tls` where the certificate is one of an authority.
 * @throws HhbError `bad-invitation-link` when it can't be one
 */
export function formatInvitation({ host, port, room, secret, pin, tls }: RoomInvitation): string {
  const name = roomName.safeParse(room);
  if (!isHost(host)) throw badLink('its host is no host name or IP address');
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw badLink('its port is not 1 to 65535');
  if (!name.success) throw badLink(`its room ${name.error.issues[0]!.message}`);
  if (secret.length !== secretLength) throw badLink('its secret is not 32 bytes');
  if (pin !== undefined && !isPin(pin)) throw badLink('its pin is not a SHA-256 in base64url');
  const trust = pin ?? (tls ? authority : undefined);
  return `${scheme}${host.includes(':') ? `[${host}]` : host}:${port}/${encodeName(name.data)}#${toBase64url(secret)}${trust === undefined ? '' : `.${trust}`}`;
}

/**
 * Reads an invitation's link. Messages about a bad one never hold what is after the `#`.
 * @throws HhbError `bad-invitation-link`
 */
export function parseInvitation(text: string): RoomInvitation {
  const link = text.trim();
  if (!link.startsWith(scheme)) throw badLink(`it does not begin with ${scheme}`);
  if (link.length > mostLength) throw badLink('it is too long');
  const [place = '', fragment] = split(link.slice(scheme.length), '#');
  if (fragment === undefined) throw badLink('its secret, after the #, is missing');
  const [server = '', path] = split(place, '/');
  const found = /^(?:\[([^\]]*)\]|([^:[\]]*)):([1-9]\d{0,4})$/.exec(server);
  const host = found?.[1] ?? found?.[2] ?? '';
  const port = Number(found?.[3]);
  if (!found || !isHost(host) || host.includes(':') !== (found[1] !== undefined) || port > 65535)
    throw badLink('its server, before the room, is not host:port or [IPv6 address]:port');
  const [key = '', trust] = split(fragment, '.');
  const secret = fromBase64url(key);
  if (secret?.length !== secretLength) throw badLink('its secret, after the #, is not whole');
  if (trust !== undefined && trust !== authority && !isPin(trust))
    throw badLink('the pin of its server, after the secret, is not whole');
  return {
    ...{ host, port, room: decodeName(path ?? ''), secret },
    ...(trust === authority ? { tls: true } : trust !== undefined && { pin: trust }),
  };
}

/** Whether a text is meant as an invitation, be it a good one or not. */
export const isInvitation = (text: string): boolean => /^\s*hellohaybye:/i.test(text);

/** The url of the invitation's signaling server: `ws://host:port`, `wss://host:port` or `wss://host:port#pin`. */
export function invitationServer({ host, port, pin, tls }: Omit<RoomInvitation, 'room' | 'secret'>): string {
  const protocol = pin !== undefined || tls ? 'wss' : 'ws';
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return `${protocol}://${place}${pin === undefined ? '' : `#${pin}`}`;
}

function isHost(host: string): boolean {
  if (host.includes(':') || /^[\d.]+$/.test(host)) return !host.includes('%') && parseIp(host) !== undefined;
  return /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i.test(host);
}

const isPin = (pin: string): boolean => fromBase64url(pin)?.length === pinLength;

/** Shells have uses for some characters that URLs leave as they are. */
const encodeName = (name: string): string =>
  encodeURIComponent(name).replace(
    /[!'()*~]/g,
    (char) => `%${char.codePointAt(0)!.toString(16).toUpperCase()}`,
  );

function decodeName(path: string): string {
  if (path === '') throw badLink('its room is missing');
  if (/[/?]/.test(path)) throw badLink('there is more than a room between server and #');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw badLink('the name of its room is not percent-encoded as it has to be');
  }
  const name = roomName.safeParse(decoded);
  if (!name.success) throw badLink(`its room ${name.error.issues[0]!.message}`);
  return name.data;
}

/** What is before and after the first of a character. */
function split(text: string, char: string): [string, string | undefined] {
  const at = text.indexOf(char);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

const badLink = (why: string): HhbError =>
  new HhbError('bad-invitation-link', `The invitation can't be used: ${why}`, {
    hint: 'Copy the whole link, in quotes, as the others were given it',
  });

const scheme = 'hellohaybye://';

/** What stands for the pin where an authority vouches for the server. */
const authority = 'tls';

/** Bytes of a secret. */
const secretLength = 32;

/** Bytes of a SHA-256. */
const pinLength = 32;

/** UTF-16 units of a link: the longest room, each of its characters 12 for 4 bytes, with room for the rest. */
const mostLength = 2048;
