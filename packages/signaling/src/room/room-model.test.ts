import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Participant, ParticipantState, ServerMessage } from '../protocol/types.js';
import { machineOptions } from '../test-support/machine.js';
import { sampleMedia } from '../test-support/media.js';
import { MemoryStore } from './memory-store.js';
import { RoomMachine } from './room-machine.js';
import type { StoreCommand, StoreEvent } from './store.js';

// A world of clients and of one or several servers that share a store. The store takes commands and tells
// events late, in an order that holds for each server, as one behind a network does.

const clientCount = 5;
const rooms = ['one', 'two'];
const names = ['anna', 'Anna', 'ben'];

type Action =
  | { do: 'open'; client: number }
  | { do: 'drop'; client: number }
  | { do: 'garbage'; client: number }
  | { do: 'leave'; client: number }
  | { do: 'join'; client: number; room: string }
  | { do: 'update'; client: number; muted: boolean }
  | { do: 'store'; steps: number };

const client = fc.nat(clientCount - 1);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('open' as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'garbage' as const), client }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), client }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('join' as const), client, room: fc.constantFrom(...rooms) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('update' as const), client, muted: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('store' as const), steps: fc.integer({ min: 1, max: 4 }) }),
  },
);

/** What a client knows, from nothing but the messages that it was sent. */
class ClientView {
  id: string | undefined;
  room: string | undefined;
  roster = new Map<string, Participant>();
  readonly pending = new Map<number, { type: string; [field: string]: unknown }>();
  #lastRequest = 0;

  request(message: { type: string; [field: string]: unknown }): number {
    this.#lastRequest += 1;
    this.pending.set(this.#lastRequest, message);
    return this.#lastRequest;
  }

  take(message: ServerMessage): void {
    if ('requestId' in message && message.requestId !== undefined) {
      const request = this.pending.get(message.requestId);
      expect(request, 'a reply to no request').toBeDefined();
      this.pending.delete(message.requestId);
      if (message.type === 'done') this.#done(request!);
    }
    if (message.type === 'welcome') this.id = message.id;
    if (message.type === 'room') {
      expect(this.room).toBeUndefined();
      this.room = message.room;
      this.roster = new Map([message.self, ...message.participants].map((one) => [one.id, one]));
      expect(this.roster.size).toBe(message.participants.length + 1);
    }
    if (message.type === 'participant-joined') {
      expect(this.roster.has(message.participant.id)).toBe(false);
      this.roster.set(message.participant.id, message.participant);
    }
    if (message.type === 'participant-updated') {
      expect(this.roster.has(message.participant.id)).toBe(true);
      this.roster.set(message.participant.id, message.participant);
    }
    if (message.type === 'participant-left') expect(this.roster.delete(message.id)).toBe(true);
  }

  #done(request: { type: string; [field: string]: unknown }): void {
    if (request.type === 'leave') {
      this.room = undefined;
      this.roster.clear();
    } else {
      // Nobody is told of a change of one's own but by the reply.
      const self = this.roster.get(this.id!)!;
      this.roster.set(self.id, { ...self, state: request['state'] as ParticipantState });
    }
  }
}

class World {
  readonly store = new MemoryStore();
  readonly machines: RoomMachine[];
  readonly views: (ClientView | undefined)[] = Array<undefined>(clientCount).fill(undefined);
  readonly #commands: StoreCommand[][];
  readonly #events: StoreEvent[][];

