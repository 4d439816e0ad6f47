import { micros, type Micros } from '@hellohaybye/core';
import { LASTING_BURST, type LossModel } from './loss-model.js';

/** How a request is sent. */
export interface RequestPlan {
  /** How often, for requests get lost as well. */
  copies: number;
  /** Between copies. */
  spacing: Micros;
  /**
   * Whether all that is missing may be sent at once. Otherwise a little is, to see whether anything gets
   * through: losses that last for a time would take the whole answer with them.
   */
  inFull: boolean;
}

/** How often one could ask, and be answered, within a time. */
export const roundsWithin = (time: Micros, roundTrip: Micros): number =>
  time < roundTrip ? 0 : Math.max(1, Math.floor((time - ANSWERING) / (roundTrip + ANSWERING)));

/**
 * Plans a round of requests.
 * @param timeLeft until the frame is of no use
 * @param roundTrip the least that asking and being answered takes
 * @param unanswered rounds before this one that nothing came back for
 * @param usual what it takes as a rule: so many rounds are counted on
 * @returns undefined when no answer can come in time
 */
export function planRequest(
  timeLeft: Micros,
  roundTrip: Micros,
  { share, burst }: LossModel,
  unanswered: number,
  usual = roundTrip,
): RequestPlan | undefined {
  if (timeLeft < roundTrip) return undefined;
  const rounds = Math.max(1, roundsWithin(timeLeft, usual));
  if (burst >= LASTING_BURST) return planAgainstTime(timeLeft, roundTrip, rounds, unanswered);
  const risk = rounds >= 3 ? 0.35 : rounds === 2 ? 0.01 : 0.006 * share * burst;
  const stay = Math.max(share, 1 - 1 / burst);
  let copies = 1 + unanswered;
  if (share > risk) copies = Math.max(copies, 1 + Math.ceil(Math.log(risk / share) / Math.log(stay)));
  copies = Math.min(copies, MAX_COPIES);
  // With time to spare the next round repeats it. Otherwise, where losses come in bursts, the copies take what
  // time there is, since what takes one often takes those next to it.
  const spare = rounds >= 2 || burst < 2 ? 0 : timeLeft - roundTrip - ANSWERING;
  const spacing = micros(Math.max(0, Math.min(MAX_SPACING, spare / copies)));
  return { copies, spacing, inFull: true };
}

/** Losses that last for a time take all copies sent at once: those count that are sent later. */
function planAgainstTime(
  timeLeft: Micros,
  roundTrip: Micros,
  rounds: number,
  unanswered: number,
): RequestPlan {
  const inFull = unanswered === 0 || rounds < 3;
  const spare = rounds >= 3 ? 0 : Math.max(0, timeLeft - roundTrip);
  return { copies: 1 + Math.floor(spare / MAX_SPACING), spacing: micros(MAX_SPACING), inFull };
}

/** What asking and answering take beside the network. */
const ANSWERING = 1000;
const MAX_COPIES = 24;
const MAX_SPACING = 1250;
