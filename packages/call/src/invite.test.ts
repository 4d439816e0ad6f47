import { EventEmitter } from 'node:events';
import type { Peer } from '@hellohaybye/signaling';
import type { Invited, SignalingClient } from '@hellohaybye/signaling/client';
import { describe, expect, it } from 'vitest';
import { invite } from './invite.js';

const id = '0123456789abcdef';
const self: Peer = { id: 'us', instance: 'us', name: 'anna' };
const peer = (name: string, its = 'other'): Peer => ({ id: its, instance: `of ${name}`, name });
const invitation = (from: Peer, to: Peer) => ({ id: 'i', from, to, ringing: false, remainingMs: 1000 });

/** A client whose server says that it invites these, and may say meanwhile who is calling us. */
function saying(invited: Peer[], caller?: Peer): SignalingClient {
  const client = new EventEmitter();
  const reply = {
    inside: {} as Invited['inside'],
    invitations: invited.map((to) => invitation(self, to)),
    accepted: 'i',
  };
  return Object.assign(client, {
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

  it('and has been calling us meanwhile is told of', async () => {
    expect((await invite(saying([], peer('ben')), ['ben'], {})).caller).toEqual(peer('ben'));
    expect((await invite(saying([]), ['ben'], {})).caller).toBeUndefined();
  });
});
