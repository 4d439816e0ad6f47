import type { Candidate } from '@hellohaybye/signaling';
import { localCandidates } from '@hellohaybye/signaling/client';

/**
 * Tells when this machine has other addresses than before: a cable was pulled, another network was entered. The system
 * tells nobody, so it is asked every second.
 */
export function watchAddresses(onChange: (candidates: Candidate[]) => void): { close(): void } {
  let before = JSON.stringify(localCandidates());
  const timer = setInterval(() => {
    const candidates = localCandidates();
    const now = JSON.stringify(candidates);
    if (now === before) return;
    before = now;
    onChange(candidates);
  }, intervalMs);
  return { close: () => clearInterval(timer) };
}

const intervalMs = 1000;
