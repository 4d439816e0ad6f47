import { z } from 'zod';
import { limits } from './limits.js';
import { addressSchema, mediaDescriptionSchema, participantStateSchema } from './media.js';
import { displayText } from './text.js';

/** The number by which a reply is matched to its request: 0 to 2^31 - 1. */
export const requestIdSchema = z.int().min(0).max(0x7fff_ffff);

const requestId = requestIdSchema;
const version = z.int().min(0).max(0xffff);
const participantId = z.string().regex(/^[\w-]{1,64}$/, 'must be an id');
const name = displayText(limits.name);
const roomName = displayText(limits.room);
const participant = z.object({
  id: participantId,
  name,
  observedAddress: addressSchema,
  media: mediaDescriptionSchema,
  state: participantStateSchema,
});

/** The schema of every message that a client sends, by its type. Unknown fields are dropped. */
export const clientMessageSchemas = {
  hello: z.object({ type: z.literal('hello'), requestId, version, name }),
  join: z.object({
    type: z.literal('join'),
    requestId,
    room: roomName,
    media: mediaDescriptionSchema,
    state: participantStateSchema.optional(),
  }),
  update: z.object({
    type: z.literal('update'),
    requestId,
    media: mediaDescriptionSchema.optional(),
    state: participantStateSchema.optional(),
  }),
  leave: z.object({ type: z.literal('leave'), requestId }),
};

/** The schema of every message that the server sends, by its type. Unknown fields are dropped. */
export const serverMessageSchemas = {
  welcome: z.object({
    type: z.literal('welcome'),
    requestId,
    version,
    id: participantId,
    keepaliveMs: z.int().min(1).max(0x7fff_ffff),
  }),
  room: z.object({
    type: z.literal('room'),
    requestId,
    room: roomName,
    self: participant,
    participants: z.array(participant),
  }),
  done: z.object({ type: z.literal('done'), requestId }),
  'participant-joined': z.object({ type: z.literal('participant-joined'), participant }),
  'participant-updated': z.object({ type: z.literal('participant-updated'), participant }),
  'participant-left': z.object({
    type: z.literal('participant-left'),
    id: participantId,
    name,
    reason: z.string().regex(/^[a-z-]{1,64}$/, 'must be a reason'),
  }),
  error: z.object({
    type: z.literal('error'),
    requestId: requestId.optional(),
    code: z.string().regex(/^[a-z-]{1,64}$/, 'must be a code'),
    message: displayText(400),
    versions: z.array(version).max(32).optional(),
  }),
};
