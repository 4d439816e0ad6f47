import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@hellohaybye/core/node';
import type { PayloadFormat } from '@hellohaybye/transport';
import { openTransport, type IncomingFrame, type Transport } from '@hellohaybye/transport/node';
import { afterEach, describe, expect, it } from 'vitest';

const formats: PayloadFormat[] = [{ format: 'generic', payloadType: 96, clockRate: 90_000 }];
const host = '127.0.0.1';
const open: Transport[] = [];

async function pair(): Promise<[Transport, Transport]> {
  const make = () => openTransport({ channels: { data: { host, port: 0 } } });
  const [a, b] = await Promise.all([make(), make()]);
  open.push(a, b);
  a.addOutgoing({ id: 's', channel: 'data', ssrc: 1, formats });
  a.addDestination({ id: 'b', addresses: { data: { address: host, port: b.ports['data']! } } });
  b.addIncoming({ peer: 'a', id: 's', channel: 'data', ssrc: 1, formats });
  return [a, b];
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});

describe('a transport in a thread of its own', () => {
  it('carries frames, handing their memory over, on the clock of the main thread', async () => {
    const [a, b] = await pair();
    const came = once(b, 'frame') as Promise<[IncomingFrame]>;
    const data = Uint8Array.from({ length: 40_000 }, (_, index) => index % 253);
    const expected = Uint8Array.from(data);
    const capturedAt = systemClock.now();
    a.send({ stream: 's', data, capturedAt });
    expect(data.byteLength).toBe(0);
    const [frame] = await came;
    expect(Buffer.compare(frame.data, expected)).toBe(0);
    expect(Math.abs(frame.capturedAt! - capturedAt)).toBeLessThan(20);
    expect(frame.arrivedAt).toBeGreaterThan(capturedAt);
    expect(frame.arrivedAt).toBeLessThanOrEqual(systemClock.now());
  });

  it('copies what it may not take: part of a larger piece', async () => {
    const [a, b] = await pair();
    const came = once(b, 'frame') as Promise<[IncomingFrame]>;
    const pooled = Buffer.from('a small buffer of the common pool');
    a.send({ stream: 's', data: pooled, capturedAt: systemClock.now() });
    const [frame] = await came;
    expect(Buffer.from(frame.data).toString()).toBe('a small buffer of the common pool');
    expect(pooled.toString()).toBe('a small buffer of the common pool');
  });

  it('loses nothing while the main thread is busy', async () => {
    const [a, b] = await pair();
    const count = 20;
    let got = 0;
    const all = new Promise<void>((resolve) => b.on('frame', () => void (++got === count && resolve())));
    for (let number = 0; number < count; number += 1) {
      a.send({ stream: 's', data: new Uint8Array(40_000).fill(number), capturedAt: systemClock.now() });
      const until = systemClock.now() + 20_000;
      while (systemClock.now() < until);
    }
    await all;
    expect((await b.statistics()).incoming[0]).toMatchObject({ frames: count, lost: 0, givenUp: 0 });
    expect((await b.statistics()).framesNotTaken).toBe(0);
  });

  it('tells events and statistics, and ends its thread at close', async () => {
    const [a, b] = await pair();
    const came = once(b, 'frame');
    a.send({ stream: 's', data: new Uint8Array(1), capturedAt: systemClock.now() });
    await came;
    expect((await a.statistics()).outgoing[0]).toMatchObject({
      frames: 1,
      destinations: [{ destination: 'b', packets: 1 }],
    });
    const said = new Promise((resolve) => b.on('event', (event) => event.type === 'bye' && resolve(event)));
    await a.close();
    expect(await said).toEqual({ type: 'bye', peer: 'a', stream: 's' });
    await expect(a.statistics()).rejects.toMatchObject({ code: 'transport-closed' });
    a.send({ stream: 's', data: new Uint8Array(1), capturedAt: systemClock.now() });
  });

  it('reports a port in use as an error of its own', async () => {
    const [a] = await pair();
    const port = a.ports['data']!;
    await expect(openTransport({ channels: { data: { host, port } } })).rejects.toMatchObject({
      name: 'HhbError',
      code: 'port-in-use',
      message: expect.stringContaining(String(port)),
    });
  });
});

describe('as a program uses it', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, args, {
      encoding: 'utf8',
      timeout: 30_000,
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    });

  it.each([
    ['ESM', 'module', "const { openTransport } = await import('@hellohaybye/transport/node');"],
    ['CJS', 'commonjs', "const { openTransport } = require('@hellohaybye/transport/node');"],
  ])('%s: the worker is found, and the process ends by itself after close', (_, type, load) => {
    const source = `${load}
      const done = async () => {
        const transport = await openTransport({ channels: { data: { host: '127.0.0.1', port: 0 } } });
        await transport.close();
        console.log('closed', transport.ports.data > 0);
      };
      done();`;
    const { stdout, stderr, status } = run(`--input-type=${type}`, '-e', source);
    expect({ stdout, stderr, status }).toEqual({ stdout: 'closed true\n', stderr: '', status: 0 });
  });

  it('a worker that dies: statistics fail with a code, and an error event tells', () => {
    // The thread is ended from outside, as nothing inside it could be made to die for sure.
    const source = `
      import { openTransport } from '@hellohaybye/transport/node';
      import { createRequire } from 'node:module';
      const { Worker } = createRequire(import.meta.url)('node:worker_threads');
      const workers = [];
      const on = Worker.prototype.on;
      Worker.prototype.on = function (...args) { workers.push(this); return on.apply(this, args); };
      const transport = await openTransport({ channels: { data: { host: '127.0.0.1', port: 0 } } });
      transport.on('error', ({ code }) => console.log('event', code));
      const asked = transport.statistics().catch(({ code }) => console.log('statistics', code));
      workers[0].terminate();
      await asked;
      await transport.statistics().catch(({ code }) => console.log('later', code));
      transport.send({ stream: 's', data: new Uint8Array(1), capturedAt: 0 });
      await transport.close();`;
    const { stdout, status } = run('--input-type=module', '-e', source);
    expect(stdout.split('\n').sort()).toEqual([
      '',
      'event worker-failed',
      'later worker-failed',
      'statistics worker-failed',
    ]);
    expect(status).toBe(0);
  });
});
