/** How packets get lost: the parameters of a Gilbert model. */
export interface LossModel {
  /** Share of packets that are lost: 0 to 1. */
  share: number;
  /** Mean length of a run of lost packets: 1 / (1 - share) when losses are independent. */
  burst: number;
  /** Whether the packet before those in question was lost; undefined where nobody knows. */
  lastLost?: boolean;
}

/**
 * Packets. Runs this long are those of whole frames: losses that last for a time, and not for a number of
 * packets.
 */
export const LASTING_BURST = 10;

/**
 * How many packets are to be sent beyond those that are needed, so that enough of them arrive.
 * @param needed packets that have to arrive
 * @param risk probability of too few that is accepted: over 0
 * @param most the answer is not larger
 * @returns not rounded: a caller who rounds it up and down in turn gets the accepted risk on average
 */
export function marginFor(needed: number, model: LossModel, risk: number, most: number): number {
  const { share, burst, lastLost } = model;
  if (needed <= 0 || share <= 0 || most <= 0) return 0;
  // Steps of 7 % and of a quarter packet: what is measured is not finer, and the results can be kept.
  const step = Math.round(Math.log(share) * 15);
  const quarters = Math.min(MAX_BURST * 4, Math.round(burst * 4));
  const key = `${needed} ${step} ${quarters} ${risk.toPrecision(2)} ${most} ${lastLost}`;
  let margin = known.get(key);
  if (margin === undefined) {
    const rounded = {
      share: Math.exp(step / 15),
      burst: quarters / 4,
      ...(lastLost === undefined ? {} : { lastLost }),
    };
    margin = compute(needed, rounded, Number(risk.toPrecision(2)), most);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, margin);
  }
  return margin;
}

function compute(needed: number, { share, burst, lastLost }: LossModel, risk: number, most: number): number {
  const lost = Math.min(0.9, share);
  const stay = Math.max(lost, 1 - 1 / Math.max(1, burst));
  const enter = (lost * (1 - stay)) / (1 - lost);
  // good[l] and bad[l]: that l of the packets so far were lost, and the last one was not, or was.
  const size = needed + most + 2;
  let good = new Float64Array(size);
  let bad = new Float64Array(size);
  bad[0] = lastLost === undefined ? lost : lastLost ? 1 : 0;
  good[0] = 1 - bad[0];
  let before = 1;
  for (let sent = 1; sent <= needed + most; sent += 1) {
    const nextGood = new Float64Array(size);
    const nextBad = new Float64Array(size);
    for (let losses = 0; losses < sent; losses += 1) {
      const wasGood = good[losses]!;
      const wasBad = bad[losses]!;
      nextGood[losses]! += wasGood * (1 - enter) + wasBad * (1 - stay);
      nextBad[losses + 1]! += wasGood * enter + wasBad * stay;
    }
    good = nextGood;
    bad = nextBad;
    const margin = sent - needed;
    if (margin < 0) continue;
    let tooMany = 0;
    for (let losses = margin + 1; losses <= sent; losses += 1) tooMany += good[losses]! + bad[losses]!;
    if (tooMany <= risk) {
      if (margin === 0) return 0;
      return margin - 1 + (before - risk) / (before - tooMany);
    }
    before = tooMany;
  }
  return most;
}

const known = new Map<string, number>();
const MAX_KNOWN = 4096;
const MAX_BURST = 64;
