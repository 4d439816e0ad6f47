// Serial arithmetic and virtual time: a day of sequence numbers passes in a blink.
import { Unwrapper, seconds } from '@hellohaybye/core';
import { VirtualClock } from '@hellohaybye/core/testing';

const clock = new VirtualClock();
const sequence = new Unwrapper(16);
const start = clock.now();
let last = 0;
const tick = () => {
  last = sequence.unwrap((last + 1) % 65536);
  if (last < 86_400 * 10) clock.schedule(clock.now() + 100_000, tick);
};
tick();
clock.advance(seconds(86_400));
console.log(`${last} packets in ${(clock.now() - start) / 1e6} seconds of virtual time`);