  constructor(serverCount: number) {
    const server = Array.from({ length: serverCount }, (_, index) => index);
    this.machines = server.map((seed) => new RoomMachine(machineOptions(seed)));
    this.#commands = server.map(() => []);
    this.#events = server.map(() => []);
    this.store.subscribe((event) => this.#events.forEach((queue) => queue.push(event)));
  }

  act(action: Action): void {
    if (action.do === 'store') {
      for (let step = 0; step < action.steps; step += 1) this.#storeStep(step);
      return;
    }
    const { client } = action;
    const view = this.views[client];
    const machine = this.#machineOf(client);
    if (action.do === 'open') {
      if (view) return;
      machine.opened(client, '127.0.0.1');
      this.views[client] = new ClientView();
      return this.#send(client, { type: 'hello', version: 1, name: names[client % names.length] });
    }
    if (!view) return;
    if (action.do === 'drop') {
      this.views[client] = undefined;
      machine.closed(client, 'disconnected');
    } else if (action.do === 'garbage') machine.received(client, '{"type":"join","media":');
    else if (action.do === 'join')
      this.#send(client, { type: 'join', room: action.room, media: sampleMedia() });
    else if (action.do === 'leave') this.#send(client, { type: 'leave' });
    else this.#send(client, { type: 'update', state: { muted: action.muted } });
    this.#drain();
  }

  settle(): void {
    while ([...this.#commands, ...this.#events].some((queue) => queue.length > 0)) this.#storeStep(0);
  }

  #machineOf = (client: number) => this.machines[client % this.machines.length]!;

  #send(client: number, message: { type: string; [field: string]: unknown }): void {
    const requestId = this.views[client]!.request(message);
    this.#machineOf(client).received(client, JSON.stringify({ ...message, requestId }));
    this.#drain();
  }

  /** Carries out a command or tells an event, of another server each time. */
  #storeStep(turn: number): void {
    this.machines.forEach((machine, index) => {
      if ((index + turn) % 2 === 0) {
        const command = this.#commands[index]!.shift();
        if (command) this.store.execute(command);
      }
      const event = this.#events[index]!.shift();
      if (event) machine.stored(event);
      const late = this.#commands[index]!.shift();
      if (late) this.store.execute(late);
    });
    this.#drain();
  }

  #drain(): void {
    this.machines.forEach((machine, index) => {
      for (let output = machine.poll(); output; output = machine.poll()) {
        if (output.type === 'store') this.#commands[index]!.push(output.command);
        else if (output.type === 'send') for (const to of output.to) this.#deliver(to, output.message);
      }
    });
  }

  #deliver(client: number, message: ServerMessage): void {
    const view = this.views[client];
    expect(view, 'a message to a connection that is gone').toBeDefined();
    view!.take(message);
  }
}

function checkAgreement(world: World): void {
  let inside = 0;
  for (const view of world.views) {
    if (!view) continue;
    expect([...view.pending.values()], 'requests without a reply').toEqual([]);
    if (view.room === undefined) {
      expect(view.roster.size).toBe(0);
      continue;
    }
    inside += 1;
    const roster = world.store.participants(view.room);
    expect(new Map(roster.map((one) => [one.id, one]))).toEqual(view.roster);
    expect(view.roster.has(view.id!)).toBe(true);
    expect(new Set(roster.map(({ name }) => name.toLowerCase())).size).toBe(roster.length);
  }
  const stored = world.store.rooms().flatMap((room) => world.store.participants(room));
  expect(stored.length, 'somebody is left behind in the store').toBe(inside);
  const seen = world.machines.map((machine) => machine.statistics());
  expect(sum(seen.map(({ participants }) => participants))).toBe(inside);
  expect(sum(seen.map(({ connections }) => connections))).toBe(world.views.filter(Boolean).length);
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

describe('the room machine as clients see it', () => {
  it.each([1, 2, 3])('agrees with every client, with %i server(s) on one slow store', (serverCount) => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80, size: 'max' }), (actions) => {
        const world = new World(serverCount);
        for (const one of actions) world.act(one);
        world.settle();
        checkAgreement(world);
        for (let client = 0; client < clientCount; client += 1) world.act({ do: 'drop', client });
        world.settle();
        checkAgreement(world);
        expect(world.store.rooms()).toEqual([]);
        expect(world.machines.map((machine) => machine.statistics().rooms)).toEqual(
          Array(serverCount).fill(0),
        );
      }),
      { numRuns: 300 },
    );
  });
});
