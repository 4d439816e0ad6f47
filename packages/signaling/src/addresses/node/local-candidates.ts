import { networkInterfaces } from 'node:os';
import type { Candidate } from '../../protocol/types.js';
import { orderCandidates } from '../order-candidates.js';

/** This machine's addresses as they are now, best first: see `orderCandidates`. */
export function localCandidates(): Candidate[] {
  const addresses = Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
    list.map(({ address, cidr }) => ({ name, address, ...prefixOf(cidr) })),
  );
  return orderCandidates(addresses);
}

function prefixOf(cidr: string | null): { prefix?: number } {
  const prefix = Number(cidr?.split('/')[1] ?? NaN);
  return Number.isInteger(prefix) ? { prefix } : {};
}
