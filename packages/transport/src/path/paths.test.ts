import { micros, millis } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { ourSource, PathRun, peerSource } from '../testing/path-run.js';
import { readProbe, writeProbe } from './probe-packet.js';

const [cable, wifi, vpn] = ['10.77.0.1', '10.78.0.1', 'fd00::1'] as const;

function running(wires: Record<string, number>, told = [cable, wifi, vpn] as string[]): PathRun {
  const run = new PathRun();
  for (const [address, roundTrip] of Object.entries(wires)) run.wires.set(address, millis(roundTrip));
  run.tell(...told);
  return run;
}

/** Used, after it has been so for some time. */
function settled(wires: Record<string, number>, told?: string[]): PathRun {
  const run = running(wires, told);
  run.run(10_000);
  run.uses.length = 0;
  run.probes.length = 0;
  return run;
}

describe('at the start', () => {
  it('all addresses are probed at once', () => {
    const run = running({});
    expect(run.probes).toEqual([cable, wifi, vpn].map((address) => ({ address, at: 0 })));
  });

  it('the most preferred one is used, and still is when none ever answers, with less and less probes', () => {
    const run = running({});
    run.run(60_000);
    expect([run.address, run.uses]).toEqual([cable, []]);
    expect(run.probes.filter(({ address }) => address === cable).length).toBeLessThan(20);
    expect(run.paths.statistics()[0]).toMatchObject({ answered: false, changes: 0 });
  });

  it('one that answers is told, without a previous one when it is the first choice', () => {
    const run = running({ [cable]: 1, [wifi]: 1 });
    run.run(500);
    expect(run.uses).toEqual([{ address: cable, at: 1 }]);
  });

  it('one that answers is used at once, and a better one that answers soon after it', () => {
    const run = running({ [cable]: 20, [wifi]: 5, [vpn]: 1 });
    run.run(500);
    expect(run.uses).toEqual([
      { address: vpn, previous: cable, at: 1 },
      { address: wifi, previous: vpn, at: 5 },
      { address: cable, previous: wifi, at: 20 },
    ]);
  });

  it('a preferred one that is much slower is passed over', () => {
    const run = running({ [cable]: 200, [wifi]: 5 });
    run.run(20_000);
    expect(run.address).toBe(wifi);
    const near = running({ [cable]: 30, [wifi]: 5 });
    near.run(20_000);
    expect(near.address).toBe(cable);
  });

  it('no more than 16 addresses count, and an address that is told twice counts once', () => {
    const many = Array.from({ length: 40 }, (_, index) => `10.0.0.${index % 20}`);
    const run = running({}, many);
    expect(run.probes.length).toBe(16);
    expect(new Set(run.probes.map(({ address }) => address)).size).toBe(16);
  });

  it('IPv4 within IPv6 is IPv4', () => {
    const run = running({ '10.77.0.1': 1 }, ['::ffff:10.77.0.1', '10.77.0.1']);
    expect(run.probes.map(({ address }) => address)).toEqual(['10.77.0.1']);
  });
});

