import { get } from 'node:http';

/**
 * Whether a signaling server answers at an address: `GET /healthz`.
 * @param url `ws://host:port`
 * @param timeoutMs milliseconds that it may take
 */
export function probeServer(url: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const target = `${url.replace(/^ws/, 'http').replace(/\/$/, '')}/healthz`;
    const request = get(target, { agent: false, ...(signal && { signal }) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
        if (body.length > longestAnswer) request.destroy();
      });
      response.on('end', () => end(response.statusCode === 200 && isOurs(body)));
      response.on('error', () => end(false));
    });
    // One timer for all of it: a server that answers byte by byte does not keep anybody waiting.
    const timer = setTimeout(() => end(false), timeoutMs);
    const end = (answers: boolean) => {
      clearTimeout(timer);
      resolve(answers);
      request.destroy();
    };
    request.on('error', () => end(false));
    request.on('close', () => end(false));
  });
}

function isOurs(body: string): boolean {
  try {
    return (JSON.parse(body) as { status?: unknown } | null)?.status === 'ok';
  } catch {
    return false;
  }
}

/** Characters. */
const longestAnswer = 16_384;
