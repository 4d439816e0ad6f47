import { isLoopback } from '@hellohaybye/signaling';
import { isOwnAddress, localZones, offeredCandidates } from '@hellohaybye/signaling/client';

/**
 * Tells when this machine has other addresses than before: a cable was pulled, another network was entered. The system
 * tells nobody, so it is asked every second.
 */
export function watchAddresses(onChange: () => void): { close(): void } {
  const look = () => JSON.stringify([offeredCandidates(), localZones()]);
  let before = look();
  const timer = setInterval(() => {
    const now = look();
    if (now === before) return;
    before = now;
    onChange();
  }, intervalMs);
  return { close: () => clearInterval(timer) };
}

/** Whether a connection goes out from an address that this machine has no more. */
export const isStranded = ({ localAddress }: { localAddress: string }): boolean =>
  !isLoopback(localAddress) && !isOwnAddress(localAddress);

const intervalMs = 1000;
