// How packets get lost in a cell: for the simulator, and as options of the relay's command.
import { micros, millis, seconds } from '@hellohaybye/core';

/** Packets a second of 34-packet frames, 30 of them a second. */
export const PACKET_RATE = 34 * 30;

/**
 * How long a burst by time lasts on average: as long as so many packets take at the stream's mean rate, which
 * are 4.9 ms for five. Packets leave in groups, though, so such a burst takes more of a frame than one by packet.
 */
export const burstDuration = (packets) => micros(Math.round((packets * 1e6) / PACKET_RATE));

const STALL = { every: seconds(1), length: millis(50) };

/** Both directions of a link get these options. @param model `independent`, `packet`, `time` or `stall` */
export function linkOf({ model, lossPct, burst }) {
  const loss = lossPct / 100;
  switch (model) {
    case 'packet':
      return { burst: { loss, packets: burst } };
    case 'time':
      return { burst: { loss, duration: burstDuration(burst) } };
    case 'stall':
      return { stalls: STALL };
    default:
      return loss === 0 ? {} : { loss };
  }
}

/** The same for `hellohaybye-transport relay`. */
export function relayOptions({ model, lossPct, burst }) {
  switch (model) {
    case 'packet':
      return ['--loss', `${lossPct}%`, '--burst', `${burst}`];
    case 'time':
      return ['--loss', `${lossPct}%`, '--burst', `${burstDuration(burst)}us`];
    case 'stall':
      return ['--stall', `${STALL.length / 1000}ms/${STALL.every / 1e6}s`];
    default:
      return lossPct === 0 ? [] : ['--loss', `${lossPct}%`];
  }
}
