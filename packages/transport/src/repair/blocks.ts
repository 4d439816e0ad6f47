/** A run of a frame's source packets that is repaired by itself. */
export interface BlockRange {
  /** Index of its first packet within the frame. */
  start: number;
  count: number;
}

/**
 * Most source packets in a block: of the 255 symbols then at least as many are repair symbols, enough to restore
 * a block that was lost as a whole. A frame of 140 kB is still one block.
 */
export const MAX_BLOCK_PACKETS = 127;

/**
 * Cuts a frame into as few blocks as possible, of sizes that differ by one at most, the larger ones first
 * (RFC 5052, section 9.1).
 */
export function partition(packets: number): BlockRange[] {
  const blocks = Math.max(1, Math.ceil(packets / MAX_BLOCK_PACKETS));
  const small = Math.floor(packets / blocks);
  const large = packets - small * blocks;
  const ranges: BlockRange[] = [];
  let start = 0;
  for (let index = 0; index < blocks; index += 1) {
    const count = small + (index < large ? 1 : 0);
    ranges.push({ start, count });
    start += count;
  }
  return ranges;
}
