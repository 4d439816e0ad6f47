import { EventEmitter } from 'node:events';
import type { Peer } from '@hellohaybye/signaling';
import type { Invited, SignalingClient } from '@hellohaybye/signaling/client';
import { describe, expect, it } from 'vitest';
import { invite } from './invite.js';

const id = '0123456789abcdef';
const self: Peer = { id: 'us', instance: 'us', name: 'anna' };
const peer = (name: string, its = 'other'): Peer => ({ id: its, instance: `of ${name}`, name });
const invitation = (from: Peer, to: Peer) => ({ id: 'i', from, to, ringing: false, remainingMs: 1000 });

/** A client whose server says that it invites these, and may say meanwhile who is calling us; and where it is before. */
function saying(
  invited: Peer[],
  { caller, inside }: { caller?: Peer; inside?: { room: string; call: boolean } | undefined } = {},
): SignalingClient {
  const client = new EventEmitter();
  const reply = {
    inside: {} as Invited['inside'],
    invitations: invited.map((to) => invitation(self, to)),
    accepted: 'i',
  };
  return Object.assign(client, {
    inside,
    invitations: () => [],
    invite: () => {
      if (caller) client.emit('invited', invitation(caller, self));
      return Promise.resolve(reply);
    },
  }) as unknown as SignalingClient;
}

describe('who is invited', () => {
  it.each([
    { to: ['Ben'], says: peer('ben'), isAsked: true },
    { to: ['ben (2)'], says: peer('ben (2)'), isAsked: true },
    { to: ['ben'], says: peer('zoe'), isAsked: false },
    { to: ['ben'], says: peer('zoe', 'ben'), isAsked: false },
    { to: [id], says: peer('ben', id), isAsked: true },
    { to: [id], says: peer('ben', id.replace('0', '1')), isAsked: false },
  ])(
    '$to, and the server says $says.name of id $says.id: asked for: $isAsked',
    async ({ to, says, isAsked }) => {
      const { asked } = await invite(saying([says]), to, {});
      expect(asked).toEqual(isAsked ? [says] : []);
    },
  );

  it.each([
    { where: 'nowhere', inside: undefined, way: { by: 'calling' } },
    { where: 'a room', inside: { room: 'tea', call: false }, way: { by: 'moved', call: false } },
    { where: 'a call', inside: { room: 'call:1', call: true }, way: { by: 'moved', call: true } },
  ])('from $where: comes to $way', async ({ inside, way }) => {
    expect((await invite(saying([], { inside }), ['ben'], {})).way).toEqual(way);
    const caller = peer('ben');
    const called = await invite(saying([], { inside, caller }), ['ben'], {});
    expect(called.way, 'who calls us meanwhile').toEqual({ by: 'invitation', from: caller });
  });
});
