import { z } from 'zod';
import {
  endedInvitation,
  idSchema,
  invitation,
  name,
  participant,
  person,
  reason,
  requestIdSchema,
  roomName,
  roomSummary,
  roomView,
  sealedData,
  secret,
  sessionState,
  version,
} from './fields.js';
import { limits } from './limits.js';
import { displayText } from './text.js';

const requestId = requestIdSchema;

/** The schema of every message that the server sends, by its type. Unknown fields are dropped. */
export const serverMessageSchemas = {
  welcome: z
    .object({
      type: z.literal('welcome'),
      requestId,
      version,
      id: idSchema,
      keepaliveMs: z.int().min(1).max(0x7fff_ffff).describe('how often the server pings'),
      instance: idSchema.optional().describe('with an instanceKey: what others know the client by'),
      token: secret.optional().describe('with an instanceKey: takes the session over; a secret'),
      hostedBy: idSchema
        .optional()
        .describe('the instance of the participant whose process the server is in; absent: it is nobody’s'),
      resumed: sessionState.optional().describe('with a token: how everything stands'),
    })
    .describe('Answers hello.'),
  room: roomView
    .extend({
      type: z.literal('room'),
      requestId: requestId.optional().describe('absent when something else brought the client there'),
    })
    .describe('Answers join, accept and move; comes by itself with a new call and when a call moves.'),
  'room-left': z
    .object({ type: z.literal('room-left'), room: roomName, reason: reason.describe('call-ended') })
    .describe('The client was put out of the room.'),
  done: z.object({ type: z.literal('done'), requestId }).describe('Answers what needs no more than that.'),
  'participant-joined': z
    .object({ type: z.literal('participant-joined'), participant })
    .describe('To the others in the room: somebody entered it.'),
  'participant-updated': z
    .object({ type: z.literal('participant-updated'), participant })
    .describe('To the others in the room: the whole of somebody whose media, state or address changed.'),
  'participant-left': z
    .object({
      type: z.literal('participant-left'),
      id: idSchema,
      name,
      reason: reason.describe('left, disconnected, timed-out, too-slow, removed or replaced'),
    })
    .describe('To the others in the room: somebody left it.'),
  key: z
    .object({
      type: z.literal('key'),
      from: idSchema.describe('the instance of somebody in the room'),
      data: sealedData,
    })
    .describe('Somebody in the room sealed a key for the client.'),
  people: z
    .object({
      type: z.literal('people'),
      requestId,
      people: z.array(person).max(100_000).describe('everybody, oneself too'),
      rooms: z.array(roomSummary).max(100_000).describe('without those of calls'),
    })
    .describe('Answers who.'),
  person: z
    .object({ type: z.literal('person'), person })
    .describe('To those who watch: somebody came or changed.'),
  'person-gone': z
    .object({ type: z.literal('person-gone'), id: idSchema })
    .describe('To those who watch: somebody is gone.'),
  invited: z
    .object({
      type: z.literal('invited'),
      requestId,
      invitations: z.array(invitation).max(limits.invited),
      accepted: idSchema.optional().describe('the invitation of theirs that was accepted by inviting them'),
    })
    .describe('Answers invite.'),
  invitation: z.object({ type: z.literal('invitation'), invitation }).describe('The client is invited.'),
  missed: z
    .object({ type: z.literal('missed'), invitation })
    .describe(
      'Somebody invited the client while it was in a call, and was told busy. Repeated by `resumed`.',
    ),
  'invitation-ringing': z
    .object({ type: z.literal('invitation-ringing'), id: idSchema })
    .describe('To the inviter: the invited client shows it.'),
  'invitation-ended': endedInvitation
    .extend({ type: z.literal('invitation-ended') })
    .describe('To both: once for each invitation.'),
  draining: z
    .object({
      type: z.literal('draining'),
      url: z
        .url({ protocol: /^wss?$/ })
        .max(limits.movedUrl)
        .optional()
        .describe('where its rooms go on, if anywhere'),
      inMs: z
        .int()
        .min(0)
        .max(0x7fff_ffff)
        .describe('when it ends, from now on; it may let a client go earlier'),
    })
    .describe(
      'To all: the server is about to end. Nothing has to be done: it closes the connections itself.',
    ),
  error: z
    .object({
      type: z.literal('error'),
      requestId: requestId.optional().describe('absent when the message was too broken to have one'),
      code: z
        .string()
        .regex(/^[a-z-]{1,64}$/, 'must be a code')
        .describe('one of the errors below'),
      message: displayText(400),
      versions: z.array(version).max(32).optional().describe('with unsupported-version: those spoken'),
      ids: z.array(idSchema).max(64).optional().describe('with ambiguous-name: who they are'),
    })
    .describe('Answers what is refused.'),
};
