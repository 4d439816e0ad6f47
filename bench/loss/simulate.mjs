// A cell on the simulated network: one call of virtual time, for one seed.
import { millis, seconds } from '@hellohaybye/core';
import { deadlineRepair, noRepair } from '@hellohaybye/transport';
import { IP_UDP_HEADER_BYTES, simulatePair } from '@hellohaybye/transport/netsim';
import { countRun } from './count.mjs';
import { media } from './media.mjs';
import { linkOf } from './models.mjs';

/** What each name on the charts stands for. All with the pacer that an endpoint has unless told otherwise. */
export const schemes = {
  hellohaybye: () => deadlineRepair(),
  none: () => noRepair,
  'rs-20': () => deadlineRepair({ parity: 0.2, requests: 'none' }),
  nack: () => deadlineRepair({ parity: 0, requests: 'packets' }),
};

/**
 * Runs one call.
 * @param cell `{ scheme, rttMs, deadlineMs, model, lossPct, burst, media }`
 * @param length seconds of call
 * @returns what `countRun` does
 */
export function simulate({ scheme, rttMs, deadlineMs, media: kind = 'video', ...loss }, seed, length) {
  const { interval, bytes, packets, stream } = media[kind];
  const delay = millis(rttMs / 2);
  const frames = Math.floor(seconds(length) / interval);
  const ready = new Float64Array(frames);
  // When the last packet of each left.
  const left = new Float64Array(frames);
  const whole = new Float64Array(frames).fill(Infinity);
  const source = { packets: 0, bytes: 0 };
  // Frames leave in order, each with a timestamp of its own.
  let frame = -1;
  let timestamp;
  const link = { delay, ...linkOf(loss) };
  const repair = schemes[scheme]();
  const pair = simulatePair({
    seed,
    there: link,
    stream,
    incoming: { deadline: millis(deadlineMs) },
    left: {
      endpoint: { repair },
      onDatagram({ priority, data }, now) {
        if (priority !== 'frame' && priority !== 'audio') return;
        source.packets += 1;
        source.bytes += data.length + IP_UDP_HEADER_BYTES;
        const own = new DataView(data.buffer, data.byteOffset).getUint32(4);
        if (own !== timestamp) frame += 1;
        timestamp = own;
        left[frame] = now;
      },
    },
    right: {
      endpoint: { repair },
      onFrame({ data }, now) {
        whole[new DataView(data.buffer, data.byteOffset).getUint32(0)] = now;
      },
    },
  });
  pair.left.sendEvery(interval, frames, (number) => {
    const data = new Uint8Array(bytes);
    new DataView(data.buffer).setUint32(0, number);
    ready[number] = pair.call.clock.now();
    return { stream: stream.id, data };
  });
  pair.call.run(seconds(length + 1));
  if (source.packets !== frames * packets) {
    throw new Error(`${source.packets / frames} packets a frame left the sender, not ${packets}`);
  }
  const due = left.map((at) => at + delay + millis(deadlineMs));
  return countRun({
    ready,
    due,
    whole,
    sourceBytes: source.bytes,
    allBytes: pair.left.sent.bytes + pair.right.sent.bytes,
  });
}
