import { EventEmitter } from 'node:events';
import type { Call, CallEvents } from '@hellohaybye/call';
import { describe, expect, it } from 'vitest';
import { tellEvents } from './call-controls.js';
import type { Terminal } from './terminal.js';

/** What is told of a call in which something happens: its events are all that it is asked for, besides who calls now. */
function telling() {
  const told: string[] = [];
  const call = Object.assign(new EventEmitter<CallEvents>(), { calls: [] });
  const terminal = { say: (line: string) => void told.push(line) };
  tellEvents(call as unknown as Call, terminal as unknown as Terminal, () => void told.push('(bell)'));
  return { call, told };
}
const media = { candidates: [], ports: {}, streams: [] };
const anna = { id: 'a', instance: 'a', name: 'an\x1bna', observedAddress: '', media, state: {} };

describe('what is told of a call', () => {
  it('who comes has a line and a sound', () => {
    const { call, told } = telling();
    call.emit('joined', anna);
    expect(told).toEqual(['(bell)', 'an\ufffdna came.']);
  });

  it('so does who comes in the place of somebody', () => {
    const { call, told } = telling();
    call.emit('left', { id: 'a', name: 'anna', reason: 'replaced' });
    call.emit('joined', anna);
    expect(told).toEqual(['anna went (replaced).', '(bell)', 'an\ufffdna came.']);
  });

  it('who is called otherwise has a line, defused', () => {
    const { call, told } = telling();
    call.emit('renamed', { id: 'a', from: 'anna', to: 'an\x1bna (2)' });
    expect(told).toEqual(['anna is called an\ufffdna (2) now.']);
  });
});
