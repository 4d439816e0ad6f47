// What clients do to a server: connect, stay idle, or tell the others in their room of a change.
import { percentile } from '@hellohaybye/core';
import { Client, frameOf } from './client.mjs';

const [kind, port] = [process.argv[2], Number(process.argv[3])];
const isOurs = kind !== 'ws';
const rooms = [];
const held = [];
let last = 0;
let requestId = 10;

const actions = {
  enter,
  relay: ({ seconds }) => relay(seconds),
  pace: ({ seconds, perS }) => pace(seconds, perS),
  connect: ({ count, isHello }) => measureConnect(count, isHello),
  hold: async ({ count }) => {
    await inParallel(count, async () => held.push(await open(true)));
    return {};
  },
};
process.on('message', (message) => {
  if (message.do === 'end') process.exit(0);
  actions[message.do](message).then(
    (answer) => process.send(answer),
    (error) => process.send({ error: error.message }),
  );
});

async function open(isHello, path) {
  last += 1;
  const client = await new Client(port, last, path).opened;
  if (isHello) await client.ask({ type: 'hello', requestId: 0, version: 1, name: `client ${last}` });
  return client;
}

async function measureConnect(count, isHello) {
  const clients = [];
  const before = performance.now();
  await inParallel(count, async () => clients.push(await open(isHello)));
  const perS = (count / (performance.now() - before)) * 1000;
  for (const { socket } of clients) socket.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { perS };
}

async function enter({ rooms: count, people }) {
  for (let index = 0; index < count; index += 1) {
    const room = { clients: [], missing: 0, sentAt: 0, sender: 0, messages: undefined };
    for (let one = 0; one < people; one += 1) {
      const client = await open(isOurs, `/${index}`);
      if (isOurs) await client.ask({ type: 'join', requestId: 1, room: `room ${index}`, media });
      room.clients.push(client);
    }
    rooms.push(room);
  }
  return {};
}

/** Keeps so many changes underway in different rooms, one a room, and takes the time until each was told. */
function relay(seconds) {
  const latencies = [];
  const idle = [...rooms];
  let underway = 0;
  let bytes = 0;
  const began = performance.now();
  const end = began + seconds * 1000;
  return new Promise((resolve) => {
    const next = () => {
      const now = performance.now();
      if (now >= end) {
        if (underway > 0) return;
        const relayedPerS = (latencies.length / (now - began)) * 1000;
        resolve({
          count: latencies.length,
          relayedPerS,
          bytesEach: bytes / latencies.length,
          p99Ms: percentile(Float64Array.from(latencies).sort(), 0.99),
        });
        return;
      }
      while (underway < window && idle.length > 0) {
        underway += 1;
        change(idle.shift());
      }
    };
    for (const room of rooms) {
      room.clients.forEach((client, index) => {
        client.onText = (length) => {
          bytes += length;
          if (index !== room.sender) latencies.push(performance.now() - room.sentAt);
          room.missing -= 1;
          if (room.missing > 0) return;
          underway -= 1;
          idle.push(room);
          next();
        };
      });
    }
    next();
  });
}

/** So many changes a second, each in another room, and the time until each was told. */
function pace(seconds, perS) {
  const latencies = [];
  const idle = [...rooms];
  for (const room of rooms) {
    room.clients.forEach((client, index) => {
      client.onText = () => {
        if (index !== room.sender) latencies.push(performance.now() - room.sentAt);
        room.missing -= 1;
        if (room.missing === 0) idle.push(room);
      };
    });
  }
  const began = performance.now();
  let count = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const now = performance.now();
      if (now - began < seconds * 1000) {
        for (; count < ((now - began) / 1000) * perS && idle.length > 0; count += 1) change(idle.shift());
      } else if (idle.length === rooms.length) {
        clearInterval(timer);
        resolve({ count: latencies.length, p99Ms: percentile(Float64Array.from(latencies).sort(), 0.99) });
      }
    }, 2);
  });
}

/** One of a room tells the others of a change: each of them hears it, and the sender that it is done. */
function change(room) {
  room.missing = room.clients.length;
  room.sender = (room.sender + 1) % room.clients.length;
  requestId += 1;
  room.sentAt = performance.now();
  room.clients[room.sender].socket.write(isOurs ? update(requestId) : news);
}

async function inParallel(count, action) {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await action();
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
}

const window = 64;
const media = {
  candidates: [{ address: '127.0.0.1', family: 4 }],
  ports: { video: 5001, audio: 5002 },
  streams: [
    {
      id: 'video',
      channel: 'video',
      ssrc: 1,
      formats: [{ payloadType: 26, format: 'jpeg', clockRate: 90_000 }],
    },
  ],
};
const update = (requestId) =>
  frameOf({
    type: 'update',
    requestId,
    state: { muted: requestId % 2 === 0, cameraOff: requestId % 3 === 0 },
  });
/** As long as what ours makes of an update. */
const news = frameOf({
  type: 'participant-updated',
  participant: {
    ...{ id: '0123456789abcdef', instance: '0123456789abcdef', name: 'client 1234' },
    ...{ observedAddress: '127.0.0.1', media, state: { muted: true, cameraOff: false } },
  },
});
