import { describe, expect, it } from 'vitest';
import { micros, seconds, type Micros } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import type { RoomView, ServerMessage } from '../../protocol/types.js';
import { sampleMedia } from '../../test-support/media.js';
import { SessionMachine } from './session-machine.js';
import type { SessionOutput } from './session-types.js';

describe('a goodbye that nobody waits for any more', () => {
  it('takes us out of the call when it was carried out after all', () => {
    const { machine, bye, outputs } = inCallAfterLateBye();
    expect(outputs()).toContainEqual(expect.objectContaining({ type: 'reject', requestId: bye }));
    expect(machine.inside?.room).toBe('call:1');

    machine.received({ type: 'done', requestId: bye }, late);

    expect(machine.inside).toBeUndefined();
    const value = { room: 'call:1', reason: 'call-ended' };
    expect(outputs()).toEqual([{ type: 'event', event: { name: 'removed', value } }]);
  });

  it('counts although another one was given up after it', () => {
    const { machine, bye } = inCallAfterLateBye(2);
    machine.received({ type: 'done', requestId: bye }, late);
    expect(machine.inside).toBeUndefined();
  });

  it('leaves us where we are when it was refused, as the call has gone to a room', () => {
    const { machine, bye } = inCallAfterLateBye();
    machine.received({ type: 'room', ...view('one', false) }, late);
    machine.received({ type: 'error', requestId: bye, code: 'not-in-call', message: 'In no call' }, late);
    expect(machine.inside?.room).toBe('one');
  });

  it('does not take us out of the call that we entered after we had left', () => {
    const { machine, bye } = inCallAfterLateBye();
    const leave = machine.request({ type: 'leave' }, late);
    const accept = machine.request({ type: 'accept', invitation: 'i', media }, late);
    machine.received({ type: 'done', requestId: leave }, late);
    machine.received({ type: 'room', requestId: accept, ...view('call:2', true) }, late);
    machine.received({ type: 'done', requestId: bye }, late);
    expect(machine.inside?.room).toBe('call:2');
  });
});

/** A client in a call whose goodbyes were sent and not answered in time. */
function inCallAfterLateBye(byes = 1) {
  const machine = new SessionMachine({
    name: 'c0',
    instanceKey: '0'.repeat(32),
    random: seededRandom(1),
    timeout,
  });
  const outputs = (): SessionOutput[] => {
    const all: SessionOutput[] = [];
    for (let one = machine.poll(); one; one = machine.poll()) all.push(one);
    return all;
  };
  machine.welcomed(welcome, start);
  const accept = machine.request({ type: 'accept', invitation: 'i', media }, start);
  machine.received({ type: 'room', requestId: accept, ...view('call:1', true) }, start);
  outputs();
  const [bye] = Array.from({ length: byes }, () => machine.request({ type: 'bye' }, start));
  machine.tick(late);
  return { machine, bye: bye!, outputs };
}

function view(room: string, call: boolean): RoomView {
  const self = { id: 'me', instance: 'me', name: 'c0', observedAddress: '192.0.2.1', media, state: {} };
  return { room, call, self, participants: [] };
}

const media = sampleMedia('192.0.2.1');
const timeout = seconds(5);
const start: Micros = micros(0);
const late: Micros = timeout;
const welcome: ServerMessage & { type: 'welcome' } = {
  type: 'welcome',
  requestId: 0,
  version: 1,
  id: 'me',
  keepaliveMs: 15_000,
};
