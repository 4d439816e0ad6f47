import type { Candidate } from '@hellohaybye/signaling';
import { localCandidates } from '@hellohaybye/signaling/client';

/** Where a server in this process listens, to be reached from every network: by IPv6, where this machine has it, and IPv4. */
export const everyNetwork = (own: readonly Candidate[] = localCandidates()): '0.0.0.0' | '::' =>
  own.some(({ family }) => family === 6) ? '::' : '0.0.0.0';
