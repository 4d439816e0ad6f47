import { describe, expect, it } from 'vitest';
import { micros, seconds, type Micros } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import type { RoomView, ServerMessage } from '../../protocol/types.js';
import { sampleMedia } from '../../test-support/media.js';
import { defaultReconnectPolicy } from './reconnect-schedule.js';
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

describe('a way back that the server cannot let us go just now', () => {
  it('is tried again over another connection, and takes us out of nothing', () => {
    const reconnect = defaultReconnectPolicy;
    const machine = new SessionMachine({
      ...{ name: 'c0', instanceKey: '0'.repeat(32), random: seededRandom(1), timeout, reconnect },
    });
    const outputs = () => Array.from({ length: 20 }, () => machine.poll()).filter((one) => one !== undefined);
    machine.welcomed(welcome, start);
    const join = machine.request({ type: 'join', room: 'one', media }, start);
    machine.received({ type: 'room', requestId: join, ...view('one', false) }, start);
    machine.lost({ code: 1006, reason: 'cut' }, start);
    machine.welcomed({ ...welcome, id: 'me too' }, start);
    const rejoin = outputs().find(
      (one) => one.type === 'send' && one.message.type === 'join' && one.message.requestId > join,
    );
    const requestId = rejoin?.type === 'send' ? rejoin.message.requestId : -1;

    machine.received({ type: 'error', code: 'store-unavailable', message: 'Not now', requestId }, start);

    expect(outputs()).toEqual([{ type: 'cut', reason: 'Not now' }]);
    expect(machine.inside?.room).toBe('one');
    machine.lost({ code: 1006, reason: 'Not now' }, start);
    // The session of the connection before is there, and in no room yet.
    machine.welcomed({ ...welcome, resumed: { incoming: [], outgoing: [], ended: [] } }, start);
    expect(outputs()).toContainEqual(rejoin);
    machine.received({ type: 'room', requestId, ...view('one', false) }, start);
    expect(outputs()).toMatchObject([{ event: { name: 'rejoined', value: { inside: { room: 'one' } } } }]);
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
