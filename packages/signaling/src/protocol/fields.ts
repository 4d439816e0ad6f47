import { z } from 'zod';
import { limits } from './limits.js';
import { addressSchema, mediaDescriptionSchema, visibleStateSchema } from './media.js';
import { displayText } from './text.js';

/** The number by which a reply is matched to its request: 0 to 2^31 - 1. */
export const requestIdSchema = z
  .int()
  .min(0)
  .max(0x7fff_ffff)
  .describe('matches a reply to its request; grows from request to request of a session');

export const version = z.int().min(0).max(0xffff).describe('version of the protocol');
export const name = displayText(limits.name);
export const roomName = displayText(limits.room);
export const reason = z.string().regex(/^[a-z-]{1,64}$/, 'must be a reason');

/** What the server gives to a participant, an instance or an invitation for a name. */
export const idSchema = z.string().regex(/^[\w-]{1,64}$/, 'must be an id');

/** A secret of at least 128 bits as base64url or hex. */
export const secret = z
  .string()
  .regex(/^[\w-]{22,128}$/, 'must be 22 to 128 letters, digits, underscores or dashes');

/** What the server passes on and can't read. */
export const sealedData = z
  .string()
  .regex(/^[\w-]+$/, 'must be base64url')
  .max(limits.sealed)
  .describe('base64url; only the receiver can read it');

const milliseconds = z.int().min(0).max(0x7fff_ffff);

export const participant = z.object({
  id: idSchema,
  instance: idSchema.describe('the same as long as the client lives, whatever becomes of its id'),
  name,
  observedAddress: addressSchema.describe('where the server sees the connection come from'),
  media: mediaDescriptionSchema,
  state: visibleStateSchema,
});

export const person = z.object({
  id: idSchema,
  instance: idSchema,
  name,
  room: roomName.optional().describe('absent in a call and outside of a room'),
  state: visibleStateSchema,
});

export const roomSummary = z.object({ name: roomName, people: z.int().min(1).max(1_000_000) });

const peer = z.object({ id: idSchema, instance: idSchema, name });

export const invitation = z.object({
  id: idSchema,
  from: peer,
  to: peer,
  room: roomName.optional().describe('the room that it leads to; absent for a call'),
  ringing: z.boolean().describe('whether the invited client shows it'),
  remainingMs: milliseconds.describe('how long it rings from now on'),
});

export const endedInvitation = z.object({
  id: idSchema,
  outcome: z.enum(['accepted', 'declined', 'cancelled', 'busy', 'timeout', 'gone']),
  reason: displayText(limits.reason).optional().describe('what the invited said, with declined'),
});

export const roomView = z.object({
  room: roomName,
  call: z.boolean().describe('whether it is the room of a call, which only the invited enter'),
  self: participant,
  participants: z.array(participant).max(10_000).describe('everybody else'),
});

export const sessionState = z.object({
  inside: roomView.optional().describe('where the client is; absent outside of a room'),
  incoming: z.array(invitation).max(limits.invitations),
  outgoing: z.array(invitation).max(limits.invitations),
  ended: z
    .array(endedInvitation)
    .max(limits.invitations * 2)
    .describe('the last that ended, both ways'),
  missed: z
    .array(invitation)
    .max(limits.invitations)
    .optional()
    .describe('the last that the client could not answer, as it was in a call or away'),
});
