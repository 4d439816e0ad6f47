import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

type Message = Record<string, unknown> & { type: string; requestId?: number };

/** What a hostile server says, given what the client said of itself. */
export type Say = (send: (message: object | string) => void, socket: WebSocket, self: Participant) => void;
export interface Participant {
  id: string;
  instance: string;
  name: string;
  observedAddress: string;
  media: unknown;
  state: object;
}

/**
 * A signaling server that says whatever it likes once a client has come in, or has called somebody.
 * @returns its url and what closes it
 */
export async function startHostileServer(say: Say): Promise<{ url: string; close(): void }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    const send = (message: object | string) =>
      socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    const self = {
      id: 'me',
      instance: 'mine',
      name: 'anna',
      observedAddress: '127.0.0.1',
      media: {},
      state: {},
    };
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const { type, requestId, media } = JSON.parse(data.toString()) as Message;
      self.media = media ?? self.media;
      if (type === 'hello') {
        const welcome = { type: 'welcome', requestId, version: 1, id: self.id };
        send({ ...welcome, keepaliveMs: 60_000, instance: self.instance, token: 'a'.repeat(22) });
      } else if (type === 'join') {
        send({ type: 'room', requestId, room: 'lobby', call: false, self, participants: [] });
        say(send, socket, self);
      } else if (type === 'invite') {
        const to = { id: 'ben', instance: 'ben', name: 'ben' };
        const from = { id: self.id, instance: self.instance, name: self.name };
        const invitation = { id: 'i1', from, to, ringing: false, remainingMs: 30_000 };
        send({ type: 'room', room: 'call', call: true, self, participants: [] });
        send({ type: 'invited', requestId, invitations: [invitation] });
        say(send, socket, self);
      } else send({ type: 'done', requestId });
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    close() {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}
