import { beforeEach, describe, expect, it } from 'vitest';
import { micros, seconds } from '@hellohaybye/core';
import type { ClientEvent } from './client-events.js';
import { InvitationList } from './invitation-list.js';

const peer = (name: string) => ({ id: name, instance: name, name });
const invitation = (id: string) => ({
  ...{ id, from: peer('anna'), to: peer('ben') },
  ringing: false,
  remainingMs: 30_000,
});
const nothing = { incoming: [], outgoing: [], ended: [] };
const start = micros(0);
let list: InvitationList;
let events: ClientEvent[];
const told = () => events.map(({ name, value }) => ('outcome' in value ? value.outcome : name));

beforeEach(() => {
  events = [];
  list = new InvitationList((event) => events.push(event));
});

describe('an invitation', () => {
  it('to us is told once, and ends once', () => {
    expect(list.incoming(invitation('one'), start)).toBe(true);
    expect(list.incoming(invitation('one'), start)).toBe(false);
    list.end({ id: 'one', outcome: 'accepted' });
    list.end({ id: 'one', outcome: 'cancelled' });
    expect(list.incoming(invitation('one'), start)).toBe(false);
    expect(told()).toEqual(['invited', 'accepted']);
  });

  it('of ours that ends before the server has taken it ends when it has', () => {
    list.end({ id: 'one', outcome: 'busy' });
    expect(told()).toEqual([]);
    list.outgoing(invitation('one'), start);
    expect([told(), list.list('outgoing')]).toEqual([['busy'], []]);
  });

  it('of ours rings once, and one to us not here', () => {
    list.outgoing(invitation('one'), start);
    list.incoming(invitation('two'), start);
    for (const id of ['one', 'one', 'two', 'three']) list.ringing(id);
    expect(told()).toEqual(['ringing'].flatMap((name) => ['invited', name]));
  });

  it('ends by itself a little after the server should have ended it', () => {
    list.incoming(invitation('one'), start);
    expect(list.nextDeadline()).toBe(seconds(32));
    list.expire(micros(seconds(32) - 1));
    expect(told()).toEqual(['invited']);
    list.expire(seconds(32));
    expect(told()).toEqual(['invited', 'timeout']);
  });

  it('that the server does not know is gone, and one that ended meanwhile has its outcome', () => {
    list.incoming(invitation('one'), start);
    list.incoming(invitation('two'), start);
    list.reconcile({ ...nothing, ended: [{ id: 'two', outcome: 'cancelled' }] }, start);
    expect(told()).toEqual(['invited', 'invited', 'cancelled', 'gone']);
  });

  it('that came meanwhile is news, and one of ours that nobody knows is strange', () => {
    const state = { ...nothing, incoming: [invitation('one')], outgoing: [invitation('two')] };
    const { news, strange } = list.reconcile(state, start);
    expect([news, strange]).toEqual([[invitation('one')], [invitation('two')]]);
    expect(told()).toEqual(['invited']);
  });
});
