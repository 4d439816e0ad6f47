import { describe, expect, it } from 'vitest';
import { statusLine } from './call-session.js';

const anna = { id: 'a', name: 'anna', fps: 30, bitsPerSecond: 3.2e6, latencyMs: 4, level: null, state: {} };

describe('statusLine', () => {
  it('tells of losses before and after repair only when there were some', () => {
    expect(statusLine({ ...anna, lossBefore: 0, lossAfter: 0 })).toBe(
      'anna: 30 fps  3.2 Mbit/s  loss 0.0 %  4.0 ms',
    );
    expect(statusLine({ ...anna, lossBefore: 0.031, lossAfter: 0 })).toBe(
      'anna: 30 fps  3.2 Mbit/s  loss 3.1 % → 0.0 %  4.0 ms',
    );
  });

  it('tells what somebody says of themselves', () => {
    const state = { muted: true, cameraOff: false, onHold: true };
    expect(statusLine({ ...anna, state, lossBefore: 0, lossAfter: 0 })).toMatch(
      /4\.0 ms {2}\(muted, on hold\)$/,
    );
  });

  it('says so when the latency is not known, and defuses names', () => {
    const line = statusLine({ ...anna, name: 'an\x1bna', latencyMs: null, lossBefore: 0, lossAfter: 0 });
    expect(line).toBe('an\ufffdna: 30 fps  3.2 Mbit/s  loss 0.0 %  latency unknown');
  });
});
