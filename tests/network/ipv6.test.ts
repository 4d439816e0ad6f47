import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyFolder, type Running } from '../support/cli.js';
import { makeNetwork, type Host, type TestNetwork } from '../support/namespaces.js';
import { describeWith } from '../support/needs.js';
import { leaveSeen, participant, serveOn } from '../support/on-hosts.js';

describeWith(['network namespaces'], 'hosts that have IPv6 alone', () => {
  let network: TestNetwork<'anna' | 'ben' | 'carl'>;
  let state: string;
  beforeEach(() => {
    state = emptyFolder();
    network = makeNetwork('anna', 'ben', 'carl');
    Object.values(network.hosts).forEach((host, index) => {
      host.ip('-4', 'address', 'flush', 'dev', 'eth0');
      host.ip('address', 'add', `fd77::${index + 1}/64`, 'dev', 'eth0', 'nodad');
    });
  });
  afterEach(() => network.remove());

  const run = (host: Host, ...args: string[]): Running => participant(host, state, args);
  const inRoom = (call: Running) => call.printed(/You are /);
  /** Anna's and Ben's ends of a call: whether each has seen and heard the other. */
  const expectBothWays = async (first: Running, second: Running) => {
    await Promise.all([first.printed(/ben: +1\d fps/), second.printed(/anna: +1\d fps/)]);
    await first.printed(/ben is sent to at fd77::2 now/);
    await second.printed(/anna is sent to at fd77::1 now/);
    await leaveSeen(first, second);
  };

  it('see each other by a server at an IPv6 address', async () => {
    const { anna, ben, carl } = network.hosts;
    await serveOn(carl, '::');
    const url = 'ws://[fd77::3]:5000';
    const calls = [run(anna, 'join', '--server', url), run(ben, 'join', '--server', url)] as const;
    await Promise.all(calls.map(inRoom));
    await expectBothWays(...calls);
  });

  it('see each other where one hosts', async () => {
    const { anna, ben } = network.hosts;
    const first = run(anna, 'join');
    await inRoom(first);
    await expectBothWays(first, run(ben, 'join', '--server', 'ws://[fd77::1]:5000'));
  });

  it('see each other at addresses that they name, and at no other', async () => {
    const { anna, ben } = network.hosts;
    for (const [index, host] of [anna, ben].entries())
      host.ip('address', 'add', `10.77.0.${index + 1}/24`, 'dev', 'eth0');
    const first = run(anna, 'join', '--media-host', 'fd77::1');
    await first.printed(/--server ws:\/\/\[fd77::1\]:5000/);
    await inRoom(first);
    const second = run(ben, 'join', '--media-host', 'FD77:0::2', '--server', 'ws://[fd77::1]:5000');
    await expectBothWays(first, second);
    for (const call of [first, second]) expect(call.stderr).not.toContain('10.77.');
    const wrong = run(ben, 'join', '--media-host', 'fd77::9');
    expect(await wrong.exited).toMatchObject({ code: 2 });
    expect(wrong.stderr).toMatch(
      /^hellohaybye: --media-host: this machine has no address fd77::9\. It has .*\bfd77::2\b.*\.\n/,
    );
  });

  it('find whoever hosts next, when that one is gone', async () => {
    const { anna, ben, carl } = network.hosts;
    const third = run(carl, 'join');
    await inRoom(third);
    const url = 'ws://[fd77::3]:5000';
    const calls = [run(anna, 'join', '--server', url), run(ben, 'join', '--server', url)] as const;
    await Promise.all(calls.map(inRoom));
    third.signal('SIGKILL');
    await Promise.all(calls.map((call) => call.printed(/the signaling server is back/)));
    await expectBothWays(...calls);
  });

  it('see each other when each names the other', async () => {
    const { anna, ben } = network.hosts;
    await expectBothWays(run(anna, 'connect', 'fd77::2'), run(ben, 'connect', 'fd77::1'));
  });
});
