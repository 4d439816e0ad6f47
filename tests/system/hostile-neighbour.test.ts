import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { seconds } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import type { PayloadFormat } from '@hellohaybye/transport';
import { openTransport, type SrtpKey, type Transport } from '@hellohaybye/transport/node';
import { expect, it } from 'vitest';

// A neighbour that stands in the way of every datagram of a call, who has all that can be seen of it, and no key.

const neighbour = fileURLToPath(new URL('../support/neighbour.mjs', import.meta.url));
const formats: PayloadFormat[] = [{ format: 'generic', payloadType: 96, clockRate: 90_000 }];
const host = '127.0.0.1';
const profile = 'AES_CM_128_HMAC_SHA1_80' as const;
const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('base64');

interface Side {
  transport: Transport;
  stream: { id: string; channel: string; ssrc: number; formats: PayloadFormat[] };
  sent: string[];
  came: string[];
}

it('who sees, repeats, changes, reflects and forges packets gets no frame in, keeps none out, and has nothing sent', async () => {
  const keys = ['left', 'right'].map((id) => ({
    ...{ id, profile },
    ...{ key: randomBytes(16), salt: randomBytes(14) },
  }));
  const sides = await Promise.all(
    keys.map(async (key, at): Promise<Side> => {
      const transport = await openTransport({
        channels: { media: { host, port: 0 } },
        protection: { key },
      });
      return { transport, stream: { id: 's', channel: 'media', ssrc: 70 + at, formats }, sent: [], came: [] };
    }),
  );
  const ports = sides.map(({ transport }) => String(transport.ports['media']));
  const attacker = fork(neighbour, ports);
  try {
    const [listening] = (await once(attacker, 'message')) as [[number, number]];
    for (const [at, side] of sides.entries()) connect(side, sides[1 - at]!, keys[1 - at]!, listening[at]!);
    const ask = async <Answer>(what: string): Promise<Answer> => {
      attacker.send(what);
      const [answer] = (await once(attacker, 'message')) as [Answer];
      return answer;
    };
    await run(sides);
    const quiet = await ask<number[]>('count');
    const [made] = await Promise.all([ask<Record<string, number>>('attack'), run(sides)]);
    const attacked = (await ask<number[]>('count')).map((bytes, at) => bytes - quiet[at]!);
    expect(made['forgeries']).toBeGreaterThan(50_000);
    for (const kind of ['replays', 'changes', 'reflections']) expect(made[kind], kind).toBeGreaterThan(1000);

    const noRoom = droppedBySystem([...ports.map(Number), ...listening]);
    for (const [at, side] of sides.entries()) {
      const other = sides[1 - at]!;
      // Nothing came that was not sent, and nothing twice.
      expect(side.came.filter((frame) => !other.sent.includes(frame))).toEqual([]);
      expect(new Set(side.came).size).toBe(side.came.length);
      // All of it came, but for what this machine itself had no room for: then most of that is repaired.
      const missing = other.sent.length - side.came.length;
      expect(missing).toBeLessThanOrEqual(Math.min(noRoom, 0.1 * other.sent.length));
      const { drops } = await side.transport.statistics();
      for (const reason of ['replayed', 'unauthenticated', 'unknown-key'])
        expect(drops[reason], reason).toBeGreaterThan(500);
      expect(attacked[at]).toBeLessThan(1.1 * quiet[at]! + 20_000);
    }
  } finally {
    attacker.kill();
    await Promise.all(sides.map(({ transport }) => transport.close()));
  }
});

/** One side sends to and listens to the other, through the neighbour. */
function connect(side: Side, other: Side, key: SrtpKey, port: number): void {
  const { transport, stream } = side;
  transport.addOutgoing(stream);
  const control = { channel: 'media', ssrc: other.transport.controlSsrc };
  transport.addDestination({ id: 'other', addresses: { media: { address: host, port } }, control });
  transport.addIncoming({ peer: 'other', ...other.stream, deadline: seconds(1) });
  transport.setPeerKeys('other', [key], []);
  transport.on('frame', ({ data }) => side.came.push(digest(data)));
}

/** Both send for a while, until all has come or nothing more does. */
async function run(sides: Side[]): Promise<void> {
  for (let frame = 0; frame < FRAMES; frame += 1) {
    for (const { transport, stream, sent } of sides) {
      const data = Uint8Array.from(randomBytes(FRAME_BYTES));
      sent.push(digest(data));
      transport.send({ stream: stream.id, data, capturedAt: systemClock.now() });
    }
    await new Promise((resolve) => setTimeout(resolve, 33));
  }
  // A frame is given up a second after its last packet.
  const end = performance.now() + 3000;
  const isMissing = () => sides.some(({ came }, at) => came.length < sides[1 - at]!.sent.length);
  while (isMissing() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Datagrams that found the receive buffers of these ports full; as many as you like where the system does not tell. */
function droppedBySystem(ports: readonly number[]): number {
  if (!existsSync('/proc/net/udp')) return Infinity;
  const sockets = readFileSync('/proc/net/udp', 'utf8').split('\n').slice(1, -1);
  const fields = sockets.map((line) => line.trim().split(/\s+/));
  const own = fields.filter(([, local]) => ports.includes(parseInt(local!.split(':')[1]!, 16)));
  expect(own).toHaveLength(ports.length);
  return own.reduce((sum, socket) => sum + Number(socket.at(-1)), 0);
}

const FRAMES = 160;
const FRAME_BYTES = 10_000;
