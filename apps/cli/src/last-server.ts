import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isLoopback, readZonedHost, shownUrl } from '@hellohaybye/signaling';
import envPaths from 'env-paths';

/** Where the last server is remembered: the folder for state on Linux, that for data elsewhere. */
export function lastServerFile(): string {
  const { log, data } = envPaths('hellohaybye', { suffix: '' });
  // env-paths has no word for state; on Linux logs are kept there.
  return join(process.platform === 'linux' ? log : data, 'last-server.json');
}

/** The server that was used last; undefined when none is remembered, or the file is broken. */
export function lastServer(file = lastServerFile()): string | undefined {
  try {
    const { server } = JSON.parse(readFileSync(file, 'utf8')) as { server?: unknown };
    return typeof server === 'string' && isWorthwhile(server) ? server : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Remembers a server, without an access token that may stand in its url, for the next time, unless it is on this machine, where it is found anyway. When that is
 * not possible, nothing is lost but the memory.
 */
export function rememberServer(server: string, file = lastServerFile()): void {
  if (!isWorthwhile(server)) return;
  const shown = shownUrl(server);
  try {
    mkdirSync(dirname(file), { recursive: true });
    // Another process may do the same: the file is whole at every moment.
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify({ server: shown })}\n`);
    renameSync(temporary, file);
  } catch {
    // A read-only home, for example.
  }
}

function isWorthwhile(server: string): boolean {
  if (!URL.canParse(server)) return false;
  const { protocol, hostname } = new URL(server);
  const isLocal = hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
  // The number of an interface is another one after the next start.
  if (readZonedHost(hostname)) return false;
  return (protocol === 'ws:' || protocol === 'wss:') && !isLocal;
}
