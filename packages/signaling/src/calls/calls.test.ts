import { beforeEach, describe, expect, it } from 'vitest';
import { limits, waits } from '../protocol/limits.js';
import { DirectoryWorld } from '../test-support/directory-world.js';
import { sampleMedia } from '../test-support/media.js';

let world: DirectoryWorld;
beforeEach(() => {
  world = new DirectoryWorld();
  for (const link of ['anna', 'ben', 'carl']) world.hello(link);
});

const ended = (id: string, outcome: string) => ({ type: 'invitation-ended', id, outcome });
const refused = (code: string) => [expect.objectContaining({ type: 'error', code })];
const call = (from: string, to: string) => {
  world.accept(to, world.invite(from, to));
  for (const link of ['anna', 'ben', 'carl']) world.told(link);
  world.outcomes.length = 0;
};

describe('an invitation', () => {
  it('rings, once for the inviter', () => {
    const id = world.invite('anna', 'ben');
    expect(world.told('ben')).toMatchObject([{ type: 'invitation', invitation: { id, ringing: false } }]);
    expect(world.ask('ben', { type: 'ringing', invitation: id })).toMatchObject([{ type: 'done' }]);
    world.ask('ben', { type: 'ringing', invitation: id });
    expect(world.told('anna')).toEqual([{ type: 'invitation-ringing', id }]);
  });

  it('is accepted: both are in the call', () => {
    const id = world.invite('anna', 'ben');
    expect(world.accept('ben', id)).toMatchObject([{ type: 'room', call: true }, ended(id, 'accepted')]);
    expect(world.told('anna')).toMatchObject([{ type: 'participant-joined' }, ended(id, 'accepted')]);
    expect([world.rooms(), world.outcomes]).toEqual([[['anna', 'ben']], ['accepted']]);
  });

  it('is declined with a reason: the call of one ends', () => {
    const id = world.invite('anna', 'ben');
    world.ask('ben', { type: 'decline', invitation: id, reason: 'not now' });
    expect(world.told('anna')).toMatchObject([
      { ...ended(id, 'declined'), reason: 'not now' },
      { type: 'room-left', reason: 'call-ended' },
    ]);
    expect([world.rooms(), world.outcomes]).toEqual([[], ['declined']]);
  });

  it('is cancelled, and accepting that crosses comes too late', () => {
    const id = world.invite('anna', 'ben');
    world.ask('anna', { type: 'cancel', invitation: id });
    expect(world.accept('ben', id)).toEqual(refused('no-such-invitation'));
    expect([world.rooms(), world.outcomes]).toEqual([[], ['cancelled']]);
  });

  it('is accepted, and cancelling that crosses comes too late', () => {
    const id = world.invite('anna', 'ben');
    world.accept('ben', id);
    expect(world.ask('anna', { type: 'cancel', invitation: id })).toEqual(refused('no-such-invitation'));
    expect([world.rooms(), world.outcomes]).toEqual([[['anna', 'ben']], ['accepted']]);
  });

  it('to somebody in a call finds them busy, and they are told', () => {
    call('anna', 'ben');
    const id = world.invite('carl', 'anna');
    expect(world.told('anna')).toMatchObject([{ type: 'missed', invitation: { id } }, ended(id, 'busy')]);
    expect([world.rooms(), world.outcomes]).toEqual([[['anna', 'ben']], ['busy']]);
  });

  it('times out after it rang for 30 s, and not before', () => {
    const id = world.invite('anna', 'ben');
    world.told('ben');
    world.pass(29.999);
    expect(world.told('ben')).toEqual([]);
    world.pass(0.001);
    expect(world.told('ben')).toEqual([ended(id, 'timeout')]);
    expect([world.rooms(), world.outcomes]).toEqual([[], ['timeout']]);
  });

  it('to somebody who goes is over', () => {
    world.invite('anna', 'ben');
    world.detach('ben', 'left');
    expect([world.rooms(), world.outcomes]).toEqual([[], ['gone']]);
  });

  it('of two who invite each other is one call', () => {
    const id = world.invite('anna', 'ben');
    const replies = world.ask('ben', { type: 'invite', to: ['anna'], media: sampleMedia() });
    expect(replies).toMatchObject([
      { type: 'room', call: true },
      { type: 'invited', accepted: id, invitations: [] },
      ended(id, 'accepted'),
    ]);
    expect([world.rooms(), world.outcomes]).toEqual([[['anna', 'ben']], ['accepted']]);
  });

  it('from within a call leads to it', () => {
    call('anna', 'ben');
    world.accept('carl', world.invite('ben', 'carl'));
    expect(world.rooms()).toEqual([['anna', 'ben', 'carl']]);
  });

  it('accepted elsewhere leaves where one was', () => {
    world.join('ben', 'lobby');
    world.join('carl', 'lobby');
    world.accept('ben', world.invite('anna', 'ben'));
    expect(world.told('carl').at(-1)).toMatchObject({ type: 'participant-left', reason: 'left' });
    expect(world.rooms()).toEqual([['carl'], ['anna', 'ben']]);
  });

  it('of who leaves first leads nowhere', () => {
    const id = world.invite('anna', 'ben');
    world.ask('anna', { type: 'bye' });
    expect(world.accept('ben', id)).toEqual(refused('no-such-invitation'));
    expect(world.outcomes).toEqual(['cancelled']);
  });

  it('of somebody else can be neither accepted, declined nor cancelled', () => {
    const id = world.invite('anna', 'ben');
    expect(world.accept('carl', id)).toEqual(refused('no-such-invitation'));
    expect(world.ask('carl', { type: 'decline', invitation: id })).toEqual(refused('no-such-invitation'));
    expect(world.ask('carl', { type: 'cancel', invitation: id })).toEqual(refused('no-such-invitation'));
    expect(world.outcomes).toEqual([]);
  });

  it('needs media outside of a room', () => {
    expect(world.ask('anna', { type: 'invite', to: ['ben'] })).toEqual(refused('media-missing'));
    const id = world.invite('anna', 'ben');
    expect(world.ask('ben', { type: 'accept', invitation: id })).toEqual(refused('media-missing'));
  });

  it('to several is taken whole or not at all', () => {
    const reply = world.ask('anna', { type: 'invite', to: ['ben', 'zoe'], media: sampleMedia() });
    expect(reply).toEqual(refused('nobody-there'));
    expect([world.told('ben'), world.rooms()]).toEqual([[], []]);
  });

  it('too many to one person find them busy', () => {
    for (let one = 0; one <= limits.invitations; one += 1) {
      world.hello(`friend${one}`);
      world.invite(`friend${one}`, 'ben');
    }
    expect(world.outcomes).toEqual(['busy']);
  });
});

