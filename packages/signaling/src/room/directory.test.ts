import { beforeEach, describe, expect, it } from 'vitest';
import { waits } from '../protocol/limits.js';
import { Directory } from './directory.js';
import { DirectoryWorld } from '../test-support/directory-world.js';
import { sampleMedia } from '../test-support/media.js';

let world: DirectoryWorld;
beforeEach(() => {
  world = new DirectoryWorld();
  world.hello('anna');
  world.hello('ben');
  world.join('anna', 'lobby');
  world.join('ben', 'lobby');
  world.told('anna');
});

const again = (more: object) => world.hello('anna2', { instance: 'key-anna', token: 'token-2', ...more });
const joining = { type: 'join', room: 'hall', media: sampleMedia() } as const;

describe('a session', () => {
  it('goes on over another connection, with what was missed', () => {
    world.detach('anna');
    world.hello('carl');
    const invitation = world.invite('carl', 'anna');
    const [welcome] = again({ resume: 'token-anna' });
    expect(welcome).toMatchObject({
      type: 'welcomed',
      id: 'anna',
      resumed: { inside: { room: 'lobby' }, incoming: [{ id: invitation }], ended: [] },
    });
  });

  const missedBy = () => {
    world.detach('anna2');
    const welcome = again({ resume: 'token-anna' }).at(-1);
    return welcome?.type === 'welcomed' ? welcome.resumed?.missed : undefined;
  };

  it('learns who called while it was in a call and away, as often as it comes back', () => {
    for (const one of ['anna', 'ben']) world.ask(one, { type: 'leave' });
    world.accept('ben', world.invite('anna', 'ben'));
    world.hello('carl');
    world.detach('anna');
    const id = world.invite('carl', 'anna');
    expect(world.outcomes).toEqual(['accepted', 'busy']);
    expect(missedBy()).toMatchObject([{ id, from: { name: 'carl' } }]);
    expect(missedBy()).toMatchObject([{ id }]);
  });

  it.each(['timeout', 'cancelled'])('learns who called while it was away: %s', (how) => {
    world.detach('anna');
    world.hello('carl');
    const id = world.invite('carl', 'anna');
    if (how === 'timeout') world.pass(30);
    else world.ask('carl', { type: 'cancel', invitation: id });
    expect(world.outcomes).toEqual([how]);
    expect(missedBy()).toMatchObject([{ id, from: { name: 'carl' } }]);
  });

  it('is told of none that rang, that it declined, or that is still open', () => {
    world.hello('carl');
    world.ask('anna', { type: 'ringing', invitation: world.invite('carl', 'anna') });
    world.detach('anna');
    world.pass(30);
    world.invite('carl', 'anna');
    expect(world.outcomes).toEqual(['timeout']);
    expect(missedBy()).toBeUndefined();
  });

  it('keeps those that it missed when it is saved, and may be one that an earlier version saved', () => {
    world.hello('carl');
    world.detach('anna');
    world.ask('carl', { type: 'cancel', invitation: world.invite('carl', 'anna') });
    const saved = world.directory.save();
    expect(Directory.load(structuredClone(saved)).save()).toEqual(saved);
    expect(saved.sessions.find(({ name }) => name === 'anna')?.missed).toHaveLength(1);
    for (const session of saved.sessions) delete session.missed;
    expect(Directory.load(saved).save().sessions[0]?.missed).toEqual([]);
  });

  it('is taken over while its old connection seems to be open', () => {
    const events = again({ resume: 'token-anna' });
    expect(events.map(({ type }) => type)).toEqual(['taken-over', 'welcomed']);
    expect(world.ask('anna', { type: 'leave' })).toMatchObject([{ code: 'hello-first' }]);
    expect(world.rooms()).toEqual([['anna', 'ben']]);
  });

  it('is refused to another key, and stays its owner’s', () => {
    world.hello('eve');
    const [refusal] = world.hello('eve2', { instance: 'key-eve', resume: 'token-anna' });
    expect(refusal).toMatchObject({ type: 'not-welcomed', refusal: { code: 'foreign-session' } });
    expect(again({ resume: 'token-anna' }).at(-1)).toMatchObject({ type: 'welcomed', id: 'anna' });
  });

  it('is refused to a token that was replaced and confirmed', () => {
    again({ resume: 'token-anna' });
    world.ask('anna2', { type: 'confirm' });
    const [refusal] = world.hello('anna3', { instance: 'key-anna', token: 'token-3', resume: 'token-anna' });
    expect(refusal).toMatchObject({ refusal: { code: 'unknown-session' } });
  });

  it('takes the token before as long as the new one may have been lost', () => {
    again({ resume: 'token-anna' });
    const events = world.hello('anna3', { instance: 'key-anna', token: 'token-3', resume: 'token-anna' });
    expect(events.at(-1)).toMatchObject({ type: 'welcomed', id: 'anna' });
  });

  it('is told as reconnecting after a while, and ends after another', () => {
    world.detach('anna');
    world.pass(waits.reconnecting);
    expect(world.told('ben')).toMatchObject([
      { type: 'participant-updated', participant: { state: { reconnecting: true } } },
    ]);
    world.pass(waits.session - waits.reconnecting);
    expect(world.told('ben')).toMatchObject([{ type: 'participant-left', reason: 'disconnected' }]);
    expect(again({ resume: 'token-anna' })).toMatchObject([{ refusal: { code: 'unknown-session' } }]);
  });

  it('goes on with the welcome first, also for who watches and is told of their own return', () => {
    const carl = { link: 'carl', name: 'carl', requestId: 0, observedAddress: '127.0.0.1', at: world.now };
    world.hello('carl');
    world.ask('carl', { type: 'who', watch: true });
    world.detach('carl');
    world.pass(waits.reconnecting);
    const secrets = { instance: 'key-carl', token: 'token-2', resume: 'token-carl' };
    const events = world.directory.apply({ type: 'hello', ...carl, link: 'carl2', ...secrets });
    expect(events).toMatchObject([{ type: 'welcomed' }, { message: { type: 'person' } }]);
  });

  it('keeps its name from others while it lasts, and not from its own client', () => {
    const one = { name: 'Anna (2)', mostOfName: 1 };
    const hello = (link: string, more: object) => world.hello(link, { ...one, ...more });
    expect(hello('eve', {})).toMatchObject([
      { type: 'not-welcomed', link: 'eve', refusal: { code: 'name-in-use', requestId: 0 } },
    ]);
    world.detach('anna');
    expect(hello('eve', {})).toMatchObject([{ type: 'not-welcomed' }]);
    const own = { instance: 'key-anna', token: 'token-2' };
    expect(hello('anna2', { ...own, resume: 'token-anna' })).toMatchObject([
      { type: 'welcomed', id: 'anna' },
    ]);
    expect(hello('anna3', own).map(({ type }) => type)).toEqual(['taken-over', 'welcomed']);
    world.remove('anna3', true);
    expect(hello('eve', {})).toMatchObject([{ type: 'welcomed' }]);
    expect(world.hello('fay', { name: 'Anna' })).toMatchObject([{ type: 'welcomed' }]);
  });

  it('is replaced when its client begins anew with the same key', () => {
    const events = again({});
    expect(events.map(({ type }) => type)).toEqual(['taken-over', 'welcomed']);
    expect(world.told('ben')).toMatchObject([{ type: 'participant-left', reason: 'replaced' }]);
  });

  it('without a connection is removed by its id, and one with a connection is not', () => {
    world.detach('anna');
    expect([world.directory.isSuspended('anna'), world.directory.isSuspended('ben')]).toEqual([true, false]);
    world.remove('anna');
    world.remove('ben');
    expect(world.told('ben')).toMatchObject([{ type: 'participant-left', reason: 'removed' }]);
    expect(world.rooms()).toEqual([['ben']]);
  });

  it('is removed with its connection where that is asked for, wherever it goes on by then', () => {
    again({ resume: 'token-anna' });
    const link = 'anna2';
    expect(world.directory.isThere('anna')).toBe(true);
    expect(world.remove('anna', true)).toEqual([{ type: 'removed', link }]);
    expect(world.told('ben')).toMatchObject([{ type: 'participant-left', reason: 'removed' }]);
    expect([world.rooms(), world.directory.isThere('anna')]).toEqual([[['ben']], false]);
    expect(world.remove('anna', true)).toEqual([]);
    expect(again({ resume: 'token-anna' })).toMatchObject([{ refusal: { code: 'unknown-session' } }]);
  });
});

