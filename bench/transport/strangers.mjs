// A hostile neighbour: strangers.mjs PORT PER_SECOND SECONDS. Sends so many datagrams a second to a port of this machine, of
// every kind that a stranger can make who does not know the call's SSRC, from four sockets, and tells how many. Never more
// than MOST, nor for longer than a minute.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { seededRandom } from '@hellohaybye/core/testing';

const MOST = 1_000_000;
const SOURCES = 4;

/** Kinds of datagrams, each made anew from random numbers. None begins with a zero byte. */
const kinds = {
  /** Neither RTP nor RTCP. */
  noise: (random) => bytes(20 + (random.uint32() % 1180), random, 1 + (random.uint32() % 127)),
  /** RTP as it should be, of a source that nobody expects. */
  rtp: (random) => head(bytes(1172, random, 0x80), 96),
  /** RTP whose extension reaches beyond its end. */
  malformedRtp: (random) => bytes(40, random, 0x9f).fill(0xff, 2),
  /** RTCP whose lengths do not add up. */
  malformedRtcp: (random) => head(bytes(60, random, 0x81), 201),
  /** A request for repair, well formed, from an address that is no participant's, of a source that is none. */
  forgedFeedback: (random) => {
    const data = head(bytes(36, random, 0x8f), 206);
    data.set([0, 8], 2);
    data.set([0x48, 0x48, 0x42, 0x52], 12);
    return data;
  },
};

/** @returns a list of datagrams, the same for the same seed */
export function strangersDatagrams(count, seed = 1) {
  const random = seededRandom(seed);
  const names = Object.keys(kinds);
  return Array.from({ length: count }, (_, index) => kinds[names[index % names.length]](random));
}

/** Sends, as evenly as a loop can. @returns how many, in how many seconds */
export async function flood(port, perSecond, seconds) {
  const sockets = await Promise.all(Array.from({ length: SOURCES }, () => connect(port)));
  const datagrams = strangersDatagrams(1000);
  const most = Math.min(MOST, perSecond * seconds);
  const start = performance.now();
  const end = start + 1000 * Math.min(60, seconds);
  let sent = 0;
  for (let now = start; sent < most && now < end; now = performance.now()) {
    // Who is behind does not catch up in one burst.
    const due = Math.min(most, sent + 500, Math.floor(((now - start) * perSecond) / 1000));
    for (; sent < due; sent += 1) sockets[sent % SOURCES].send(datagrams[sent % datagrams.length]);
    await new Promise(setImmediate);
  }
  const taken = (performance.now() - start) / 1000;
  for (const socket of sockets) socket.close();
  return { sent, seconds: taken };
}

function bytes(length, random, first) {
  const data = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) data[at] = random.uint32();
  data[0] = first;
  return data;
}

function head(data, second) {
  data[1] = second;
  return data;
}

async function connect(port) {
  const socket = createSocket('udp4');
  // A port that was closed meanwhile is none of its business.
  socket.on('error', () => undefined);
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [port, perSecond, seconds] = process.argv.slice(2).map(Number);
  const told = await flood(port, perSecond, seconds);
  if (process.send) process.send(told, () => process.disconnect());
  else console.log(JSON.stringify(told));
}
