/** An address as it is compared: without a zone, and IPv4 as such, also where a socket of both families tells it. */
export const plainAddress = (address: string): string =>
  address
    .toLowerCase()
    .replace(/%.*$/s, '')
    .replace(/^::ffff:(?=\d+\.)/, '');