describe('a call', () => {
  it('ends for the last one when the other hangs up', () => {
    call('anna', 'ben');
    expect(world.ask('ben', { type: 'bye' })).toMatchObject([{ type: 'done' }]);
    expect(world.told('anna').at(-1)).toMatchObject({ type: 'room-left', reason: 'call-ended' });
    expect(world.rooms()).toEqual([]);
  });

  it('goes on with one in it who still invites', () => {
    call('anna', 'ben');
    world.invite('anna', 'carl');
    world.ask('ben', { type: 'bye' });
    expect(world.rooms()).toEqual([['anna']]);
    world.pass(waits.ringing);
    expect(world.rooms()).toEqual([]);
  });

  it('waits for somebody who was lost, and not for ever', () => {
    call('anna', 'ben');
    world.detach('ben');
    world.pass(waits.session);
    expect(world.rooms()).toEqual([['anna']]);
    world.pass(waits.aloneInCall);
    expect(world.rooms()).toEqual([]);
  });

  it('moves to a room with everybody and its invitations', () => {
    call('anna', 'ben');
    const id = world.invite('anna', 'carl');
    world.told('ben');
    expect(world.ask('anna', { type: 'move', room: 'lobby' })).toMatchObject([
      { type: 'room', room: 'lobby' },
    ]);
    expect(world.told('ben')).toMatchObject([{ type: 'room', room: 'lobby', call: false }]);
    world.accept('carl', id);
    expect([world.directory.rooms(), world.rooms()]).toEqual([['lobby'], [['anna', 'ben', 'carl']]]);
  });

  it('is not what is moved or hung up in a room', () => {
    world.join('anna', 'lobby');
    expect(world.ask('anna', { type: 'move', room: 'kitchen' })).toEqual(refused('not-in-call'));
    expect(world.ask('anna', { type: 'bye' })).toEqual(refused('not-in-call'));
    expect(world.rooms()).toEqual([['anna']]);
  });
});

describe('limits', () => {
  const limited = (rooms: number, peopleInRoom: number) => {
    world = new DirectoryWorld({ rooms, peopleInRoom });
    for (const link of ['anna', 'ben', 'carl']) world.hello(link);
  };

  it('let people in until a room is full, and again when somebody left', () => {
    limited(9, 1);
    world.join('anna', 'lobby');
    expect(world.join('ben', 'lobby')).toEqual(refused('room-full'));
    expect(world.join('ben', 'kitchen')).toMatchObject([{ type: 'room' }]);
    world.ask('anna', { type: 'leave' });
    expect(world.join('carl', 'lobby')).toMatchObject([{ type: 'room' }]);
  });

  it('refuse a new room when there are too many, and not one that is there', () => {
    limited(1, 9);
    world.join('anna', 'lobby');
    expect(world.join('ben', 'kitchen')).toEqual(refused('too-many-rooms'));
    expect(world.join('ben', 'lobby')).toMatchObject([{ type: 'room' }]);
  });

  it('hold for who accepts, who stays where it was and may try again', () => {
    limited(9, 2);
    call('anna', 'ben');
    const id = world.invite('anna', 'carl');
    expect(world.accept('carl', id)).toEqual(refused('room-full'));
    expect(world.rooms()).toEqual([['anna', 'ben']]);
    world.invite('anna', 'carl');
    world.ask('ben', { type: 'bye' });
    expect(world.accept('carl', id)).toMatchObject([{ type: 'room' }, ended(id, 'accepted')]);
  });

  it('hold for who accepts by inviting', () => {
    limited(9, 2);
    call('anna', 'ben');
    world.invite('anna', 'carl');
    const reply = world.ask('carl', { type: 'invite', to: ['anna'], media: sampleMedia() });
    expect([reply, world.rooms()]).toEqual([refused('room-full'), [['anna', 'ben']]]);
  });

  it('hold for new calls and for calls that move', () => {
    limited(2, 2);
    call('anna', 'ben');
    world.join('carl', 'lobby');
    expect(world.ask('anna', { type: 'move', room: 'lobby' })).toEqual(refused('room-full'));
    world.hello('dora');
    const reply = world.ask('dora', { type: 'invite', to: ['carl'], media: sampleMedia() });
    expect([reply, world.rooms()]).toEqual([refused('too-many-rooms'), [['anna', 'ben'], ['carl']]]);
  });
});
