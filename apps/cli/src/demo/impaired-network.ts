import type { LinkOptions } from '@hellohaybye/transport/netsim';
import { openRelay } from '@hellohaybye/transport/netsim/node';

/** UDP ports by channel. */
export type Ports = Readonly<Record<string, number>>;

/** A simulated network between two participants on this machine. */
export interface ImpairedNetwork {
  /** What each has to announce as its ports, so that the other sends through the network. */
  readonly first: Ports;
  readonly second: Ports;
  close(): Promise<void>;
}

/**
 * Puts a network between two participants: a relay, in this process, which none of the two runs in. All channels
 * share one link each way. What the second sends reaches the first as soon as that one has sent something.
 * @param ports where the second participant listens
 * @param link what happens each way; in both directions the radio, if it is one, is away at the same times
 * @throws HhbError as `openRelay` does
 */
export async function openImpairedNetwork(ports: Ports, link: LinkOptions): Promise<ImpairedNetwork> {
  const channels = Object.keys(ports);
  const [route, ...also] = channels.map((channel) => ({
    listen: { port: 0 },
    to: { address: '127.0.0.1', port: ports[channel]! },
  }));
  const relay = await openRelay({ ...route!, also, up: link, down: link });
  const portsOf = (end: 'listen' | 'via') =>
    Object.fromEntries(channels.map((channel, index) => [channel, relay.routes[index]![end].port]));
  return { first: portsOf('via'), second: portsOf('listen'), close: () => relay.close() };
}