describe('later on', () => {
  it('the used one is probed about every second, the others every five', () => {
    const run = settled({ [cable]: 1, [wifi]: 1 });
    run.run(60_000);
    const of = (address: string) => run.probes.filter((probe) => probe.address === address).length;
    expect(of(cable)).toBeGreaterThanOrEqual(58);
    expect(of(cable)).toBeLessThanOrEqual(61);
    expect(of(wifi)).toBeGreaterThanOrEqual(11);
    expect(of(wifi)).toBeLessThanOrEqual(13);
    expect(of(vpn)).toBeLessThanOrEqual(13);
    expect(run.uses).toEqual([]);
  });

  it('another one is used within two seconds when it stops answering, whenever that is', () => {
    for (let after = 0; after < 1000; after += 50) {
      const run = settled({ [cable]: 1, [wifi]: 2, [vpn]: 2 });
      run.run(after);
      const since = run.at;
      run.wires.delete(cable);
      run.run(3000);
      expect(run.uses.map(({ address }) => address)).toEqual([wifi]);
      expect(run.uses[0]!.at - since).toBeLessThan(2000);
    }
  });

  it('one that has died with it is not used', () => {
    const run = settled({ [cable]: 1, [wifi]: 1, [vpn]: 1 });
    run.wires.delete(cable);
    run.wires.delete(wifi);
    run.run(3000);
    expect(run.uses.map(({ address }) => address)).toEqual([vpn]);
  });

  it('another one is used at once when the system has no way to it', () => {
    const run = settled({ [cable]: 1, [wifi]: 1 });
    run.wires.delete(cable);
    const since = run.at;
    expect(run.unreachable(cable)).toBe(false);
    expect(run.uses).toEqual([{ address: wifi, previous: cable, at: since }]);
  });

  it('an address without a way that is only tried is nobody’s business', () => {
    const run = settled({ [cable]: 1 });
    expect(run.unreachable(vpn)).toBe(true);
    expect(run.unreachable('192.0.2.1')).toBe(false);
    expect(run.uses).toEqual([]);
    expect(run.paths.statistics()[0]!.candidates[2]).toMatchObject({ state: 'unreachable' });
  });

  it('media that goes nowhere does not put probes off', () => {
    const run = settled({ [cable]: 1 }, [cable]);
    run.wires.delete(cable);
    for (let frame = 0; frame < 300; frame += 1) {
      run.unreachable(cable);
      run.run(33);
    }
    run.wires.set(cable, millis(1));
    const since = run.at;
    run.run(6000);
    expect(run.paths.statistics()[0]!.candidates[0]).toMatchObject({ state: 'answering' });
    expect(run.probes.filter(({ at }) => at > since).length).toBeGreaterThan(0);
  });

  it('it stays where nothing else answers', () => {
    const run = settled({ [cable]: 1, [wifi]: 1 });
    run.wires.clear();
    run.run(30_000);
    expect(run.address).toBe(cable);
    run.wires.set(wifi, millis(1));
    run.run(6000);
    expect(run.address).toBe(wifi);
  });

  it('a better one that is back is used when it has stayed for some seconds', () => {
    const run = settled({ [cable]: 1, [wifi]: 1 });
    run.wires.delete(cable);
    run.run(3000);
    run.wires.set(cable, millis(1));
    run.run(30_000);
    expect(run.uses.map(({ address }) => address)).toEqual([wifi, cable]);
    expect(run.uses[1]!.at - run.uses[0]!.at).toBeGreaterThan(3000);
  });

  it('one that comes and goes does not take the call with it', () => {
    const run = settled({ [cable]: 1, [wifi]: 1 });
    for (let round = 0; round < 60; round += 1) {
      run.wires.delete(cable);
      run.run(5000);
      run.wires.set(cable, millis(1));
      run.run(5000);
    }
    // It could have been 120 changes.
    expect(run.uses.length).toBeLessThan(12);
  });

  it('losses alone change nothing for long', () => {
    const run = settled({ [cable]: 1, [wifi]: 1 });
    run.loss = 0.05;
    run.run(600_000);
    expect(run.uses.length).toBeLessThan(4);
  });
});

describe('addresses that are told anew', () => {
  it('are all probed at once, and a new first one is used when it answers', () => {
    const run = settled({ [wifi]: 1, [cable]: 1 }, [wifi]);
    const since = run.at;
    run.tell(cable, wifi);
    expect(run.probes.filter(({ at }) => at === since).map(({ address }) => address)).toEqual([cable, wifi]);
    run.run(100);
    expect(run.uses).toEqual([{ address: cable, previous: wifi, at: since + 1 }]);
  });

  it('change nothing when they are the same', () => {
    const run = settled({ [cable]: 1, [wifi]: 1 });
    const count = run.probes.length;
    run.tell(cable, wifi, vpn);
    expect([run.probes.length, run.uses]).toEqual([count, []]);
  });

  it('take the used one away: another that answers is used at once', () => {
    const run = settled({ [cable]: 1, [wifi]: 1 });
    run.tell(vpn, wifi);
    expect(run.uses).toEqual([{ address: wifi, previous: cable, at: run.at }]);
  });

  it('are believed when none that is known answers', () => {
    const run = settled({ [cable]: 1 }, [cable]);
    run.tell(vpn, wifi);
    expect(run.address).toBe(vpn);
  });
});