describe('a request that is made again', () => {
  it('is carried out once, and answered again', () => {
    world.ask('anna', { type: 'leave' }, 50);
    expect(world.ask('anna', joining, 51)).toMatchObject([{ type: 'room', requestId: 51 }]);
    world.ask('ben', { type: 'leave' }, 60);
    world.ask('ben', joining, 61);
    expect(world.ask('anna', { type: 'leave' }, 50)).toEqual([{ type: 'done', requestId: 50 }]);
    // The room is shown as it is now.
    expect(world.ask('anna', joining, 51)).toMatchObject([{ room: 'hall', participants: [{ id: 'ben' }] }]);
    expect(world.rooms()).toEqual([['anna', 'ben']]);
  });

  it('rings nobody twice', () => {
    const invite = { type: 'invite' as const, to: ['carl'], media: sampleMedia() };
    world.hello('carl');
    world.ask('anna', invite, 50);
    expect(world.told('carl')).toHaveLength(1);
    expect(world.ask('anna', invite, 50)).toMatchObject([
      { type: 'room' },
      { type: 'invited', requestId: 50 },
    ]);
    expect(world.told('carl')).toEqual([]);
  });

  it('is refused as it was', () => {
    const refusal = world.ask('anna', joining, 50);
    expect(refusal).toMatchObject([{ code: 'already-in-room' }]);
    world.ask('anna', { type: 'leave' }, 51);
    expect(world.ask('anna', joining, 50)).toEqual(refusal);
  });

  it('so late that nobody knows its answer is not carried out', () => {
    world.ask('anna', { type: 'leave' }, 50);
    for (let id = 51; id < 70; id += 1) world.ask('anna', { type: 'confirm' }, id);
    expect(world.ask('anna', joining, 50)).toMatchObject([{ code: 'old-request', requestId: 50 }]);
    expect(world.rooms()).toEqual([['ben']]);
  });
});

