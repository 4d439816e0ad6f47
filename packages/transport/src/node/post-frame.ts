import type { Transferable } from 'node:worker_threads';
import type { OutgoingFrame } from '../endpoint/types.js';

interface Port {
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/**
 * Posts a frame to another thread, handing its memory over where that is possible: where it is not part of a
 * larger piece, as small Buffers of Node are, and its owner allows it.
 */
export function postFrame(port: Port, frame: OutgoingFrame): void {
  const { data } = frame;
  const { buffer } = data;
  if (buffer instanceof ArrayBuffer && data.byteLength === buffer.byteLength) {
    try {
      return port.postMessage(frame, [buffer]);
    } catch {
      // Memory that belongs to an addon can't be handed over: a copy can.
    }
  }
  const copy = new Uint8Array(data);
  port.postMessage({ ...frame, data: copy }, [copy.buffer]);
}
