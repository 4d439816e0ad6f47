import { spawnSync } from 'node:child_process';
import { start, type Running, type RunOptions } from './cli.js';

/** One host of a test's own network. */
export interface Host {
  name: string;
  address: string;
  /** Starts a program on this host. */
  start(command: string, args: string[], options?: RunOptions): Running;
}

/** Hosts on one segment, each a network namespace of its own, joined by a bridge in one more. */
export interface TestNetwork<Name extends string> {
  hosts: Record<Name, Host>;
  /** Removes all of it. */
  remove(): void;
}

let networks = 0;

/** Makes a network with a host for each name: 10.77.0.1/24 and up, on an interface called `eth0`. Needs root. */
export function makeNetwork<Name extends string>(...names: Name[]): TestNetwork<Name> {
  const prefix = `hhb${process.pid}x${networks++}`;
  const bridge = `${prefix}-lan`;
  const namespaces = [bridge, ...names.map((name) => `${prefix}-${name}`)];
  const remove = () => namespaces.forEach((name) => spawnSync('ip', ['netns', 'delete', name]));
  try {
    for (const name of namespaces) ip('netns', 'add', name);
    ip('-n', bridge, 'link', 'add', 'lan', 'type', 'bridge');
    ip('-n', bridge, 'link', 'set', 'lan', 'up');
    const hosts = names.map((name, index): [Name, Host] => {
      const namespace = `${prefix}-${name}`;
      const address = `10.77.0.${index + 1}`;
      ip(
        '-n',
        bridge,
        'link',
        'add',
        `port${index}`,
        'type',
        'veth',
        'peer',
        'name',
        'eth0',
        'netns',
        namespace,
      );
      ip('-n', bridge, 'link', 'set', `port${index}`, 'master', 'lan', 'up');
      ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
      for (const link of ['lo', 'eth0']) ip('-n', namespace, 'link', 'set', link, 'up');
      const inside = (command: string, args: string[]) => ['netns', 'exec', namespace, command, ...args];
      return [
        name,
        { name, address, start: (command, args, options) => start('ip', inside(command, args), options) },
      ];
    });
    return { hosts: Object.fromEntries(hosts) as Record<Name, Host>, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}
