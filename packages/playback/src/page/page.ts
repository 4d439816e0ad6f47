import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HhbError, messageOf } from '@hellohaybye/core';
import { WebSocketServer, type WebSocket } from 'ws';
import { hostIsOurs, originIsOurs, securityHeaders } from './access.js';
import { loadAssets, type Asset } from './assets.js';
import { Viewer } from './viewer.js';
import { CALL_ENDED, KEY_BYTES, SOCKET_PATH, type ParticipantView, type ServerMessage } from './wire.js';

export type { ParticipantView } from './wire.js';

export interface PageOptions {
  /** The TCP port. Default 0: any free one. */
  port?: number;
  /** The heading, such as the room's name. Default `HelloHayBye`. */
  title?: string;
}

/** A page with a tile for each participant, for browsers on this machine. */
export interface Page {
  /** Where to open it. */
  readonly url: string;
  /** Browser windows that show it now. */
  readonly viewers: number;
  /** Pictures that viewers were not sent because a newer one was there before they could take it. */
  readonly skipped: number;
  /** Adds a participant, or replaces their state. */
  setParticipant(id: string, state: ParticipantView): void;
  /** Takes a participant's tile away. */
  removeParticipant(id: string): void;
  /** Shows a picture of a participant; of one that is unknown it is ignored. The bytes are copied. */
  showFrame(id: string, jpeg: Uint8Array): void;
  /** Tells the viewers that the call is over, and stops serving. */
  close(): Promise<void>;
}

/** Windows that may be open at once. */
const MOST_VIEWERS = 16;

/**
 * Serves the page, on 127.0.0.1 only. Requests with a foreign Host and sockets with a foreign Origin are refused.
 * @throws HhbError `port-in-use`, `page-failed`
 */
export async function openPage(options: PageOptions = {}): Promise<Page> {
  const assets = await loadAssets().catch((error: unknown) => {
    throw new HhbError('page-failed', `The page's files can't be read: ${messageOf(error)}`, {
      cause: error,
    });
  });
  let port = 0;
  const server = createServer((request, response) => answer(request, response, assets, port));
  port = await listen(server, options.port ?? 0);
  return new PageServer(server, port, options.title ?? 'HelloHayBye');
}

interface Participant {
  key: number;
  message: string;
  picture?: Uint8Array;
}

class PageServer implements Page {
  readonly url: string;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false });
  readonly #viewers = new Set<Viewer>();
  readonly #participants = new Map<string, Participant>();
  #lastKey = 0;
  #skippedBefore = 0;

  constructor(
    private readonly server: Server,
    port: number,
    private readonly title: string,
  ) {
    this.url = `http://127.0.0.1:${port}/`;
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => {});
      const path = pathOf(request);
      if (path !== SOCKET_PATH || !hostIsOurs(request, port) || !originIsOurs(request, port)) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      } else if (this.#viewers.size >= MOST_VIEWERS) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      } else this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#welcome(webSocket));
    });
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  get skipped(): number {
    return [...this.#viewers].reduce((sum, viewer) => sum + viewer.skipped, this.#skippedBefore);
  }

  setParticipant(id: string, state: ParticipantView): void {
    let participant = this.#participants.get(id);
    const key = participant?.key ?? ++this.#lastKey;
    const message = messageText({ type: 'participant', key, participant: state });
    if (!participant) this.#participants.set(id, (participant = { key, message }));
    else if (participant.message === message) return;
    participant.message = message;
    for (const viewer of this.#viewers) viewer.update(key, message);
  }

  removeParticipant(id: string): void {
    const participant = this.#participants.get(id);
    if (!participant) return;
    this.#participants.delete(id);
    const { key } = participant;
    for (const viewer of this.#viewers) viewer.left(key, messageText({ type: 'left', key }));
  }

  showFrame(id: string, jpeg: Uint8Array): void {
    const participant = this.#participants.get(id);
    if (!participant) return;
    const picture = new Uint8Array(KEY_BYTES + jpeg.length);
    new DataView(picture.buffer).setUint32(0, participant.key);
    picture.set(jpeg, KEY_BYTES);
    participant.picture = picture;
    for (const viewer of this.#viewers) viewer.show(participant.key, picture);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.#sockets.clients) socket.close(CALL_ENDED, 'The call is over');
    // A browser that does not answer the close is not waited for.
    const timer = setTimeout(() => {
      for (const socket of this.#sockets.clients) socket.terminate();
      this.server.closeAllConnections();
    }, 200);
    this.server.closeIdleConnections();
    await closed;
    clearTimeout(timer);
  }

  #welcome(socket: WebSocket): void {
    const viewer = new Viewer(socket);
    this.#viewers.add(viewer);
    socket.on('error', () => {}); // a close follows
    socket.on('close', () => {
      this.#viewers.delete(viewer);
      this.#skippedBefore += viewer.skipped;
    });
    viewer.tell(messageText({ type: 'hello', title: this.title }));
    for (const { key, message, picture } of this.#participants.values()) {
      viewer.update(key, message);
      if (picture) viewer.show(key, picture);
    }
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  assets: Map<string, Asset>,
  port: number,
): void {
  const refuse = (status: number, text: string) =>
    response.writeHead(status, { ...securityHeaders(port), 'Content-Type': 'text/plain' }).end(text);
  if (!hostIsOurs(request, port)) return void refuse(403, 'Not this host');
  if (request.method !== 'GET' && request.method !== 'HEAD') return void refuse(405, 'Only GET');
  const asset = assets.get(pathOf(request));
  if (!asset) return void refuse(404, 'Not found');
  const headers = { 'Content-Type': asset.type, 'Content-Length': asset.body.length };
  response.writeHead(200, { ...securityHeaders(port), ...headers });
  response.end(request.method === 'HEAD' ? undefined : asset.body);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const message = taken
        ? `Port ${port} of 127.0.0.1 is in use`
        : `The page can't be served: ${error.message}`;
      reject(new HhbError(taken ? 'port-in-use' : 'page-failed', message, { cause: error }));
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** The path as it was asked for: nothing is parsed that could fail. */
const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0]!;

const messageText = (message: ServerMessage): string => JSON.stringify(message);
