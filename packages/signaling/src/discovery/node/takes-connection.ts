import { connect } from 'node:net';

/**
 * Whether a machine takes a TCP connection at a server's address. It does for a process that is too busy to answer;
 * a machine that is gone does not, nor one whose process has ended.
 * @param url of the server
 * @param timeoutMs milliseconds that it may take
 */
export function takesConnection(url: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted || !URL.canParse(url)) return resolve(false);
    const { hostname, port, protocol } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(port) || (protocol === 'wss:' ? 443 : 80) });
    const end = (takes: boolean) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(takes);
    };
    const onAbort = () => end(false);
    const timer = setTimeout(onAbort, timeoutMs);
    signal?.addEventListener('abort', onAbort);
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}
