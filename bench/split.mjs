// Splitting a frame into packets and joining them again, without a network.
import { fragment, Reassembler } from '@hellohaybye/transport';
import { frameSizes, noise, result, time } from './lib.mjs';

for (const [size, bytes] of Object.entries(frameSizes)) {
  const frame = noise(bytes);
  const datagrams = fragment(frame);
  const reassembler = new Reassembler();
  let whole;
  const splitMs = await time(() => fragment(frame));
  const splitAndJoinMs = await time(() => {
    for (const datagram of fragment(frame)) whole = reassembler.push(datagram) ?? whole;
  });
  if (whole?.length !== bytes) throw new Error('the frame did not come together again');
  result({ bench: 'split', size, bytes, packets: datagrams.length, splitMs, splitAndJoinMs });
}
