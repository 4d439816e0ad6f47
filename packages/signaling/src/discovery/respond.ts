import { foldName, type DnsMessage, type DnsRecord } from './dns.js';

/** The answer to a query. */
export interface Response {
  answers: DnsRecord[];
  additionals: DnsRecord[];
  /** Set for who is no mDNS querier, but asks as one asks any DNS server: the answer goes to it alone. */
  legacy?: { id: number; questions: DnsMessage['questions'] };
}

/**
 * Answers a query with those records that it asks for, and adds those that will be asked for next.
 * @param records what is announced on the link that the query came over
 * @param sourcePort the UDP port that it came from; 5353 for who speaks mDNS
 * @returns undefined when nothing is to be said
 */
export function respond(
  query: DnsMessage,
  records: readonly DnsRecord[],
  sourcePort: number,
): Response | undefined {
  const legacy = sourcePort !== mdnsPort;
  const asked = records.filter((record) =>
    query.questions.some(({ name, type }) => {
      return (type === record.type || type === 'ANY') && foldName(name) === foldName(record.name);
    }),
  );
  const answers = legacy ? asked : asked.filter((record) => !isKnown(record, query));
  if (answers.length === 0) return undefined;
  const additionals = records.filter(
    (record) => !answers.includes(record) && answers.some((answer) => leadsTo(answer, record, records)),
  );
  if (!legacy) return { answers, additionals };
  return {
    answers: answers.map(forLegacy),
    additionals: additionals.map(forLegacy),
    legacy: { id: query.id ?? 0, questions: query.questions },
  };
}

/** Whether who asks has said that it knows the record, and for at least half of its time (RFC 6762, section 7.1). */
function isKnown(record: DnsRecord, { answers }: DnsMessage): boolean {
  return (answers as readonly { name: string; type: string; ttl?: unknown; data?: unknown }[]).some(
    ({ name, type, ttl, data }) =>
      type === record.type &&
      typeof ttl === 'number' &&
      ttl * 2 >= record.ttl &&
      foldName(name) === foldName(record.name) &&
      typeof data === 'string' &&
      data === record.data,
  );
}

/** Whether who gets a record will want another (RFC 6763, section 12). */
function leadsTo(from: DnsRecord, to: DnsRecord, records: readonly DnsRecord[]): boolean {
  if (from.type === 'SRV') return to.name === from.data.target;
  if (from.type !== 'PTR') return false;
  if (to.name === from.data) return to.type === 'SRV' || to.type === 'TXT';
  const service = records.find((record) => record.type === 'SRV' && record.name === from.data);
  return service !== undefined && leadsTo(service, to, records);
}

/** RFC 6762, section 6.7: a short time to live, and no cache-flush bit. */
const forLegacy = (record: DnsRecord): DnsRecord => ({
  ...record,
  ttl: Math.min(record.ttl, 10),
  flush: false,
});

/** The UDP port of mDNS. */
export const mdnsPort = 5353;
