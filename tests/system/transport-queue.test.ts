import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

// A system that takes no datagram at once, as a slow network does: Node has a switch that makes it so. Every datagram
// then waits in a queue, and its memory has to stay as it is until the queue is done with it.
it('datagrams that have to wait arrive as they were, also those sent right before close', () => {
  const source = `
    import { openTransport } from '@hellohaybye/transport/node';
    const options = { channels: { data: { host: '127.0.0.1', port: 0 } }, worker: false, pacing: false };
    const [a, b] = [await openTransport(options), await openTransport(options)];
    const formats = [{ format: 'generic', payloadType: 96, clockRate: 90_000 }];
    const stream = { id: 's', channel: 'data', ssrc: 1, formats };
    a.addOutgoing(stream);
    a.addDestination({ id: 'b', addresses: { data: { address: '127.0.0.1', port: b.ports.data } } });
    b.addIncoming({ peer: 'a', ...stream });
    const count = 20;
    let intact = 0;
    const all = new Promise((resolve) => b.on('frame', ({ data }) => {
      if (data.length === 40_000 && data.every((byte) => byte === data[0])) intact += 1;
      if (intact === count) resolve();
    }));
    for (let number = 0; number < count; number += 1) {
      a.send({ stream: 's', data: new Uint8Array(40_000).fill(number), capturedAt: number * 33_333 });
      globalThis.gc();
    }
    const { sendErrors } = await a.statistics();
    await a.close();
    await all;
    await b.close();
    console.log(JSON.stringify({ intact, sendErrors }));`;
  const flags = ['--test-udp-no-try-send', '--expose-gc', '--input-type=module', '-e', source];
  const { stdout, stderr } = spawnSync(process.execPath, flags, {
    encoding: 'utf8',
    timeout: 30_000,
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ intact: 20, sendErrors: {} });
});
