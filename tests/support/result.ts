import type { ParticipantReport } from '@hellohaybye/call';

/** What `demo --json` and `join --json` print. */
export interface Result {
  ok: boolean;
  durationS: number;
  /** The network between the participants of the demo. */
  impair?: string;
  participants: ParticipantReport[];
}

/** What a participant received from another, by their names; fails with the whole result when there is none. */
export function received({ participants }: Result, by: string, from: string) {
  const found = participants.find(({ name }) => name === by)?.received.find((entry) => entry.from === from);
  if (!found) throw new Error(`${by} received nothing from ${from}: ${JSON.stringify(participants)}`);
  return found;
}

/**
 * Pictures of which something never came, whatever was done about it. Those that came whole, but too late to be shown,
 * are not among them: where programs wait for their turn, a sender may stop in the middle of a picture.
 */
export const neverCame = ({ givenUp, late }: { givenUp: number; late: number }): number =>
  Math.max(0, givenUp - late);
