/** An IP address as numbers. */
export interface IpAddress {
  family: 4 | 6;
  /** 4 or 16 bytes, most significant first. */
  bytes: readonly number[];
}

/** Reads an IPv4 or IPv6 address in text form (RFC 4291, section 2.2); undefined when it is none. A zone is ignored. */
export function parseIp(text: string): IpAddress | undefined {
  const plain = text.replace(/%.*$/s, '');
  const bytes = plain.includes(':') ? ipv6Bytes(plain) : ipv4Bytes(plain);
  if (!bytes) return undefined;
  const mapped =
    bytes.length === 16 && bytes.every((byte, index) => index > 11 || byte === (index < 10 ? 0 : 255));
  if (mapped) return { family: 4, bytes: bytes.slice(12) };
  return { family: bytes.length === 4 ? 4 : 6, bytes };
}

/**
 * An address as it is told to others: an IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) as IPv4, without a
 * zone (`%eth0`), which means something on one machine only. What is no address stays as it is.
 */
export function normalizeAddress(text: string): string {
  // By far the most usual: a server is asked for each connection.
  if (dottedQuad.test(text)) return text;
  const ip = parseIp(text);
  return ip?.family === 4 ? ip.bytes.join('.') : text.replace(/%.*$/s, '');
}

/** Whether an address is the machine's own: 127.0.0.0/8 or ::1. */
export function isLoopback(text: string): boolean {
  const ip = parseIp(text);
  if (!ip) return false;
  if (ip.family === 4) return ip.bytes[0] === 127;
  return ip.bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

/** Whether an address is valid on one link only: 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291). */
export function isLinkLocal(text: string): boolean {
  const ip = parseIp(text);
  const [first = 0, second = 0] = ip?.bytes ?? [];
  return ip?.family === 4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80;
}

/** Whether an address is an IPv6 one that is valid on one link only: it leads nowhere without a zone. */
export const isIpv6LinkLocal = (text: string): boolean => parseIp(text)?.family === 6 && isLinkLocal(text);

/** Whether an address can be that of one machine: not unspecified, multicast (RFC 1112, RFC 4291) or broadcast. */
export function isUnicast(text: string): boolean {
  const ip = parseIp(text);
  const [first = 0] = ip?.bytes ?? [];
  if (!ip || ip.bytes.every((byte) => byte === 0)) return false;
  if (ip.family === 6) return first !== 0xff;
  return first !== 0 && (first < 224 || (first >= 240 && ip.bytes.some((byte) => byte !== 255)));
}

/** Whether the first `prefix` bits of two addresses are the same; false for two families. */
export function samePrefix(one: IpAddress, other: IpAddress, prefix: number): boolean {
  if (one.family !== other.family) return false;
  return one.bytes.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefix - index * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (byte & mask) === ((other.bytes[index] ?? 0) & mask);
  });
}

function ipv4Bytes(text: string): number[] | undefined {
  const parts = text.split('.');
  const wellFormed = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part));
  const bytes = parts.map(Number);
  return wellFormed && bytes.every((byte) => byte < 256) ? bytes : undefined;
}

function ipv6Bytes(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : groupBytes(half.split(':'))));
  if (!head) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  if (!tail || head.length + tail.length > 14) return undefined;
  return [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

function groupBytes(groups: string[]): number[] | undefined {
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (index === groups.length - 1 && group.includes('.')) {
      const v4 = ipv4Bytes(group);
      if (!v4) return undefined;
      bytes.push(...v4);
    } else {
      if (!/^[\da-f]{1,4}$/i.test(group)) return undefined;
      const value = parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const dottedQuad = new RegExp(`^(?:${byte}\\.){3}${byte}$`);
