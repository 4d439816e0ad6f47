import type { Candidate, Participant } from '../protocol/types.js';
import { isIpv6LinkLocal, isLoopback, normalizeAddress, parseIp, samePrefix } from './ip.js';

/** What `chooseAddress` goes by. */
export interface ChooseAddressOptions {
  /** Oneself, as the server gave it to us. */
  mine: Pick<Participant, 'observedAddress'>;
  /** Whom to send to. */
  theirs: Pick<Participant, 'observedAddress' | 'media'>;
  /** The networks that this machine is in now: what `localCandidates` gives. */
  myInterfaces: readonly Candidate[];
  /** Only addresses of this family; both when absent, IPv4 first. */
  family?: 4 | 6;
  /** The zones that their link-local IPv6 addresses may be in: what `localZones` gives. Those lead nowhere when absent. */
  zones?: readonly string[];
}

/**
 * To which of their addresses to send, by the first rule that has one:
 * 1. The server sees both on loopback: all three are on one machine, so `127.0.0.1`.
 * 2. An address in a network that both are in; the one that the server sees them at before the others, then
 *    in their order of preference. An address that is mine too is theirs only when the server sees both of
 *    us at one address; else it is that of a bridge which every container host has.
 * 3. The address that the server sees them at, unless that is loopback.
 * 4. Their first address, a link-local one of IPv6 after all others, loopback last.
 *
 * With a reverse proxy on the server's machine everybody is seen on loopback, and rule 1 is wrong.
 * @returns an address in text form; the one that the server sees them at when they offer none
 */
export function chooseAddress(options: ChooseAddressOptions): string {
  const { mine, theirs, myInterfaces, family } = options;
  const fits = (address: string) => family === undefined || parseIp(address)?.family === family;
  const observed = normalizeAddress(theirs.observedAddress);
  if (isLoopback(mine.observedAddress) && isLoopback(observed)) {
    return family === 6 ? '::1' : '127.0.0.1';
  }
  const offered = theirs.media.candidates
    .map((candidate) => ({ ...candidate, address: normalizeAddress(candidate.address) }))
    .filter(({ address }) => fits(address) && !isIpv6LinkLocal(address));
  const reachable = offered.filter(({ address }) => !isLoopback(address));
  const byPreference = [
    ...reachable.filter(({ address }) => address === observed),
    ...reachable.filter(({ address }) => address !== observed),
  ].sort((one, other) => one.family - other.family);
  const sameMachine = normalizeAddress(mine.observedAddress) === observed;
  const near = byPreference.find((candidate) =>
    myInterfaces.some((own) => shareNetwork(own, candidate, sameMachine)),
  );
  if (near) return near.address;
  const usable = !isLoopback(observed) && !isIpv6LinkLocal(observed);
  if (usable && fits(observed)) return observed;
  return reachable[0]?.address ?? onLinks(options)[0] ?? offered[0]?.address ?? observed;
}

/**
 * To which of their addresses to send, best first, for who can try several: what `chooseAddress` gives, then those in a
 * network that both are in, the one that the server sees them at, and the rest in their order of preference. An address
 * that is mine too is left out unless both are on one machine, and loopback, which then comes last. Before it are IPv6
 * link-local addresses, in each of `zones`, as which of them is meant only shows in who answers; at most 8 of these.
 * @returns 1 to 16 addresses in text form
 */
export function chooseAddresses(options: ChooseAddressOptions): string[] {
  const { mine, theirs, myInterfaces, family } = options;
  const observed = normalizeAddress(theirs.observedAddress);
  const both = [normalizeAddress(mine.observedAddress), observed];
  const sameMachine = both[0] === both[1] || both.every(isLoopback);
  const own = new Set(myInterfaces.map(({ address }) => normalizeAddress(address)));
  const offered = theirs.media.candidates.map((one) => ({ ...one, address: normalizeAddress(one.address) }));
  const isNear = (candidate: Candidate) =>
    myInterfaces.some((one) => shareNetwork(one, candidate, sameMachine));
  const useful = (address: string) => {
    const ip = parseIp(address);
    if (!ip || (family !== undefined && ip.family !== family)) return false;
    return (sameMachine || !own.has(address)) && !isIpv6LinkLocal(address);
  };
  const addresses = [...offered.filter(isNear).map(({ address }) => address), observed];
  addresses.push(...offered.map(({ address }) => address));
  const outside = addresses.filter((address) => useful(address) && !isLoopback(address));
  const inside = sameMachine ? addresses.filter((address) => useful(address) && isLoopback(address)) : [];
  const all = [chooseAddress(options), ...outside, ...onLinks(options), ...inside];
  return [...new Set(all)].slice(0, MOST_ADDRESSES);
}

/** Their link-local addresses of IPv6, each in each zone (RFC 4007, section 11); few, however many they say that they have. */
function onLinks({ theirs, myInterfaces, family, zones = [] }: ChooseAddressOptions): string[] {
  if (family === 4) return [];
  const own = new Set(myInterfaces.map(({ address }) => normalizeAddress(address)));
  const all = [theirs.observedAddress, ...theirs.media.candidates.map(({ address }) => address)];
  const addresses = new Set(all.map(normalizeAddress).filter((one) => isIpv6LinkLocal(one) && !own.has(one)));
  const zoned = [...addresses].flatMap((address) => zones.map((zone) => `${address}%${zone}`));
  return zoned.slice(0, MOST_ON_LINKS);
}

function shareNetwork(own: Candidate, theirs: Candidate, sameMachine: boolean): boolean {
  const [one, other] = [parseIp(own.address), parseIp(theirs.address)];
  if (!one || !other || isLoopback(own.address)) return false;
  const full = one.bytes.length * 8;
  if (samePrefix(one, other, full)) return sameMachine;
  return samePrefix(one, other, Math.max(own.prefix ?? full, theirs.prefix ?? 0));
}

/** Of the addresses that are tried, as many may be link-local ones of IPv6. */
const MOST_ON_LINKS = 8;

/** As many as a transport tries. */
const MOST_ADDRESSES = 16;
