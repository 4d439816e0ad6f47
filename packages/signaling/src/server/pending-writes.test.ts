import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { textFrame } from './frame.js';
import type { PeerSocket } from './peer-socket.js';
import { PendingWrites } from './pending-writes.js';

let log: string[];
let writes: PendingWrites;
/** As much of a socket as is written to. */
const socketOf = (name: string) => {
  const sendFrame = ([frame]: Buffer[]) => log.push(`${name} ${frame!.subarray(2).toString()}`);
  return { name, readyState: 1, OPEN: 1, _sender: { sendFrame } } as unknown as PeerSocket;
};
beforeEach(() => {
  log = [];
  writes = new PendingWrites(
    (socket) => log.push(`wrote ${(socket as unknown as { name: string }).name}`),
    () => log.push('all'),
  );
});

describe('frames to be written', () => {
  it('are written in the order in which they came, after what is done now', async () => {
    const [anna, ben] = [socketOf('anna'), socketOf('ben')];
    writes.add(anna, textFrame('1'));
    writes.add(ben, textFrame('1'));
    writes.add(anna, textFrame('2'));
    expect(log).toEqual([]);
    await setImmediate();
    expect(log).toEqual(['anna 1', 'wrote anna', 'ben 1', 'wrote ben', 'anna 2', 'wrote anna', 'all']);
    writes.add(ben, textFrame('3'));
    await setImmediate();
    expect(log.slice(7)).toEqual(['ben 3', 'wrote ben', 'all']);
  });

  it('are written before a connection is closed, and once', async () => {
    writes.add(socketOf('anna'), textFrame('1'));
    writes.flush();
    expect(log).toEqual(['anna 1', 'wrote anna', 'all']);
    writes.flush();
    await setImmediate();
    expect(log).toHaveLength(3);
  });

  it('are not held without bound', () => {
    const anna = socketOf('anna');
    for (let count = 0; count < 5000; count += 1) writes.add(anna, textFrame('x'));
    expect(log.filter((line) => line === 'anna x')).toHaveLength(4096);
  });
});
