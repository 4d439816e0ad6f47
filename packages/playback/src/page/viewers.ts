import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { hostIsOurs, originIsOurs, pathOf, tokenOf } from './access.js';
import { Viewer, type Slot } from './viewer.js';
import { CALL_ENDED, KEY_BYTES, LONGEST_MESSAGE, SOCKET_PATH, type ServerMessage } from './wire.js';

/** Windows that may be open at once. */
const MOST_VIEWERS = 16;

/** Where the page is, and what opens it. */
export interface Door {
  server: Server;
  port: number;
  /** Whether a token lets a window in. @returns what the window is told first, besides the greeting; undefined: no */
  admit: (token: string) => ServerMessage[] | undefined;
}

/** All browser windows, and what each that comes is to be told. */
export class Viewers {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LONGEST_MESSAGE,
    perMessageDeflate: false,
  });
  readonly #viewers = new Set<Viewer>();
  readonly #states = new Map<Slot, string>();
  readonly #pictures = new Map<number, Uint8Array>();
  #skippedBefore = 0;

  /**
   * @param greeting what is said first to who comes
   * @param said called with every text that a viewer sends; undefined for what can't be one
   */
  constructor(
    private readonly door: Door,
    private readonly greeting: ServerMessage,
    private readonly said: (text: string | undefined) => void,
  ) {
    door.server.on('upgrade', (request, socket, head) => this.#knock(request, socket, head));
  }

  get size(): number {
    return this.#viewers.size;
  }

  /** Pictures that were never sent because a newer one came. */
  get skipped(): number {
    return [...this.#viewers].reduce((sum, viewer) => sum + viewer.skipped, this.#skippedBefore);
  }

  /** How something stands: told to all, and to who comes later, until it is ended. */
  set(slot: Slot, message: ServerMessage): void {
    const text = JSON.stringify(message);
    if (this.#states.get(slot) === text) return;
    this.#states.set(slot, text);
    for (const viewer of this.#viewers) viewer.update(slot, text);
  }

  /** Something is over: told to all, and not to who comes later. */
  end(slot: Slot, message?: ServerMessage): void {
    this.#states.delete(slot);
    if (typeof slot === 'number') this.#pictures.delete(slot);
    if (!message) return;
    const text = JSON.stringify(message);
    for (const viewer of this.#viewers) viewer.end(slot, text);
  }

  /** Something that is told once, to who is here. */
  tell(message: ServerMessage): void {
    const text = JSON.stringify(message);
    for (const viewer of this.#viewers) viewer.tell(text);
  }

  /** A picture of a participant. The bytes are copied. */
  show(key: number, jpeg: Uint8Array): void {
    const picture = new Uint8Array(KEY_BYTES + jpeg.length);
    new DataView(picture.buffer).setUint32(0, key);
    picture.set(jpeg, KEY_BYTES);
    this.#pictures.set(key, picture);
    for (const viewer of this.#viewers) viewer.show(key, picture);
  }

  /** Tells everybody that the call is over, and lets nobody in any more. */
  async close(): Promise<void> {
    const { server } = this.door;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets.clients) socket.close(CALL_ENDED, 'The call is over');
    // A browser that does not answer the close is not waited for.
    const timer = setTimeout(() => {
      for (const socket of this.#sockets.clients) socket.terminate();
      server.closeAllConnections();
    }, 200);
    server.closeIdleConnections();
    await closed;
    clearTimeout(timer);
  }

  #knock(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { port, admit } = this.door;
    socket.on('error', () => {});
    const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    const fromPage =
      pathOf(request) === SOCKET_PATH && hostIsOurs(request, port) && originIsOurs(request, port);
    if (!fromPage) return void refuse('403 Forbidden');
    // Before the token is looked at: it is not used up by a window that is one too many.
    if (this.#viewers.size >= MOST_VIEWERS) return void refuse('503 Service Unavailable');
    const first = admit(tokenOf(request));
    if (!first) return void refuse('403 Forbidden');
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#welcome(webSocket, first));
  }

  #welcome(socket: WebSocket, first: readonly ServerMessage[]): void {
    const viewer = new Viewer(socket, this.said);
    this.#viewers.add(viewer);
    socket.on('error', () => {}); // a close follows
    socket.on('close', () => {
      this.#viewers.delete(viewer);
      this.#skippedBefore += viewer.skipped;
    });
    for (const message of [...first, this.greeting]) viewer.tell(JSON.stringify(message));
    for (const [slot, text] of this.#states) {
      viewer.update(slot, text);
      const picture = typeof slot === 'number' ? this.#pictures.get(slot) : undefined;
      if (picture) viewer.show(slot as number, picture);
    }
  }
}
