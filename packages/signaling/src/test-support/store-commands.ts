import fc from 'fast-check';
import { micros } from '@hellohaybye/core';
import type { ClientRequest, StoreCommand } from '../room/store.js';
import { sampleMedia } from './media.js';

type Step = { gap: number; client: number; kind: string; other: number; room: string; muted: boolean };

const clientCount = 5;

const step: fc.Arbitrary<Step> = fc.record({
  gap: fc.oneof({ weight: 8, arbitrary: fc.nat(400) }, { weight: 1, arbitrary: fc.nat(70_000) }),
  client: fc.nat(clientCount - 1),
  kind: fc.constantFrom(
    ...[
      'hello',
      'hello',
      'resume',
      'detach',
      'drop',
      'expire',
      'join',
      'join',
      'leave',
      'update',
      'who',
      'invite',
    ],
    ...[
      'invite',
      'accept',
      'decline',
      'cancel',
      'ringing',
      'bye',
      'move',
      'key',
      'confirm',
      'again',
      'remove',
    ],
  ),
  other: fc.nat(clientCount - 1),
  room: fc.constantFrom('one', 'two'),
  muted: fc.boolean(),
});

/**
 * What a few clients may ask of a directory, with connections that break and come back, and time that passes. Many
 * of the commands make no sense where they stand, as it is with real ones.
 */
export const storeCommands: fc.Arbitrary<StoreCommand[]> = fc
  .array(step, { maxLength: 60, size: 'max' })
  .map((steps) => {
    let now = 1_000_000;
    const made = { links: 0, requests: 0, tokens: Array<number>(clientCount).fill(0) };
    const links = Array<string>(clientCount).fill('none');
    /** A session is called as the connection that it began on. */
    const ids = [...links];
    return steps.map((one): StoreCommand => {
      now += one.gap * 1000;
      const at = micros(now);
      const { client, kind } = one;
      if (kind === 'expire') return { type: 'expire', at };
      if (kind === 'remove') {
        return { type: 'remove', at, id: ids[client]!, ...(one.muted && { connected: true }) };
      }
      if (kind === 'detach' || kind === 'drop') {
        const reason = kind === 'drop' ? 'left' : 'disconnected';
        return { type: 'detach', at, link: links[client]!, reason };
      }
      if (kind === 'hello' || kind === 'resume') {
        const link = (links[client] = `link${(made.links += 1)}`);
        if (kind === 'hello') ids[client] = link;
        const resume = `token ${client} ${made.tokens[client]}`;
        const token = `token ${client} ${(made.tokens[client]! += 1)}`;
        const hello = { type: 'hello', at, link, requestId: 0, name: `name${client % 3}` } as const;
        const keys = client === 0 ? {} : { instance: `instance ${client}`, token };
        const observedAddress = one.muted ? '127.0.0.1' : '127.0.0.2';
        return {
          ...{ ...hello, observedAddress, ...keys },
          ...(kind === 'resume' && client > 0 && { resume }),
          ...(one.room === 'two' && { mostOfName: 1 }),
        };
      }
      made.requests += kind === 'again' ? 0 : 1;
      const named = { call: String(made.requests).padStart(32, '0'), invitation: `i${made.requests}` };
      const request = requestOf(one, made.requests, links);
      return { type: 'request', at, link: links[client]!, request, ids: named };
    });
  });

function requestOf({ kind, other, room, muted }: Step, requestId: number, links: string[]): ClientRequest {
  const media = sampleMedia();
  // Invitations are named after the request that made them: one of the last few may be open.
  const invitation = `i${Math.max(1, requestId - 1 - other)}-0`;
  switch (kind) {
    case 'join':
      return { type: 'join', requestId, room, media };
    case 'update':
      return { type: 'update', requestId, state: muted ? { muted } : { away: true } };
    case 'who':
      return { type: 'who', requestId, watch: muted };
    case 'invite':
      return { type: 'invite', requestId, to: [links[other]!], media };
    case 'accept':
      return { type: 'accept', requestId, invitation, media };
    case 'decline':
    case 'cancel':
    case 'ringing':
      return { type: kind, requestId, invitation };
    case 'move':
      return { type: 'move', requestId, room };
    case 'key':
      return { type: 'key', requestId, to: `instance ${other}`, data: 'c2VhbGVk' };
    case 'bye':
    case 'confirm':
      return { type: kind, requestId };
    default:
      return { type: 'leave', requestId };
  }
}
