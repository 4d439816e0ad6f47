/**
 * An address as it is compared: IPv4 as such, also where a socket of both families tells it. A zone stays where an address
 * means nothing without it: the same link-local address in another zone is another machine (RFC 4007, section 6).
 */
export function plainAddress(address: string): string {
  const [text = '', zone] = address.split('%', 2);
  const plain = text.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  return zone !== undefined && linkLocal.test(plain) ? `${plain}%${zone}` : plain;
}

/** fe80::/10 (RFC 4291, section 2.5.6). */
const linkLocal = /^fe[89ab][0-9a-f]:/;