describe('probes of the peer', () => {
  it('are answered to where they came from', () => {
    const run = settled({ [cable]: 1 });
    const transaction = { high: 7, low: 8 };
    const from = { address: '10.99.0.9', port: 4242 };
    const request = writeProbe({ kind: 'request', sender: peerSource, receiver: ourSource, transaction });
    expect(run.paths.receive(request, { from, channel: 'audio' }, run.clock.now())).toEqual({ peer: 'peer' });
    const output = run.paths.poll()!;
    expect(output).toMatchObject({ type: 'response', to: from, channel: 'audio' });
    expect(readProbe(output.type === 'use' ? request : output.packet)).toEqual({
      ...{ kind: 'response', sender: ourSource, receiver: peerSource, transaction },
    });
  });

  it('tell of an address that was not told, which is used when no other answers', () => {
    const run = settled({ [cable]: 1, '10.99.0.9': 1 });
    run.ask('::ffff:10.99.0.9');
    expect(run.probes.at(-1)!.address).toBe('10.99.0.9');
    run.run(10_000);
    expect(run.address).toBe(cable);
    run.wires.delete(cable);
    run.run(3000);
    expect(run.address).toBe('10.99.0.9');
  });

  it('teach four addresses at most; one that is silent makes way', () => {
    const learnt = Array.from({ length: 50 }, (_, index) => `10.99.0.${index}`);
    const run = settled({ [cable]: 1, ...Object.fromEntries(learnt.map((address) => [address, 1])) }, [
      cable,
    ]);
    for (const address of learnt) run.ask(address);
    expect(run.paths.statistics()[0]!.candidates.length).toBe(5);
    run.run(1000);
    for (const address of learnt) run.wires.delete(address);
    run.run(9000);
    expect(run.paths.statistics()[0]!.candidates.length).toBe(5);
    run.ask('10.99.1.1');
    const known = run.paths.statistics()[0]!.candidates.map(({ address }) => address);
    expect(known).toHaveLength(5);
    expect(known).toContain('10.99.1.1');
  });

  it('are forgotten about when nothing answers there', () => {
    const run = settled({ [cable]: 1 }, [cable]);
    run.ask('10.99.0.1');
    run.run(60_000);
    expect(run.paths.statistics()[0]!.candidates.map(({ address }) => address)).toEqual([cable]);
  });

  it('have at most three packets sent where nobody answers: the answer and two probes', () => {
    const run = settled({ [cable]: 1 }, [cable]);
    const victim = '10.99.0.1';
    const request = writeProbe({
      ...{ kind: 'request', sender: peerSource, receiver: ourSource },
      transaction: { high: 1, low: 2 },
    });
    const from = { address: victim, port: 53 };
    run.paths.receive(request, { from, channel: 'video' }, run.clock.now());
    const response = run.paths.poll();
    expect(response).toMatchObject({ type: 'response', to: from });
    run.drain();
    run.run(60_000);
    expect(run.probes.filter(({ address }) => address === victim)).toHaveLength(2);
  });

  it('from where somebody has answered before are waited for longer', () => {
    const run = settled({ [cable]: 1, '10.99.0.1': 1 }, [cable]);
    run.ask('10.99.0.1');
    run.run(10_000);
    run.wires.delete('10.99.0.1');
    const count = run.probes.filter(({ address }) => address === '10.99.0.1').length;
    run.run(120_000);
    const probes = run.probes.filter(({ address }) => address === '10.99.0.1').length - count;
    expect(probes).toBeGreaterThan(5);
    expect(probes).toBeLessThanOrEqual(10);
  });

  it('from an address that was silent have it probed at once', () => {
    const run = settled({ [cable]: 1 });
    run.run(20_000);
    run.wires.set(wifi, millis(1));
    const count = run.probes.length;
    run.ask(wifi);
    expect(run.probes.slice(count).map(({ address }) => address)).toEqual([wifi]);
  });

  it('are dropped by reason', () => {
    const run = settled({ [cable]: 1 });
    const from = { address: cable, port: 5001 };
    const receive = (change: object) => {
      const probe = {
        kind: 'request' as const,
        sender: peerSource,
        receiver: ourSource,
        transaction: { high: 1, low: 2 },
      };
      return run.paths.receive(
        writeProbe({ ...probe, ...change }),
        { from, channel: 'video' },
        run.clock.now(),
      );
    };
    expect(receive({ sender: 99 })).toBe('unknown-probe');
    expect(receive({ receiver: 99 })).toBe('unknown-probe');
    expect(receive({ sender: ourSource })).toBe('unknown-probe');
    expect(receive({ kind: 'response' })).toBe('unknown-probe');
    const malformed = {
      ...writeProbe({ kind: 'request', sender: 2, receiver: 1, transaction: { high: 1, low: 2 } }),
      count: 9,
    };
    expect(run.paths.receive(malformed, { from, channel: 'video' }, run.clock.now())).toBe('malformed-probe');
  });

  it('are answered a bounded number of times', () => {
    const run = settled({ [cable]: 1 });
    const probe = {
      kind: 'request' as const,
      sender: peerSource,
      receiver: ourSource,
      transaction: { high: 1, low: 2 },
    };
    const from = { address: cable, port: 5001 };
    const burst = () =>
      Array.from({ length: 1000 }, () =>
        run.paths.receive(writeProbe(probe), { from, channel: 'video' }, run.clock.now()),
      );
    expect(burst().filter((result) => result !== 'probe-overflow').length).toBe(64);
    run.clock.advance(micros(1e6));
    expect(burst().filter((result) => result !== 'probe-overflow').length).toBe(32);
  });
});

it('only two probes to an address can be answered: one that comes too late is none', () => {
  const run = new PathRun();
  run.wires.set(cable, millis(700));
  run.tell(cable);
  run.run(650);
  // Three are on their way; the first is forgotten.
  expect(run.probes.length).toBe(3);
  run.run(100);
  expect(run.uses).toEqual([]);
  run.run(1000);
  expect(run.uses).toHaveLength(1);
});