describe('a sealed key', () => {
  const key = (to: string) => ({ type: 'key', to, data: 'c2VhbGVk' }) as const;

  it('goes to one in the room, and to nobody else', () => {
    world.hello('carl');
    world.join('carl', 'lobby');
    world.told('ben');
    expect(world.ask('anna', key('key-ben'))).toMatchObject([{ type: 'done' }]);
    expect(world.told('ben')).toEqual([{ type: 'key', from: 'key-anna', data: 'c2VhbGVk' }]);
    expect(world.told('carl')).toEqual([]);
  });

  it('does not leave the room', () => {
    world.hello('carl');
    expect(world.ask('anna', key('key-carl'))).toMatchObject([{ code: 'nobody-there' }]);
    expect(world.ask('carl', key('key-anna'))).toMatchObject([{ code: 'not-in-room' }]);
    expect(world.ask('anna', key('key-anna'))).toMatchObject([{ code: 'nobody-there' }]);
    expect([...world.told('carl'), ...world.told('anna')]).toEqual([]);
  });

  it('is not kept for somebody without a connection', () => {
    world.detach('ben');
    world.ask('anna', key('key-ben'));
    const [welcome] = world.hello('ben2', { instance: 'key-ben', token: 'token-2', resume: 'token-ben' });
    expect(welcome).toMatchObject({ type: 'welcomed' });
    expect(world.told('ben2')).toEqual([]);
  });
});
