// Clients that send what no client should, at a steady pace. What they are told is not looked at; who is cut off comes again.
import { connect } from 'node:net';
import { Client, frameOf } from './client.mjs';

const port = Number(process.argv[2]);
const messages = {
  'malformed JSON': frameOf('{"type":"join","requestId":1,'),
  'wrong types': frameOf({ type: 'join', requestId: '1', room: 7, media: [] }),
  'unknown versions': frameOf({
    type: 'hello',
    requestId: 1,
    version: 99,
    name: 'eve',
    shape: { of: ['later'] },
  }),
  '10 MB messages': bigFrame(10_000_000),
};
const actions = {
  attack: async ({ kind, seconds }) => {
    if (kind === 'silent connections') return { sent: await silent(seconds) };
    if (kind === 'half-open connections') return { sent: await halfOpen(seconds) };
    return { sent: await sendAll(messages[kind], seconds, kind === '10 MB messages' ? 10 : 1000) };
  },
};
process.on('message', (message) => {
  if (message.do === 'end') process.exit(0);
  actions[message.do](message).then(
    (answer) => process.send(answer),
    (error) => process.send({ error: error.message }),
  );
});

/** So many messages a second, from ten clients in turn. */
async function sendAll(frame, seconds, perS) {
  const clients = await Promise.all(Array.from({ length: 10 }, () => open()));
  let sent = 0;
  await paced(seconds, perS, async (index) => {
    const slot = index % clients.length;
    const before = clients[slot];
    if (before.socket.destroyed || before.socket.writableLength > 0) clients[slot] = await open();
    if (clients[slot] !== before) before.socket.destroy();
    clients[slot].socket.write(frame);
    sent += 1;
  });
  for (const { socket } of clients) socket.resetAndDestroy();
  return sent;
}

/** Connections that never speak: a thousand, come within the first half. They are refused in the second. */
async function silent(seconds) {
  const sockets = [];
  await paced(seconds / 2, many / (seconds / 2), async () => sockets.push((await open()).socket));
  await pause(seconds / 2);
  for (const socket of sockets) socket.resetAndDestroy();
  return sockets.length;
}

/** A thousand, of which every other one stops in the middle of its request, and the rest answer no ping. */
async function halfOpen(seconds) {
  const sockets = [];
  await paced(seconds / 2, many / (seconds / 2), async (index) => {
    if (index % 2 === 0) {
      const client = await open();
      client.socket.pause();
      sockets.push(client.socket);
      return;
    }
    const socket = connect({ host: '127.0.0.1', port }).on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n');
    sockets.push(socket);
  });
  await pause(seconds / 2);
  for (const socket of sockets) socket.resetAndDestroy();
  return sockets.length;
}

async function open() {
  const client = await new Client(port, 3).opened;
  return client;
}

/** Begins an action so many times a second, whether or not those before are done. */
async function paced(seconds, perS, action) {
  const began = performance.now();
  const all = [];
  for (let count = 0; count < seconds * perS;) {
    const due = Math.min(seconds * perS, ((performance.now() - began) / 1000) * perS);
    for (; count < due; count += 1) all.push(action(count));
    await pause(0.002);
  }
  await Promise.allSettled(all);
}

function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** One message of so many bytes, masked with zeros. */
function bigFrame(length) {
  const frame = Buffer.alloc(14 + length, 'x');
  frame.set([0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  frame.writeUInt32BE(length, 6);
  return frame;
}

const many = 1000;
