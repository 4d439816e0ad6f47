/** The resource records that DNS-SD is made of (RFC 6763), as `dns-packet` has them. */
export type DnsRecord =
  | RecordOf<'PTR', string>
  | RecordOf<'SRV', { target: string; port: number }>
  | RecordOf<'TXT', readonly (string | Uint8Array)[]>
  | RecordOf<'A' | 'AAAA', string>;

interface RecordOf<Type extends string, Data> {
  type: Type;
  name: string;
  /** Seconds; 0 takes the record back. */
  ttl: number;
  /** Whether it replaces what was known by that name and type (RFC 6762, section 10.2). */
  flush?: boolean;
  data: Data;
}

/** A question for records. `ANY` asks for all types. */
export interface DnsQuestion {
  name: string;
  type: string;
}

/** A message as it came in. It is somebody else's: records of any type may be in it. */
export interface DnsMessage {
  id?: number | undefined;
  questions: readonly DnsQuestion[];
  answers: readonly { name: string; type: string }[];
  additionals: readonly { name: string; type: string }[];
}

/** Names are compared without regard to case (RFC 6762, section 16); only that of ASCII letters counts. */
export const foldName = (name: string): string =>
  name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()).replace(/\.$/, '');

/** Those records of a message that DNS-SD is made of, as far as they are well-formed. */
export function readRecords(records: DnsMessage['answers']): DnsRecord[] {
  return (records as readonly Loose[]).flatMap((record) => {
    const { name, type, ttl, data, flush } = record;
    if (typeof name !== 'string' || typeof ttl !== 'number' || !isData(type, data)) return [];
    return [{ name, type, ttl, data, flush: flush === true } as DnsRecord];
  });
}

type Loose = { [Key in 'name' | 'type' | 'ttl' | 'data' | 'flush']?: unknown };

function isData(type: unknown, data: unknown): boolean {
  switch (type) {
    case 'PTR':
    case 'A':
    case 'AAAA':
      return typeof data === 'string';
    case 'SRV': {
      const { target, port } = (data ?? {}) as { target?: unknown; port?: unknown };
      return typeof target === 'string' && typeof port === 'number' && port > 0 && port < 65_536;
    }
    case 'TXT':
      return (
        Array.isArray(data) && data.every((part) => part instanceof Uint8Array || typeof part === 'string')
      );
    default:
      return false;
  }
}
