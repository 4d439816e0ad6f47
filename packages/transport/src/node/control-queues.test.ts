import { describe, expect, it } from 'vitest';
import { ControlQueues } from './control-queues.js';

const addresses = {};
const control = { channel: 'data', ssrc: 1 };

function withPeer(): ControlQueues {
  const queues = new ControlQueues();
  queues.command({ type: 'add-destination', destination: { id: 'p', addresses, control } });
  return queues;
}

/** Fills a queue with messages of 16,320 bytes, which count 16,384. @returns how many it took */
function fill(queues: ControlQueues): number {
  let count = 0;
  while (queues.push('p', 16_320)) count += 1;
  return count;
}

describe('the queues for control messages, seen from the main thread', () => {
  it('take 256 KiB, and as much again as was taken or given up', () => {
    const queues = withPeer();
    expect(fill(queues)).toBe(16);
    queues.event({ type: 'control-taken', peer: 'p', messages: 3, bytes: 3 * 16_320 });
    expect(fill(queues)).toBe(3);
    queues.event({ type: 'control-failed', peer: 'p', reason: 'timeout', messages: 16, bytes: 16 * 16_320 });
    expect(fill(queues)).toBe(16);
  });

  it('are of those with a control stream alone', () => {
    const queues = withPeer();
    expect(queues.push('other', 1)).toBe(false);
    queues.command({ type: 'add-destination', destination: { id: 'p', addresses } });
    expect(queues.push('p', 1)).toBe(false);
    queues.command({ type: 'add-destination', destination: { id: 'p', addresses, control } });
    expect(queues.push('p', 1)).toBe(true);
    queues.command({ type: 'remove-destination', id: 'p' });
    expect(queues.push('p', 1)).toBe(false);
  });

  it('still hold what waited for a peer that was removed, until that is told as failed', () => {
    const queues = withPeer();
    fill(queues);
    queues.command({ type: 'remove-destination', id: 'p' });
    queues.command({ type: 'add-destination', destination: { id: 'p', addresses, control } });
    expect(fill(queues)).toBe(0);
    queues.event({ type: 'control-failed', peer: 'p', reason: 'removed', messages: 16, bytes: 16 * 16_320 });
    expect(fill(queues)).toBe(16);
  });
});
