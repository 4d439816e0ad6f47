import { z } from 'zod';
import { idSchema, name, requestIdSchema, roomName, sealedData, secret, version } from './fields.js';
import { limits } from './limits.js';
import { mediaDescriptionSchema, participantStateSchema } from './media.js';
import { displayText } from './text.js';

const requestId = requestIdSchema;
const state = participantStateSchema.optional();
const invitation = idSchema.describe('the id of the invitation');

/** The schema of every message that a client sends, by its type. Unknown fields are dropped. */
export const clientMessageSchemas = {
  hello: z
    .object({
      type: z.literal('hello'),
      requestId,
      version,
      name,
      instanceKey: secret
        .optional()
        .describe('a secret of the client, 128 random bits or more; the session outlives its connection'),
      token: secret
        .optional()
        .describe('of the last welcome: takes that session over; needs the instanceKey'),
    })
    .describe(
      'The first message. Answered with welcome. Errors: unsupported-version, bad-name, name-in-use, hello-twice; with a token unknown-session, foreign-session.',
    ),
  confirm: z
    .object({ type: z.literal('confirm'), requestId })
    .describe('The welcome has come, so the token before its own ends. Any other request does the same.'),
  join: z
    .object({
      type: z.literal('join'),
      requestId,
      room: roomName,
      media: mediaDescriptionSchema,
      state,
    })
    .describe(
      'Enters a room. Answered with room. Errors: bad-room, bad-media, already-in-room, room-full, too-many-rooms.',
    ),
  update: z
    .object({ type: z.literal('update'), requestId, media: mediaDescriptionSchema.optional(), state })
    .describe(
      'Replaces the media description and sets the given parts of the state. Outside of a room only away. Answered with done. Errors: bad-media, not-in-room.',
    ),
  leave: z
    .object({ type: z.literal('leave'), requestId })
    .describe('Leaves the room or the call. Answered with done. Errors: not-in-room.'),
  who: z
    .object({
      type: z.literal('who'),
      requestId,
      watch: z.boolean().optional().describe('whether changes are told from now on; as before when absent'),
    })
    .describe('Asks who is there. Answered with people.'),
  invite: z
    .object({
      type: z.literal('invite'),
      requestId,
      to: z
        .array(name)
        .min(1)
        .max(limits.invited)
        .describe('ids, or names that only one has; all or none are invited'),
      media: mediaDescriptionSchema.optional().describe('needed outside of a room'),
      state,
    })
    .describe(
      'Invites to where one is, outside of a room to a new call. Inviting who invites oneself is accepting. Answered with invited. Errors: nobody-there, ambiguous-name, bad-invitation, media-missing, bad-media, room-full, too-many-rooms.',
    ),
  ringing: z
    .object({ type: z.literal('ringing'), requestId, invitation })
    .describe('An invitation is being shown. Answered with done. Errors: no-such-invitation.'),
  accept: z
    .object({
      type: z.literal('accept'),
      requestId,
      invitation,
      media: mediaDescriptionSchema.optional().describe('needed outside of a room'),
      state,
    })
    .describe(
      'Goes where the invitation leads. Answered with room. Errors: no-such-invitation, media-missing, bad-media, room-full.',
    ),
  decline: z
    .object({
      type: z.literal('decline'),
      requestId,
      invitation,
      reason: displayText(limits.reason).optional().describe('for people to read'),
    })
    .describe('Declines an invitation. Answered with done. Errors: no-such-invitation.'),
  cancel: z
    .object({ type: z.literal('cancel'), requestId, invitation })
    .describe('Takes back an invitation of one’s own. Answered with done. Errors: no-such-invitation.'),
  bye: z
    .object({ type: z.literal('bye'), requestId })
    .describe('Leaves the call, and no other room. Answered with done. Errors: not-in-call.'),
  move: z
    .object({ type: z.literal('move'), requestId, room: roomName })
    .describe(
      'Takes everybody in the call, and its invitations, to a room. Answered with room. Errors: not-in-call, bad-room, room-full, too-many-rooms.',
    ),
  key: z
    .object({
      type: z.literal('key'),
      requestId,
      to: idSchema.describe('the instance of somebody in the same room'),
      data: sealedData,
    })
    .describe(
      'Passes a sealed key on. It is not kept for somebody without a connection. Answered with done. Errors: not-in-room, nobody-there.',
    ),
};
