import { once } from 'node:events';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@hellohaybye/core/node';
import { seconds } from '@hellohaybye/core';
import type { PayloadFormat } from '@hellohaybye/transport';
import { openTransport } from '@hellohaybye/transport/node';
import { expect, it } from 'vitest';

// The same strangers as in `npm run bench:transport -- hostile`, a process of their own, at a rate that two shared cores
// surely take. Who sees the call and knows its SSRCs is the subject of hostile-neighbour.test.ts.
const strangers = fileURLToPath(new URL('../../bench/transport/strangers.mjs', import.meta.url));
const formats: PayloadFormat[] = [{ format: 'generic', payloadType: 96, clockRate: 90_000 }];
const host = '127.0.0.1';

it('20,000 datagrams of strangers within a second cost a call no frame, and are counted by reason', async () => {
  const make = () => openTransport({ channels: { media: { host, port: 0 } } });
  const [a, b] = await Promise.all([make(), make()]);
  try {
    const at = (port: number | undefined) => ({ media: { address: host, port: port! } });
    const stream = { id: 's', channel: 'media', ssrc: 77, formats };
    a.addOutgoing(stream);
    a.addDestination({ id: 'b', addresses: at(b.ports['media']) });
    b.addIncoming({ peer: 'a', ...stream, deadline: seconds(1) });
    b.addDestination({ id: 'a', addresses: at(a.ports['media']) });
    const frames = 45;
    const whole = new Set<number>();
    const all = new Promise<void>((resolve) =>
      b.on('frame', ({ data }) => {
        if (data.length === 40_000 && data.every((byte) => byte === data[0])) whole.add(data[0]!);
        if (whole.size === frames) resolve();
      }),
    );
    const flood = fork(strangers, [String(b.ports['media']), '20000', '1']);
    const told = once(flood, 'message') as Promise<[{ sent: number }]>;
    const tick = async (number: number) => {
      a.send({ stream: 's', data: new Uint8Array(40_000).fill(number), capturedAt: systemClock.now() });
      await new Promise((resolve) => setTimeout(resolve, 33));
    };
    for (let number = 0; number < frames; number += 1) await tick(number);
    const [{ sent }] = await told;
    await all;
    expect(whole.size).toBe(frames);
    const { drops, incoming } = await b.statistics();
    expect(incoming[0]).toMatchObject({ frames, givenUp: 0 });
    // Each kind is a fifth of them; of all sent nearly all arrive, and each that arrives is counted.
    const dropped = Object.values(drops).reduce((sum, count) => sum + count, 0);
    expect(sent).toBeGreaterThan(10_000);
    expect(dropped).toBeLessThanOrEqual(sent);
    expect(dropped).toBeGreaterThan(0.8 * sent);
    for (const reason of [
      'wrong-version',
      'unknown-ssrc',
      'malformed-rtp',
      'malformed-rtcp',
      'unknown-reporter',
    ])
      expect(drops[reason], reason).toBeGreaterThan(0.1 * sent);
    // Whatever strangers claim, the other participant hears of none of it.
    expect((await a.statistics()).drops).toEqual({});
  } finally {
    await Promise.all([a.close(), b.close()]);
  }
});
