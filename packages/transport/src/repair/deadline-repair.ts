import type { ParityPolicy } from './listener-repair.js';
import { NackReceiver } from './nack-receiver.js';
import { ParityReceiver } from './parity-receiver.js';
import type { Repair, RepairRequests } from './repair.js';
import {
  readRepairHeader,
  REPAIR_HEADER_LENGTH,
  REPAIR_PAYLOAD_TYPE,
  SYMBOL_PREFIX_LENGTH,
} from './repair-packet.js';
import { ParitySender } from './repair-sender.js';

/** How losses are repaired. */
export interface DeadlineRepairOptions {
  /**
   * Parity that is sent along unasked: `adaptive` unless given, which is none on a clean link, and as much as
   * losses need where there is no time to ask. A number is a fixed share of each block: 0.2 for 20 %.
   */
  parity?: ParityPolicy;
  /** What a receiver asks for at most: `parity` unless given. */
  requests?: RepairRequests;
}

/**
 * Repair that meets a deadline: losses are repaired within a frame's deadline or not at all. Frames of many
 * packets by Reed-Solomon parity, asked for with all that is there already; sound by standard NACKs.
 */
export function deadlineRepair({
  parity = 'adaptive',
  requests = 'parity',
}: DeadlineRepairOptions = {}): Repair {
  return {
    overhead: REPAIR_HEADER_LENGTH + SYMBOL_PREFIX_LENGTH,
    sourceOf: (packet, header) =>
      header.payloadType === REPAIR_PAYLOAD_TYPE ? readRepairHeader(packet, header)?.sourceSsrc : undefined,
    sender: ({ ssrc, single }, random) => new ParitySender(ssrc, random, single ? 0 : parity),
    receiver: (stream) => {
      const asks = requests === 'none' || stream.requests === 'none' ? 'none' : requests;
      if (asks === 'packets' || (asks === 'parity' && (stream.single || stream.requests === 'packets')))
        return new NackReceiver(stream);
      // A stream whose sender may not know our feedback gets none of it.
      return new ParityReceiver(stream, asks === 'parity', stream.requests === 'parity');
    },
  };
}
