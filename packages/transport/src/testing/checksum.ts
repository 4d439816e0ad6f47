import { putUint32, uint32 } from '../bytes.js';
import type { Protector } from '../protect/protector.js';

/** In the place of authentication: what was changed on the way is refused. */
export const checksum: Protector = {
  rtpOverhead: 8,
  rtcpOverhead: 8,
  sender: undefined,
  protectRtp: (packets) => packets.map(add),
  protectRtcp: add,
  unprotectRtp: check,
  unprotectRtcp: check,
};

function add(packet: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(packet.length + 8);
  datagram.set(packet);
  const [one, other] = sums(packet);
  putUint32(datagram, packet.length, one);
  putUint32(datagram, packet.length + 4, other);
  return datagram;
}

function check(datagram: Uint8Array) {
  if (datagram.length < 8) return 'unauthenticated' as const;
  const at = datagram.length - 8;
  const [one, other] = sums(datagram.subarray(0, at));
  const same = uint32(datagram, at) === one && uint32(datagram, at + 4) === other;
  return same ? datagram.subarray(0, at) : ('unauthenticated' as const);
}

/** FNV-1a, forwards and backwards. */
function sums(bytes: Uint8Array): [number, number] {
  let one = 0x811c9dc5;
  let other = 0x811c9dc5;
  for (let index = 0; index < bytes.length; index += 1) {
    one = Math.imul(one ^ bytes[index]!, 0x01000193);
    other = Math.imul(other ^ bytes[bytes.length - 1 - index]!, 0x01000193);
  }
  return [one >>> 0, other >>> 0];
}
