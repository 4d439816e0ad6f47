import { WebSocket, type RawData } from 'ws';
import type { LeaveReason } from '../protocol/types.js';
import type { TokenBucket } from './policy/token-bucket.js';

/** Who is told what happens to a socket. */
export interface PeerHandler {
  received(socket: PeerSocket, data: RawData, isBinary: boolean): void;
  ponged(socket: PeerSocket): void;
  /** A close frame is about to be sent: what is still to be said has to be said before. */
  closing(): void;
  /** The client broke the WebSocket protocol, or the line broke; `closed` follows. */
  broken(socket: PeerSocket, error: Error): void;
  closed(socket: PeerSocket, code: number): void;
}

/**
 * A client's WebSocket with what the server knows of it. All in one object and without functions of its own, as
 * there are many thousands of them.
 */
export class PeerSocket extends WebSocket {
  handler: PeerHandler | undefined = undefined;
  /** By which the room machine knows it. */
  number = 0;
  address = '';
  /** The participant's, once it has said hello. */
  id: string | undefined = undefined;
  /** When something came in last: a message or a pong. */
  heardAt = 0;
  /** What it may still send. */
  messages: TokenBucket | undefined = undefined;
  /** What it may still send after it has sent too much, before it is cut off. */
  excess: TokenBucket | undefined = undefined;
  /** Why it is being cut off, when it is us who do it. */
  leaving: LeaveReason | undefined = undefined;

  /** By ws itself, too, when the client has begun to close. */
  override close(code?: number, reason?: string | Buffer): void {
    this.handler?.closing();
    super.close(code, reason);
  }

  /** Tells the handler from now on. */
  attach(handler: PeerHandler): void {
    this.handler = handler;
    this.on('message', onMessage).on('pong', onPong).on('error', onError).on('close', onClose);
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  const socket = this as PeerSocket;
  socket.handler?.received(socket, data, isBinary);
}

function onPong(this: WebSocket): void {
  const socket = this as PeerSocket;
  socket.handler?.ponged(socket);
}

function onError(this: WebSocket, error: Error): void {
  const socket = this as PeerSocket;
  socket.handler?.broken(socket, error);
}

function onClose(this: WebSocket, code: number): void {
  const socket = this as PeerSocket;
  socket.handler?.closed(socket, code);
}
