import type { Transferable } from 'node:worker_threads';

interface Port {
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/**
 * Posts a message with a frame in it to another thread, handing its memory over where that is possible:
 * where it is not part of a larger piece, as small Buffers of Node are, and its owner allows it.
 */
export function postFrame(port: Port, data: Uint8Array, message: (data: Uint8Array) => unknown): void {
  const { buffer } = data;
  if (buffer instanceof ArrayBuffer && data.byteLength === buffer.byteLength) {
    try {
      return port.postMessage(message(data), [buffer]);
    } catch {
      // Memory that belongs to an addon can't be handed over: a copy can.
    }
  }
  const copy = new Uint8Array(data);
  port.postMessage(message(copy), [copy.buffer]);
}
