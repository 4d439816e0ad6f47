import { pino, type Logger } from 'pino';
import type { Settings } from './settings.js';

/** The server's log on stdout: a JSON object a line, or one readable line each when a person looks on. */
export function createLogger({ logLevel, json }: Pick<Settings, 'logLevel' | 'json'>): Logger {
  const readable = process.stdout.isTTY === true && !json;
  const write = (line: string) => process.stdout.write(readable ? readableLine(line) : line);
  return pino(
    {
      level: logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    { write },
  );
}

/** A line of the JSON log as people read it: `19:02:11 info  listening  host=0.0.0.0 port=5000`. */
export function readableLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const instant = new Date(String(time));
  const clock = [instant.getHours(), instant.getMinutes(), instant.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${readableValue(value)}`);
  return `${[`${clock} ${String(level).padEnd(5)} ${String(msg)}`, ...rest].join('  ')}\n`;
}

const readableValue = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"=\p{C}]+$/u.test(value) ? value : shown(JSON.stringify(value));

/** JSON leaves what no terminal should get to see: C1 controls, and characters that turn the direction of text round. */
const shown = (json: string | undefined): string =>
  (json ?? '').replace(/\p{C}/gu, (char) =>
    Array.from(
      { length: char.length },
      (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
