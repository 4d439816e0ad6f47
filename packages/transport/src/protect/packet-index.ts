import { unwrapNear } from '@hellohaybye/core';

/**
 * The index of a packet, guessed by its sequence number (RFC 3711, section 3.3.1 and appendix A): the one that is
 * nearest to how far its source has come, or the first with that number when the source has not begun.
 */
export function estimateIndex(sequenceNumber: number, reference: number | undefined): number {
  if (reference === undefined) return sequenceNumber;
  const index = unwrapNear(sequenceNumber, reference, 16);
  // Before the first packet of all there is none: a jump ahead.
  return index < 0 ? index + 2 ** 16 : index;
}

/** One after the last index: then the key is used up. */
export const RTP_INDICES = 2 ** 48;
export const RTCP_INDICES = 2 ** 31;
