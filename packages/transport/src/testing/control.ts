import { millis, type Micros } from '@hellohaybye/core';
import { isControl, makePair, type Pair, type PairOptions, type Side } from './pair.js';

/** Two endpoints that may send each other control messages, and nothing else. */
export function makeControlPair(options: PairOptions = {}): Pair {
  const pair = makePair(options);
  introduce(pair.left, 'right', pair.right);
  introduce(pair.right, 'left', pair.left);
  return pair;
}

/** Tells one side of the other. */
export function introduce(side: Side, id: string, other: Side): void {
  const control = { channel: 'video', ssrc: other.endpoint.controlSsrc };
  side.do((endpoint, now) =>
    endpoint.addDestination({ id, addresses: { video: other.address }, control }, now),
  );
}

/** Sends a message whose bytes tell its number. @returns what `sendControl` does */
export function say(side: Side, to: string, number: number, length = 4): boolean {
  let sent = false;
  side.do((endpoint, now) => {
    sent = endpoint.sendControl(to, numbered(number, length), now);
  });
  return sent;
}

/** A message whose bytes tell its number. */
export function numbered(number: number, length = 4): Uint8Array {
  const data = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) data[index] = number * 31 + index * 7;
  new DataView(data.buffer).setUint32(0, number);
  return data;
}

export const numberOf = (data: Uint8Array): number => new DataView(data.buffer, data.byteOffset).getUint32(0);

/** The control packets that left a side. */
export const controlPackets = (side: Side): Uint8Array[] =>
  side.sent.filter(isControl).map(({ data }) => data);

/** Both know the other's session, and the round trip, and nothing is owed. */
export function warmUp(pair: Pair): void {
  for (const [side, to] of [
    [pair.left, 'right'],
    [pair.right, 'left'],
  ] as const) {
    say(side, to, 0);
    pair.clock.advance(millis(50));
  }
  for (const side of [pair.left, pair.right]) {
    side.messages.length = 0;
    side.events.length = 0;
    side.sent.length = 0;
  }
}

/** What a side counts of the one peer. */
export const controlOf = (side: Side, now: Micros) => side.endpoint.statistics(now).control[0]!;
