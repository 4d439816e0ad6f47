import { isLoopback, formatInvitation, readZonedHost } from '@hellohaybye/signaling';
import { qrCode } from './qr-code.js';

/** What an invitation is made of. */
export interface InvitationOptions {
  /** Where this process reaches the server: `ws://host:port`, `wss://host:port` or `wss://host:port#pin`. */
  server: string;
  room: string;
  /** Undefined in an open room. */
  secret: Uint8Array | undefined;
  /** An address of this machine that others can reach, for a server that is on it; undefined where there is none. */
  address: string | undefined;
  colour: boolean;
}

/** What is told of who can join: of an open room that it is one, of a private one the invitation and its QR code. */
export function invitationLines(options: InvitationOptions): string[] {
  if (!options.secret) return ['open room: anyone on this network can join'];
  const link = invitationLink({ ...options, secret: options.secret });
  const { hostname } = new URL(options.server);
  const isHere =
    readZonedHost(hostname) !== undefined || (isOnThisMachine(hostname) && options.address === undefined);
  return [
    'private room: only who has this invitation can join. Keep it among yourselves; they paste it into "hellohaybye join -":',
    link,
    ...(isHere ? ['note: this machine knows no address for others; the invitation works only on it'] : []),
    ...qrCode(link, options.colour),
  ];
}

function invitationLink({ server, room, secret, address }: InvitationOptions & { secret: Uint8Array }) {
  const { hostname, port, protocol, hash } = new URL(server);
  const plain = hostname.replace(/^\[|\]$/g, '');
  const isSecure = protocol === 'wss:';
  return formatInvitation({
    host: isOnThisMachine(hostname) ? (address ?? plain) : plain,
    port: Number(port || (isSecure ? 443 : 80)),
    ...{ room, secret },
    ...(hash !== '' ? { pin: hash.slice(1) } : isSecure && { tls: true }),
  });
}

const isOnThisMachine = (hostname: string): boolean =>
  hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
