/** What a link counted. */
export interface LinkStatistics {
  /** Datagrams that were sent. */
  packets: number;
  /** Of these at IP level: each with `IP_UDP_HEADER_BYTES`. */
  bytes: number;
  /** Datagrams that came out, copies included. */
  delivered: number;
  /** Datagrams that did not, by what took them; `queue` when it was full. */
  lost: { loss: number; burst: number; queue: number; mtu: number };
  duplicated: number;
  corrupted: number;
  /** Those that were held back so that others pass. */
  reordered: number;
  /** Those whose turn came within a stall; with a `rate`, not those that waited behind them. */
  stalled: number;
}

export const emptyStatistics = (): LinkStatistics => ({
  packets: 0,
  bytes: 0,
  delivered: 0,
  lost: { loss: 0, burst: 0, queue: 0, mtu: 0 },
  duplicated: 0,
  corrupted: 0,
  reordered: 0,
  stalled: 0,
});

/** A copy that no longer changes. */
export const countsOf = (statistics: LinkStatistics): LinkStatistics => ({
  ...statistics,
  lost: { ...statistics.lost },
});
