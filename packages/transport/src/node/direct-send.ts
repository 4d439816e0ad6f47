import type { Socket } from 'node:dgram';

/**
 * Hands a datagram to the system at once, and tells at once how that went.
 * @returns bytes sent plus 1; 0 when the system takes it later, which `completed` then tells; an error number
 *   below 0 (`util.getSystemErrorName`)
 */
export type DirectSend = (data: Uint8Array, port: number, address: string) => number;

/**
 * The call that `socket.send` ends with, without what comes before it. That looks the address up, makes four
 * objects, and tells an error only to a callback, which is one more entry in a queue: a fifth of what a sender
 * of small datagrams spends. It is not public, so it is taken only where Node was just seen to call it in the
 * way that it is called here; otherwise `socket.send` is good enough.
 * @param socket bound
 * @param completed told the error number, or 0, of each datagram that had to wait
 * @returns undefined where this Node calls otherwise
 */
export function directSend(socket: Socket, completed: (error: number) => void): DirectSend | undefined {
  const seen = watchOneCall(socket);
  if (!seen) return undefined;
  const { handle, Request } = seen;
  let request = new Request();
  let list: Uint8Array[] = [nothing];
  return (data, port, address) => {
    list[0] = data;
    const result = handle.send(request, list, 1, port, address, true);
    if (result === 0) {
      // From here on the request is the system's, and keeps the memory. Any other serves again and again.
      request.list = list;
      request.oncomplete = completed;
      request = new Request();
      list = [nothing];
    }
    return result;
  };
}

interface SendRequest {
  list?: Uint8Array[];
  oncomplete?: (error: number) => void;
}

interface Handle {
  send(
    request: SendRequest,
    list: Uint8Array[],
    count: number,
    port: number,
    address: string,
    tellsCompletion: boolean,
  ): number;
}

/** Has the socket send a datagram that goes no further than this function. */
function watchOneCall(socket: Socket): { handle: Handle; Request: new () => SendRequest } | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === 'state symbol',
  );
  const handle =
    symbol && (socket as unknown as Record<symbol, { handle?: Handle } | undefined>)[symbol]?.handle;
  if (!handle || typeof handle.send !== 'function') return undefined;
  const { send } = handle;
  let call: Parameters<Handle['send']> | undefined;
  handle.send = (...given) => {
    call = given;
    return nothing.length + 1;
  };
  const address = socket.address().family === 'IPv6' ? '::1' : '127.0.0.1';
  try {
    socket.send(nothing, PROBE_PORT, address);
  } finally {
    handle.send = send;
  }
  if (call?.length !== 6) return undefined;
  const [request, list, count, port, to, tells] = call as unknown[];
  const asExpected =
    typeof request === 'object' &&
    request?.constructor.name === 'SendWrap' &&
    Array.isArray(list) &&
    list.length === 1 &&
    list[0] === nothing &&
    count === 1 &&
    port === PROBE_PORT &&
    to === address &&
    tells === false;
  return asExpected ? { handle, Request: request.constructor as new () => SendRequest } : undefined;
}

const nothing = new Uint8Array(0);
const PROBE_PORT = 9;
