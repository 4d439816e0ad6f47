/** What became of one stream. Lengths are in samples of one channel. */
export interface StreamStatistics {
  /** Samples played as they came. */
  played: number;
  /** Samples invented because theirs were missing. A pause of over half a second is none. */
  concealed: number;
  /** Blocks that came when all of their samples had been played or concealed. */
  late: number;
  /** Blocks, all of whose samples were there already. */
  duplicates: number;
  /** Blocks with an impossible length or timestamp. */
  malformed: number;
  /** How often the stream was given a new place on the playout clock, because of drift, a jump or a stall. */
  reanchored: number;
  /** Samples that were there and were left out by that. */
  skipped: number;
  /** Samples that wait to be played. */
  buffered: number;
}
