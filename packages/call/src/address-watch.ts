import { isLoopback } from '@hellohaybye/signaling';
import { localCandidates } from '@hellohaybye/signaling/client';

/**
 * Tells when this machine has other addresses than before: a cable was pulled, another network was entered. The system
 * tells nobody, so it is asked every second.
 */
export function watchAddresses(onChange: () => void): { close(): void } {
  let before = JSON.stringify(localCandidates());
  const timer = setInterval(() => {
    const now = JSON.stringify(localCandidates());
    if (now === before) return;
    before = now;
    onChange();
  }, intervalMs);
  return { close: () => clearInterval(timer) };
}

/** Whether a connection goes out from an address that this machine has no more. */
export const isStranded = ({ localAddress }: { localAddress: string }): boolean =>
  !isLoopback(localAddress) && !localCandidates().some(({ address }) => address === localAddress);

const intervalMs = 1000;
