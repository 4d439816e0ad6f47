import type { OwnServer } from '@hellohaybye/call';
import { isLoopback, type Participant } from '@hellohaybye/signaling';
import type { LostServer } from '@hellohaybye/signaling/client';
import { serverUrl } from '@hellohaybye/signaling/discovery';

/** Where somebody may be reached. */
export interface Place {
  host: string;
  port: number;
}

/**
 * Where those who may host by now are reached when nothing is heard of their announcement: at each address that they
 * have, and the port of the server that was lost, which whoever hosts next takes if it can.
 * @param hosts their instances
 * @returns addresses, each with that port
 */
export function whereHosted({ url, instance, inside }: LostServer, hosts: readonly string[]): Place[] {
  const port = Number(new URL(url).port);
  if (!inside || port === 0) return [];
  const others = inside.participants.filter(
    (one) => one.instance !== instance && hosts.includes(one.instance),
  );
  return others.flatMap((one) =>
    addressesOf(one, inside.self)
      .slice(0, mostAddresses)
      .map((host) => ({ host, port })),
  );
}

/** Where somebody may be reached who says that they host, by what is known of them, and at which urls. */
export function whereTold(host: Participant, { port, pin }: OwnServer, self: Participant): string[] {
  return addressesOf(host, self)
    .slice(0, mostAddresses)
    .map((address) => serverUrl(address, port, pin));
}

function addressesOf({ observedAddress, media }: Participant, self: Participant): string[] {
  const all = [observedAddress, ...media.candidates.map(({ address }) => address)];
  // Loopback leads to them only when they are on our machine; without a zone, a link-local address leads nowhere.
  const isHere = isLoopback(observedAddress) && isLoopback(self.observedAddress);
  return [...new Set(all)].filter((one) => (isHere || !isLoopback(one)) && !/^fe[89ab]/i.test(one));
}

const mostAddresses = 8;
