import type { ReceivedRepairStatistics } from '../repair/repair.js';
import type { FrameJoiner } from './frame-joiner.js';
import type { Reception } from './reception.js';
import type { IncomingStatistics } from './types.js';

/** What a stream counts by itself. */
type Counts = Pick<
  IncomingStatistics,
  | 'frames'
  | 'packets'
  | 'bytes'
  | 'givenUp'
  | 'late'
  | 'latePackets'
  | 'duplicates'
  | 'restarts'
  | 'addressChanges'
>;

/** What the counts of a stream, its frames, its packets and their repair say together. */
export function incomingCounts(
  counts: Counts,
  joiner: FrameJoiner,
  reception: Reception,
  repair: ReceivedRepairStatistics,
): Omit<IncomingStatistics, 'peer' | 'stream' | 'ssrc' | 'cname' | 'jitter'> {
  // Packets that were sent again as they were count as received once they come.
  const lost = reception.lost + repair.resent;
  const restored = repair.repaired.parity + repair.repaired.request;
  const { expected } = reception;
  const sourceBytes = counts.bytes - (repair.resent > 0 ? repair.bytes : 0);
  return {
    ...counts,
    late: counts.late + joiner.lateFrames,
    latePackets: counts.latePackets + joiner.latePackets,
    duplicates: counts.duplicates + joiner.duplicates,
    givenUp: counts.givenUp + repair.unseen,
    pending: joiner.size,
    lost,
    lossBefore: expected === 0 ? 0 : lost / expected,
    lossAfter: expected === 0 ? 0 : Math.max(0, lost - restored) / expected,
    repaired: repair.repaired,
    requests: repair.requests,
    overheadPct: sourceBytes <= 0 ? 0 : (repair.bytes / sourceBytes) * 100,
  };
}
