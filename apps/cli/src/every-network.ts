import { isLoopback, type Candidate } from '@hellohaybye/signaling';
import { localCandidates } from '@hellohaybye/signaling/client';

/**
 * Where a server in this process listens, to be reached from every network: at all IPv4 addresses, and where this machine
 * has none for others, at those of IPv6, too.
 */
export function everyNetwork(own: readonly Candidate[] = localCandidates()): '0.0.0.0' | '::' {
  const families = own.filter(({ address }) => !isLoopback(address)).map(({ family }) => family);
  return families.includes(6) && !families.includes(4) ? '::' : '0.0.0.0';
}
