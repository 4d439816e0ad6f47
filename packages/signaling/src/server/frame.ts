import type { WebSocket } from 'ws';

/**
 * A text message as one WebSocket frame (RFC 6455, section 5.2): final, not masked, as servers send it. It is made
 * once and written to as many sockets as there are listeners.
 */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = 0x81;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, header);
  return frame;
}

/** Sends several frames with one write. */
export function sendFrames(socket: WebSocket, frames: readonly Buffer[]): void {
  const { _socket: stream } = socket as unknown as { _socket?: { cork?(): void; uncork?(): void } };
  stream?.cork?.();
  for (const frame of frames) sendFrame(socket, frame);
  stream?.uncork?.();
}

/**
 * Sends a frame that was made by `textFrame`. ws has no public way to send one frame to many, so what it calls itself
 * is called here. Where that isn't there any more, the text is sent the usual way.
 */
export function sendFrame(socket: WebSocket, frame: Buffer): void {
  if (socket.readyState !== socket.OPEN) return;
  const sender = (socket as unknown as { _sender?: { sendFrame?: (parts: Buffer[]) => void } })._sender;
  if (typeof sender?.sendFrame === 'function') return sender.sendFrame([frame]);
  const length = frame[1]!;
  socket.send(frame.subarray(length < 126 ? 2 : length === 126 ? 4 : 10), { binary: false });
}
