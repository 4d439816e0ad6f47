import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sendFrame, textFrame } from './frame.js';

let server: WebSocketServer;
let client: WebSocket;
let socket: WebSocket;
beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
  [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [[WebSocket], []];
});
afterEach(() => {
  client.terminate();
  server.close();
});

const received = async () => ((await once(client, 'message')) as [Buffer])[0].toString();

// Lengths around those at which the header grows.
it.each([0, 125, 126, 65_535, 65_536])('a frame of %i bytes is read by ws as it was', async (length) => {
  const text = 'x'.repeat(length);
  const message = received();
  sendFrame(socket, textFrame(text));
  expect(await message).toBe(text);
});

it.each([3, 300, 70_000])('without what ws has inside, %i bytes are sent the usual way', async (length) => {
  const text = 'é'.repeat(length);
  const message = received();
  const plain = { readyState: socket.readyState, OPEN: socket.OPEN, send: socket.send.bind(socket) };
  sendFrame(plain as unknown as WebSocket, textFrame(text));
  expect(await message).toBe(text);
});
