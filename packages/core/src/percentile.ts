/**
 * The value at or below which a share of the values lies (nearest rank).
 * @param sorted values in ascending order
 * @param share from 0 to 1: 0.5 for the median
 * @returns undefined when there are no values
 */
export function percentile(sorted: ArrayLike<number>, share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}
