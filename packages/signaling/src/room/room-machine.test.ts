import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { micros } from '@hellohaybye/core';
import type { ServerMessage } from '../protocol/types.js';
import { machineOptions } from '../test-support/machine.js';
import { sampleMedia } from '../test-support/media.js';
import { MemoryStore } from './memory-store.js';
import { RoomMachine } from './room-machine.js';

let machine: RoomMachine;
let store: MemoryStore;
let inbox: Map<number, ServerMessage[]>;

beforeEach(() => {
  machine = new RoomMachine(machineOptions(1));
  store = new MemoryStore();
  store.subscribe((event) => machine.stored(event));
  inbox = new Map();
});

function drain() {
  for (let output = machine.poll(); output; output = machine.poll()) {
    if (output.type === 'store') store.execute(output.command);
    else if (output.type === 'send')
      for (const to of output.to) inbox.set(to, [...(inbox.get(to) ?? []), output.message]);
  }
}

function send(number: number, message: object): ServerMessage[] {
  machine.received(number, JSON.stringify(message));
  drain();
  return take(number);
}

function take(number: number): ServerMessage[] {
  const messages = inbox.get(number) ?? [];
  inbox.delete(number);
  return messages;
}

function enter(number: number, name: string, room = 'lobby') {
  machine.opened(number, '127.0.0.1');
  send(number, { type: 'hello', requestId: 1, version: 1, name });
  return send(number, { type: 'join', requestId: 2, room, media: sampleMedia() })[0] as ServerMessage & {
    type: 'room';
  };
}

