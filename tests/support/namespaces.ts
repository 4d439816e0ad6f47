import { spawnSync } from 'node:child_process';
import { start, type Running, type RunOptions } from './cli.js';

/** One host of a test's own network. */
export interface Host {
  name: string;
  /** On the first segment. */
  address: string;
  /** Starts a program on this host. */
  start(command: string, args: string[], options?: RunOptions): Running;
  /** Runs `ip` in this host's namespace: `host.ip('link', 'set', 'eth0', 'down')`. */
  ip(...args: string[]): void;
}

/** Hosts on one segment, each a network namespace of its own, joined by a bridge in one more. */
export interface TestNetwork<Name extends string> {
  hosts: Record<Name, Host>;
  /** Joins some of the hosts by one more segment: `10.78` and `eth1` make 10.78.0.1/24 and up on `eth1`. */
  addSegment(prefix: string, device: string, ...names: Name[]): void;
  /** Cuts a host off the first segment, or joins it again, without its interface noticing. */
  setConnected(name: Name, connected: boolean): void;
  /** Puts some of the hosts on a segment of their own, without their noticing. Once. */
  setApart(...names: Name[]): void;
  /** Joins that segment and the first one: among those who are on one of them, nothing is lost meanwhile. */
  joinApart(): void;
  /** Keeps some of the hosts apart from each other on a segment, as a guests' Wi-Fi does, or not: the others they reach. */
  setIsolated(isolated: boolean, device: string, ...names: Name[]): void;
  /** Removes all of it. */
  remove(): void;
}

let networks = 0;

/** Makes a network with a host for each name: 10.77.0.1/24 and up, on an interface called `eth0`. Needs root. */
export function makeNetwork<Name extends string>(...names: Name[]): TestNetwork<Name> {
  const prefix = `hhb${process.pid}x${networks++}`;
  const middle = `${prefix}-lan`;
  const namespaceOf = (name: Name) => `${prefix}-${name}`;
  const namespaces = [middle, ...names.map(namespaceOf)];
  const remove = () => namespaces.forEach((name) => spawnSync('ip', ['netns', 'delete', name]));
  const addSegment = (network: string, device: string, ...members: Name[]) => {
    ip('-n', middle, 'link', 'add', `lan-${device}`, 'type', 'bridge');
    ip('-n', middle, 'link', 'set', `lan-${device}`, 'up');
    members.forEach((name) => {
      const namespace = namespaceOf(name);
      const port = `${device}-${names.indexOf(name)}`;
      const peer = ['type', 'veth', 'peer', 'name', device, 'netns', namespace];
      ip('-n', middle, 'link', 'add', port, ...peer);
      ip('-n', middle, 'link', 'set', port, 'master', `lan-${device}`, 'up');
      ip('-n', namespace, 'address', 'add', `${network}.0.${names.indexOf(name) + 1}/24`, 'dev', device);
      ip('-n', namespace, 'link', 'set', device, 'up');
    });
  };
  const setConnected = (name: Name, connected: boolean) => {
    const port = `eth0-${names.indexOf(name)}`;
    ip('-n', middle, 'link', 'set', port, ...(connected ? ['master', 'lan-eth0'] : ['nomaster']));
  };
  const setApart = (...members: Name[]) => {
    ip('-n', middle, 'link', 'add', 'lan-apart', 'type', 'bridge');
    ip('-n', middle, 'link', 'set', 'lan-apart', 'up');
    for (const name of members) {
      ip('-n', middle, 'link', 'set', `eth0-${names.indexOf(name)}`, 'master', 'lan-apart');
    }
  };
  const joinApart = () => {
    ip('-n', middle, 'link', 'add', 'to-apart', 'type', 'veth', 'peer', 'name', 'to-first');
    ip('-n', middle, 'link', 'set', 'to-first', 'master', 'lan-apart', 'up');
    ip('-n', middle, 'link', 'set', 'to-apart', 'master', 'lan-eth0', 'up');
  };
  const setIsolated = (isolated: boolean, device: string, ...members: Name[]) => {
    for (const name of members) {
      const port = `${device}-${names.indexOf(name)}`;
      ip('-n', middle, 'link', 'set', port, 'type', 'bridge_slave', 'isolated', isolated ? 'on' : 'off');
    }
  };
  const hostOf = (name: Name, index: number): Host => ({
    name,
    address: `10.77.0.${index + 1}`,
    start: (command, args, options) =>
      start('ip', ['netns', 'exec', namespaceOf(name), command, ...args], options),
    ip: (...args) => ip('-n', namespaceOf(name), ...args),
  });
  try {
    for (const name of namespaces) ip('netns', 'add', name);
    for (const name of names) ip('-n', namespaceOf(name), 'link', 'set', 'lo', 'up');
    addSegment('10.77', 'eth0', ...names);
    const hosts = names.map((name, index) => [name, hostOf(name, index)] as const);
    const byName = Object.fromEntries(hosts) as Record<Name, Host>;
    return { hosts: byName, addSegment, setConnected, setApart, joinApart, setIsolated, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}
