// WebSocket over TCP: a frame is a message. Nothing gets lost here, so TCP shows its best side.
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';

export async function receive(_, whole) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  server.on('connection', (socket) => socket.on('message', whole));
  return {
    at: server.address().port,
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

export async function send({ at }) {
  const socket = new WebSocket(`ws://127.0.0.1:${at}`, { perMessageDeflate: false });
  await once(socket, 'open');
  return {
    /** Waits only where much is waiting already: TCP takes no more than it gets rid of. */
    send(data) {
      socket.send(data);
      if (socket.bufferedAmount > 4 << 20)
        return new Promise((resolve) => socket._socket.once('drain', resolve));
    },
    close: () => socket.terminate(),
  };
}
