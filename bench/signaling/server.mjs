// One of the servers: `ours`, or bare `ws`. A room of the bare one is a path.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from '@hellohaybye/core';
import { WebSocketServer } from 'ws';

const kind = process.argv[2];
const port = kind === 'ws' ? await startWs() : await startOurs(kind === 'limited');
process.on('message', async (message) => {
  if (message.do === 'end') process.exit(0);
  if (message.do === 'cpu') {
    const { user, system } = process.cpuUsage();
    return process.send({ cpu: user + system });
  }
  await pause(1000);
  globalThis.gc();
  globalThis.gc();
  process.send({ rss: process.memoryUsage().rss });
});
process.send({ port });

async function startOurs(isLimited) {
  const other = process.env.HHB_BENCH_SIGNALING ?? '@hellohaybye/signaling/server';
  const { startSignalingServer } = await import(other);
  const many = 1_000_000;
  const connections = { connections: many, connectionsPerAddress: many, rooms: many, peopleInRoom: 100 };
  const { port } = await startSignalingServer({
    host: '127.0.0.1',
    port: 0,
    limits: { ...connections, ...(!isLimited && { messagesPerSecond: many, messageBurst: many }) },
    // So that those who never speak, or answer no ping, are cut off while it is measured.
    ...(isLimited && { helloTimeout: seconds(1), keepalive: seconds(1), pingTimeout: seconds(1) }),
  });
  return port;
}

async function startWs() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, backlog: 511 });
  const rooms = new Map();
  server.on('connection', (socket, { url }) => {
    if (!rooms.has(url)) rooms.set(url, new Set());
    const room = rooms.get(url);
    if (url !== '/') room.add(socket);
    socket.on('message', (data) => {
      for (const other of room) if (other !== socket) other.send(data, { binary: false });
      socket.send(done);
    });
    socket.on('close', () => room.delete(socket));
    socket.on('error', () => {});
  });
  await once(server, 'listening');
  return server.address().port;
}

const done = JSON.stringify({ type: 'done', requestId: 1 });
