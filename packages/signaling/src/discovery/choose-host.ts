import type { ServerDescription } from './types.js';

/** What hosts are compared by. */
export type HostRank = Pick<ServerDescription, 'id' | 'kind' | 'since' | 'pin'>;

/**
 * Compares two hosts, for sorting: one with TLS comes before one without, so that nobody is moved to where others can
 * read along; a server that runs for its own sake before one inside a participant, then the older before the younger, then the lower id. All that is compared is what each of them announces
 * itself, so that everybody comes to the same order, however wrong somebody's clock is.
 * @returns negative when `one` comes first, 0 when they are one and the same
 */
export function compareHosts(one: HostRank, other: HostRank): number {
  if (one.id === other.id) return 0;
  const tls = Number(one.pin === undefined) - Number(other.pin === undefined);
  if (tls !== 0) return tls;
  const kind = Number(one.kind !== 'server') - Number(other.kind !== 'server');
  if (kind !== 0) return kind;
  if (one.since !== other.since) return one.since - other.since;
  return one.id < other.id ? -1 : 1;
}

/** Which of several hosts on one network goes on; the others' participants move to it. */
export function chooseHost<Host extends HostRank>(hosts: Iterable<Host>): Host | undefined {
  return [...hosts].sort(compareHosts)[0];
}

/**
 * Who hosts when the host is gone: the first of the roster, without those that are gone. `Takeover` says when.
 * @param roster everybody in the room, oneself included, in an order that all know alike
 * @param gone the host's id; several when the next one is gone, too
 * @returns undefined when nobody is left
 */
export function successor<Member extends { id: string }>(
  roster: readonly Member[],
  gone: string | Iterable<string>,
): Member | undefined {
  const without = new Set(typeof gone === 'string' ? [gone] : gone);
  return roster.find(({ id }) => !without.has(id));
}