describe('RoomMachine', () => {
  it('welcomes whoever says hello', () => {
    machine.opened(1, '192.0.2.7');
    expect(send(1, { type: 'hello', requestId: 9, version: 1, name: 'anna' })).toEqual([
      {
        type: 'welcome',
        requestId: 9,
        version: 1,
        id: expect.stringMatching(/^[\da-f]{16}$/) as string,
        keepaliveMs: 15_000,
      },
    ]);
  });

  it('introduces people to each other', () => {
    const anna = enter(1, 'anna');
    expect(anna).toMatchObject({
      requestId: 2,
      room: 'lobby',
      self: { name: 'anna', state: {} },
      participants: [],
    });
    const ben = enter(2, 'ben');
    expect(ben.participants).toEqual([anna.self]);
    expect(take(1)).toEqual([{ type: 'participant-joined', participant: ben.self }]);
  });

  it('gives a second anna a name of her own', () => {
    enter(1, 'anna');
    expect(enter(2, 'anna').self.name).toBe('anna (2)');
    expect(enter(3, 'anna', 'elsewhere').self.name).toBe('anna');
  });

  it('frees a name when its owner leaves', () => {
    enter(1, 'anna');
    enter(3, 'ben');
    machine.closed(1, 'disconnected');
    drain();
    expect(enter(2, 'anna').self.name).toBe('anna');
  });

  it('passes updates on, and answers their sender', () => {
    enter(1, 'anna');
    const ben = enter(2, 'ben');
    take(1);
    send(2, { type: 'update', requestId: 3, state: { cameraOff: true } });
    take(1);
    expect(send(2, { type: 'update', requestId: 4, state: { muted: true } })).toEqual([
      { type: 'done', requestId: 4 },
    ]);
    const participant = { ...ben.self, state: { cameraOff: true, muted: true } };
    expect(take(1)).toEqual([{ type: 'participant-updated', participant }]);
  });

  it('keeps rooms apart', () => {
    enter(1, 'anna', 'one');
    enter(2, 'ben', 'two');
    send(2, { type: 'leave', requestId: 3 });
    expect(take(1)).toEqual([]);
  });

  it('tells why somebody left', () => {
    enter(1, 'anna');
    const { id } = enter(2, 'ben').self;
    take(1);
    machine.closed(2, 'timed-out');
    drain();
    expect(take(1)).toEqual([{ type: 'participant-left', id, name: 'ben', reason: 'timed-out' }]);
  });

  it('tells whom another server removed, and has the connection closed for good', () => {
    const { self } = enter(1, 'anna');
    enter(2, 'ben');
    store.execute({ type: 'remove', at: micros(0), id: self.id, connected: true });
    const outputs = [];
    for (let output = machine.poll(); output; output = machine.poll()) outputs.push(output);
    expect(outputs).toMatchObject([
      { type: 'send', to: [1], message: { type: 'error', code: 'removed' } },
      { type: 'close', number: 1, code: 1008, leaving: 'removed' },
      { type: 'send', to: [2], message: { type: 'participant-left', reason: 'removed' } },
    ]);
    machine.closed(1, 'removed');
    expect(machine.poll()).toBeUndefined();
    expect(machine.statistics()).toEqual({ connections: 1, rooms: 1, participants: 1 });
  });

  it('lets somebody leave and come again', () => {
    enter(1, 'anna');
    expect(send(1, { type: 'leave', requestId: 3 })).toEqual([{ type: 'done', requestId: 3 }]);
    expect(store.rooms()).toEqual([]);
    expect(send(1, { type: 'join', requestId: 4, room: 'two', media: sampleMedia() })).toMatchObject([
      { type: 'room' },
    ]);
  });

  it.each([
    ['a join before hello', 'hello-first', { type: 'join', requestId: 5, room: 'r', media: sampleMedia() }],
    ['an update before hello', 'hello-first', { type: 'update', requestId: 5 }],
  ])('refuses %s', (_, code, message) => {
    machine.opened(1, '127.0.0.1');
    expect(send(1, message)).toMatchObject([{ type: 'error', requestId: 5, code }]);
  });

  it.each([
    ['a second hello', 'hello-twice', { type: 'hello', requestId: 5, version: 1, name: 'eve' }],
    ['a second room', 'already-in-room', { type: 'join', requestId: 5, room: 'two', media: sampleMedia() }],
    [
      'the same room again',
      'already-in-room',
      { type: 'join', requestId: 5, room: 'lobby', media: sampleMedia() },
    ],
  ])('refuses %s and changes nothing', (_, code, message) => {
    const { self } = enter(1, 'anna');
    expect(send(1, message)).toMatchObject([{ type: 'error', requestId: 5, code }]);
    expect(store.participants('lobby')).toEqual([self]);
    expect(store.rooms()).toEqual(['lobby']);
  });

  it.each(['update', 'leave'])('refuses %s outside of a room', (type) => {
    enter(1, 'anna');
    send(1, { type: 'leave', requestId: 3 });
    expect(send(1, { type, requestId: 5 })).toMatchObject([{ code: 'not-in-room', requestId: 5 }]);
  });

  it('refuses binary messages', () => {
    machine.opened(1, '127.0.0.1');
    machine.received(1, undefined);
    drain();
    expect(take(1)).toMatchObject([{ type: 'error', code: 'binary-message' }]);
  });

  it('ignores what comes from or happens to a connection that is gone', () => {
    enter(1, 'anna');
    machine.closed(1, 'left');
    machine.closed(1, 'left');
    machine.received(1, '{}');
    drain();
    expect(take(1)).toEqual([]);
    expect(machine.statistics()).toEqual({ connections: 0, rooms: 0, participants: 0 });
  });

  it('lets no message of somebody outside reach those inside', () => {
    const { self } = enter(1, 'anna');
    const message = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .record({
          type: fc.constantFrom('hello', 'update', 'leave', 'room', 'participant-left'),
          requestId: fc.integer(),
          id: fc.constant(self.id),
          room: fc.constant('lobby'),
          state: fc.jsonValue(),
        })
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        machine.opened(2, '127.0.0.1');
        send(2, { type: 'hello', requestId: 1, version: 1, name: 'eve' });
        for (const text of messages) machine.received(2, text);
        drain();
        expect(take(2).every(({ type }) => type === 'error')).toBe(true);
        machine.closed(2, 'left');
        drain();
        expect(take(1)).toEqual([]);
        expect(store.participants('lobby')).toEqual([self]);
      }),
    );
  });

  it('survives names that objects have already', () => {
    for (const [index, name] of ['__proto__', 'constructor', 'toString'].entries()) {
      expect(enter(index, name, name).self.name).toBe(name);
    }
    expect(store.rooms()).toEqual(['__proto__', 'constructor', 'toString']);
  });
});
