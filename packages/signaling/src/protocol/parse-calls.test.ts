import { describe, expect, it } from 'vitest';
import { sampleMedia } from '../test-support/media.js';
import { limits } from './limits.js';
import { parseClientMessage, parseServerMessage } from './parse.js';

const peer = { id: 'a1', instance: 'a2', name: 'anna' };
const invitation = { id: 'i1-0', from: peer, to: peer, ringing: false, remainingMs: 30_000 };
const hello = { type: 'hello', requestId: 1, version: 1, name: 'anna' };
const secret = 's'.repeat(22);

describe('parseClientMessage', () => {
  it.each([
    { ...hello, instanceKey: secret, token: 't'.repeat(128) },
    { type: 'confirm', requestId: 2 },
    { type: 'who', requestId: 2 },
    { type: 'who', requestId: 2, watch: true },
    { type: 'invite', requestId: 2, to: ['ben'], media: sampleMedia(), state: { muted: true } },
    { type: 'ringing', requestId: 2, invitation: 'i1-0' },
    { type: 'accept', requestId: 2, invitation: 'i1-0', media: sampleMedia() },
    { type: 'decline', requestId: 2, invitation: 'i1-0', reason: 'not now' },
    { type: 'cancel', requestId: 2, invitation: 'i1-0' },
    { type: 'bye', requestId: 2 },
    { type: 'move', requestId: 2, room: 'lobby' },
    { type: 'key', requestId: 2, to: 'a2', data: 'c2VhbGVk'.repeat(512) },
  ])('takes $type as it is', (message) => {
    expect(parseClientMessage(JSON.stringify({ ...message, extra: 1 }))).toEqual({ ok: true, message });
  });

  it.each([
    ['a key of less than 128 bits', { ...hello, instanceKey: 's'.repeat(21) }, 'bad-message'],
    ['a token of 129 characters', { ...hello, instanceKey: secret, token: 't'.repeat(129) }, 'bad-message'],
    ['a key with other characters', { ...hello, instanceKey: `${secret}!` }, 'bad-message'],
    ['watching with a text', { type: 'who', watch: 'yes' }, 'bad-message'],
    ['inviting nobody', { type: 'invite', to: [] }, 'bad-message'],
    ['inviting one by a text', { type: 'invite', to: 'ben' }, 'bad-message'],
    ['inviting too many', { type: 'invite', to: Array(limits.invited + 1).fill('ben') }, 'bad-message'],
    ['inviting a name that cannot be shown', { type: 'invite', to: ['\u0007'] }, 'bad-message'],
    ['inviting with wrong media', { type: 'invite', to: ['ben'], media: {} }, 'bad-media'],
    ['accepting nothing', { type: 'accept' }, 'bad-message'],
    ['accepting with wrong media', { type: 'accept', invitation: 'i1', media: [] }, 'bad-media'],
    ['ringing with an id that is none', { type: 'ringing', invitation: 'a b' }, 'bad-message'],
    ['an empty reason', { type: 'decline', invitation: 'i1', reason: '' }, 'bad-message'],
    ['a long reason', { type: 'decline', invitation: 'i1', reason: 'x'.repeat(101) }, 'bad-message'],
    ['cancelling a number', { type: 'cancel', invitation: 7 }, 'bad-message'],
    ['a key for nobody', { type: 'key', data: 'c2Vh' }, 'bad-message'],
    ['a key that is none', { type: 'key', to: 'a2', data: 'a b' }, 'bad-message'],
    ['an empty key', { type: 'key', to: 'a2', data: '' }, 'bad-message'],
    ['a long key', { type: 'key', to: 'a2', data: 'x'.repeat(limits.sealed + 1) }, 'bad-message'],
    ['moving nowhere', { type: 'move' }, 'bad-room'],
    ['saying goodbye without an id', { type: 'bye', requestId: null }, 'bad-message'],
  ])('refuses %s', (_, message, code) => {
    const parsed = parseClientMessage(JSON.stringify({ requestId: 2, ...message }));
    expect(parsed).toMatchObject({ ok: false, refusal: { code } });
  });
});

describe('parseServerMessage', () => {
  it.each([
    { type: 'key', from: 'a2', data: 'c2VhbGVk' },
    { type: 'room-left', room: 'lobby', reason: 'call-ended' },
    { type: 'people', requestId: 2, people: [{ ...peer, state: { busy: true } }], rooms: [] },
    { type: 'person', person: { ...peer, room: 'lobby', state: {} } },
    { type: 'person-gone', id: 'a1' },
    { type: 'invited', requestId: 2, invitations: [invitation], accepted: 'i2-0' },
    { type: 'invitation', invitation: { ...invitation, room: 'lobby' } },
    { type: 'missed', invitation },
    { type: 'invitation-ringing', id: 'i1-0' },
    { type: 'invitation-ended', id: 'i1-0', outcome: 'declined', reason: 'not now' },
  ])('takes $type as it is', (message) => {
    expect(parseServerMessage(JSON.stringify(message))).toEqual({ ok: true, message });
  });

  it.each([
    ['an unknown outcome', { type: 'invitation-ended', id: 'i1', outcome: 'lost' }],
    [
      'an invitation without an inviter',
      { type: 'invitation', invitation: { ...invitation, from: undefined } },
    ],
    [
      'an invitation that rings for a negative time',
      { type: 'missed', invitation: { ...invitation, remainingMs: -1 } },
    ],
    ['a person without a state', { type: 'person', person: peer }],
    ['rooms of nobody', { type: 'people', requestId: 2, people: [], rooms: [{ name: 'lobby', people: 0 }] }],
  ])('refuses %s', (_, message) => {
    const parsed = parseServerMessage(JSON.stringify(message));
    expect(parsed).toMatchObject({ ok: false, refusal: { code: 'bad-message' } });
  });
});
