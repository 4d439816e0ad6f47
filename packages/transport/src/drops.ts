/** Why something that came in was not used. Each is counted by name in `statistics().drops`. */
export type DropReason = keyof typeof dropReasons;

/** Every drop reason and what it means. */
export const dropReasons = {
  'too-short': 'a datagram too short for RTP and RTCP, protected or not',
  'wrong-version': 'a datagram whose first two bits are not 2: neither RTP nor RTCP',
  'malformed-rtp': 'an RTP packet whose header, extension or padding does not fit its length',
  'malformed-rtcp': 'a compound RTCP packet whose parts do not add up',
  'unknown-channel': 'an RTP packet on a channel where no stream is expected',
  'unknown-ssrc': 'an RTP packet of a source that belongs to no incoming stream',
  'unknown-payload-type': 'an RTP packet of a payload type that its stream does not have',
  'unknown-reporter': 'an RTCP report of somebody who is neither peer nor destination',
  'own-ssrc': 'a packet with an SSRC of our own: a loop, or a collision (RFC 3550, section 8.2)',
  'ssrc-collision': 'an incoming stream that claims the SSRC of another one',
  'sequence-jump': 'a packet far from its stream, until a second one confirms the jump (RFC 3550, A.1)',
  'malformed-jpeg': 'a payload that is not as RFC 2435 says',
  'unsupported-jpeg': 'a payload of an RFC 2435 type that is not understood, such as interlaced fields',
  'missing-jpeg-tables': 'a whole frame whose quantisation tables were never received',
  'malformed-l16': 'a payload that is not a whole number of samples',
  'malformed-generic': 'a payload that is not as docs/wire-format.md says',
  'inconsistent-fragment': 'a packet that contradicts an earlier one of its frame',
  'overlapping-fragment': 'a packet whose bytes overlap those of another in its frame',
  'frame-too-large': 'a frame over 16 MiB, or one to send that no format of its stream can carry',
  'too-much-pending': 'a frame given up early because a memory bound was reached',
  'unknown-stream': 'a frame to send on a stream that does not exist',
  'queue-full': 'a datagram to send that found the queue full',
  'malformed-repair': 'a repair packet, or what it restored, that is not as docs/wire-format.md says',
  'malformed-control':
    'a control packet that is not as docs/wire-format.md says, or acknowledges what was not sent',
  'misdirected-control': 'a control packet of a peer that is for somebody else',
  'stale-control': 'a control packet of an earlier life of its sender, or for one of ours',
  'control-overflow':
    'a control packet for which there is no room, or beyond those that may be under way: it comes again',
  'unknown-key': 'a packet that is not protected, or with a key that no peer has now',
  unauthenticated:
    'a packet that was forged or changed, or whose source is too far from where it was last known to be',
  unencrypted: 'an RTCP packet that is authenticated alone: its E flag is not set',
  replayed: 'a protected packet that was seen before, or is too old to tell',
  'wrong-sender': 'a packet of one peer with the key of another',
  'too-many-sources': 'a packet of a source beyond the 1024 that one key may have',
  'nonce-reused':
    'a packet to send whose sequence number its source used before for another, or far behind it: a restarted source',
  'key-exhausted': 'a packet to send for which the key has no index left, or too many sources',
  'malformed-probe': 'a probe of an address that is not as docs/wire-format.md says',
  'unknown-probe': 'a probe of nobody who is known, for somebody else, or that answers none of ours',
  'malformed-sealed': 'a sealed message that is not as docs/wire-format.md says',
  'unknown-sealed': 'a sealed message of nobody who is known, or for somebody else',
  'sealed-overflow': 'a sealed message of a peer that sends more of them than it has a use for',
  'probe-overflow': 'a probe of a peer that sends more of them than it has a use for',
} as const;

/** Counts what was dropped, by reason. */
export class Drops {
  readonly #counts = new Map<DropReason, number>();

  count(reason: DropReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** The counts so far, of reasons that occurred. */
  toRecord(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
