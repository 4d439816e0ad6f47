// A hostile neighbour that sees all datagrams of a call and sends what it likes: neighbour.mjs LEFT RIGHT. It relays between two
// ports of this machine, and tells its parent the ports that each of them has to send to; at the message "count", how many bytes
// each has sent so far. At the message "attack" it does all of this for five seconds, and tells how many datagrams it made of
// each kind:
// - replays: each datagram once more at once, and old ones again and again;
// - changes: copies with one bit flipped, anywhere;
// - reflections: each datagram back to who sent it;
// - forgeries: 50,000 a second, as far as one core goes, with the header and the key's mark (MKI) of real packets, the next
//   sequence numbers, and random payloads.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { seededRandom } from '@hellohaybye/core/testing';

const SECONDS = 5;
const PER_SECOND = 50_000;
const KEPT = 2000;
const MKI_AND_TAG = 14;
const random = seededRandom(5);
const below = (most) => random.uint32() % most;
const sides = await Promise.all(process.argv.slice(2).map(open));
const made = { replays: 0, changes: 0, reflections: 0, forgeries: 0 };
let attacking = false;

sides.forEach((side, at) => {
  const other = sides[1 - at];
  // What comes on this side's socket is from whoever stands there, and for the other: sent from the other's socket.
  side.socket.on('message', (datagram) => {
    side.bytes += datagram.length;
    other.newest = datagram;
    send(other, datagram);
    if (other.seen.length < KEPT) other.seen.push(datagram);
    else other.seen[below(KEPT)] = datagram;
    if (!attacking) return;
    count('replays', other, datagram);
    count('replays', other, other.seen[below(other.seen.length)]);
    count('changes', other, changed(datagram));
    count('reflections', side, datagram);
  });
});
process.on('message', (what) =>
  what === 'attack' ? void attack() : process.send(sides.map(({ bytes }) => bytes)),
);
process.send(sides.map(({ socket }) => socket.address().port));

async function attack() {
  attacking = true;
  const start = performance.now();
  for (let now = start; now < start + 1000 * SECONDS; now = performance.now()) {
    // Who is behind does not catch up in one burst.
    const due = Math.min(made.forgeries + 250, Math.floor(((now - start) / 1000) * PER_SECOND));
    while (made.forgeries < due) {
      const side = sides[made.forgeries % 2];
      // Every other one is close to where its source is now.
      const real = made.forgeries % 4 < 2 ? side.newest : side.seen[below(side.seen.length)];
      if (!real) break;
      count('forgeries', side, forged(real));
    }
    await new Promise(setImmediate);
  }
  attacking = false;
  process.send(made);
}

function count(kind, to, datagram) {
  made[kind] += 1;
  send(to, datagram);
}

function send({ socket, port }, datagram) {
  socket.send(datagram, port, '127.0.0.1');
}

function changed(datagram) {
  const copy = Buffer.from(datagram);
  copy[below(copy.length)] ^= 1 << below(8);
  return copy;
}

/** Another packet of the same source and key, some numbers further on; of RTCP, with another content. */
function forged(real) {
  const copy = Buffer.from(real);
  const isRtcp = copy[1] >= 192 && copy[1] <= 223;
  if (!isRtcp) copy.writeUInt16BE((copy.readUInt16BE(2) + below(300)) & 0xffff, 2);
  for (let at = isRtcp ? 8 : 12; at < copy.length - MKI_AND_TAG; at += 7) copy[at] = random.uint32();
  for (let at = copy.length - 10; at < copy.length; at += 1) copy[at] = random.uint32();
  return copy;
}

async function open(port) {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  // A port that was closed meanwhile is none of its business.
  socket.on('error', () => undefined);
  return { socket, port: Number(port), seen: [], bytes: 0 };
}
