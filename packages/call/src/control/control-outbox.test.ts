import { describe, expect, it } from 'vitest';
import { ControlOutbox } from './control-outbox.js';
import { parseControl } from './control-message.js';

describe('ControlOutbox', () => {
  it('knows which messages were not taken', () => {
    const sent: unknown[] = [];
    const outbox = new ControlOutbox((peer, data) => sent.push([peer, parseControl(data)]) > 0);
    outbox.say('anna', { type: 'chat', id: '1', text: 'one' });
    outbox.say('anna', { type: 'leaving' });
    outbox.say('ben', { type: 'leaving' });
    expect([outbox.waiting('anna', 'chat'), outbox.waiting('ben', 'chat')]).toEqual([1, 0]);
    expect(sent[0]).toEqual(['anna', { type: 'chat', id: '1', text: 'one' }]);
    expect(outbox.take({ type: 'control-taken', peer: 'anna', messages: 1, bytes: 9 })).toBeUndefined();
    const failed = { type: 'control-failed', reason: 'timeout', messages: 1, bytes: 9 } as const;
    expect(outbox.take({ ...failed, peer: 'anna' })).toEqual({ peer: 'anna', kinds: ['leaving'] });
    expect(outbox.isEmpty).toBe(false);
    expect(outbox.take({ type: 'control-taken', peer: 'ben', messages: 1, bytes: 9 })).toBeUndefined();
    expect(outbox.isEmpty).toBe(true);
  });

  it('does not wait for what could not be sent', () => {
    const outbox = new ControlOutbox(() => false);
    expect(outbox.say('anna', { type: 'leaving' })).toBe(false);
    expect(outbox.isEmpty).toBe(true);
  });
});
