import { millis, seconds } from '@hellohaybye/core';

/** Most addresses of one peer that are tried, learnt ones included. */
export const MAX_CANDIDATES = 16;

/** Most of these that the peer did not tell, but sent probes from. */
export const MAX_LEARNT = 4;

/** Probes to one address that may be answered yet; an older one is forgotten. */
export const MAX_IN_FLIGHT = 2;

/** From an answer of the address in use to its next probe. */
export const KEEPALIVE = seconds(1);

/** The same for the others, which only have to be known when they are needed. */
export const SPARE_INTERVAL = seconds(5);

/** How long an answer may take before it counts as missing: far over the round trips of a local network. */
export const LEAST_PATIENCE = millis(250);

/** The same where round trips are long. */
export const MOST_PATIENCE = seconds(1);

/** An address that has not answered so many probes in a row does not answer. */
export const MOST_MISSES = 3;

/** One that was learnt and has not answered so many is forgotten. */
export const FORGET_MISSES = 10;

/**
 * The same for one that has never answered. A probe that was held back, and is passed on from another address, has us send
 * its answer and so many probes to whoever has that address.
 */
export const DOUBT_MISSES = 2;

/** After addresses were told, the best one that answers is taken at once: so long. */
export const SETTLING = seconds(1);

/** Later on, a better address than one that works has to work this long first; twice as long after each change. */
export const LEAST_HOLD = seconds(3);
export const MOST_HOLD = seconds(60);

/** Without a change for so long, the hold is the least one again. */
export const CALM = seconds(120);

/** A preferred address is passed over for one that is faster by this factor, and this much besides. */
export const SLOWER_FACTOR = 4;
export const SLOWER_BY = millis(30);

/** Answers that one peer gets at once, and a second: four times as many as it has a use for. */
export const ANSWER_BURST = 64;
export const ANSWERS_A_SECOND = 32;
