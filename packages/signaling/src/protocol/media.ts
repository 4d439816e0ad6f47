import { z } from 'zod';
import { isUnicast } from '../addresses/ip.js';
import { limits } from './limits.js';

const uint32 = z.int().min(0).max(0xffff_ffff);
const identifier = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be a short name in lower case');

const streamFormatSchema = z.object({
  payloadType: z.int().min(0).max(127),
  format: z.enum(['jpeg', 'l16', 'generic', 'control']),
  clockRate: z.int().min(1).max(10_000_000),
  channels: z.int().min(1).max(32).optional(),
});

const mediaStreamSchema = z.object({
  id: identifier,
  channel: identifier,
  ssrc: uint32,
  formats: z.array(streamFormatSchema).min(1).max(limits.formats),
});

/** An IP address in text form, without a zone. */
export const addressSchema = z.union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address');

/** See `Candidate`. */
export const candidateSchema = z
  .object({
    address: addressSchema,
    family: z.union([z.literal(4), z.literal(6)]),
    prefix: z.int().min(0).max(128).optional(),
  })
  .refine(
    ({ address, family }) => address.includes(':') === (family === 6),
    'must have the family of its address',
  )
  .refine(({ address }) => isUnicast(address), 'must be the address of one machine')
  .refine(({ family, prefix = 0 }) => family === 6 || prefix <= 32, 'must have a prefix of at most 32 bits');

/** See `MediaProtection`. */
const mediaProtectionSchema = z.object({
  // The last character of each stands for fewer bits than six: those left over are 0.
  identity: z
    .string()
    .regex(/^[\w-]{42}[AEIMQUYcgkosw048]$/, 'must be 32 bytes as base64url')
    .describe('public key, X25519'),
  session: z
    .string()
    .regex(/^[\w-]{21}[AQgw]$/, 'must be 16 bytes as base64url')
    .describe('random, new for each stay or process'),
  profiles: z
    .array(z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'must be the name of an SRTP protection profile'))
    .min(1)
    .max(limits.profiles)
    .describe('in order of preference'),
});

/** See `MediaDescription`. */
export const mediaDescriptionSchema = z
  .object({
    candidates: z.array(candidateSchema).max(limits.candidates),
    ports: z
      .record(identifier, z.int().min(1).max(65_535))
      .refine(
        (ports) => Object.keys(ports).length <= limits.ports,
        `must have at most ${limits.ports} channels`,
      ),
    streams: z.array(mediaStreamSchema).max(limits.streams),
    protection: mediaProtectionSchema
      .optional()
      .describe('absent when the participant protects no media; the server only passes it on'),
  })
  .refine(({ streams }) => allDiffer(streams.map(({ id }) => id)), 'must not have two streams of one id')
  .refine(
    ({ streams }) => allDiffer(streams.map(({ ssrc }) => ssrc)),
    'must not have two streams of one ssrc',
  )
  .refine(
    ({ streams, ports }) => streams.every(({ channel }) => Object.hasOwn(ports, channel)),
    'must have a port for the channel of each stream',
  );

/** See `ParticipantState`. */
export const participantStateSchema = z.object({
  muted: z.boolean().optional().describe('sends no sound'),
  cameraOff: z.boolean().optional().describe('sends no picture'),
  onHold: z.boolean().optional().describe('neither sends nor plays for the moment'),
  away: z.boolean().optional().describe('not at the machine; kept from room to room'),
});

/** See `VisibleState`. */
export const visibleStateSchema = participantStateSchema.extend({
  busy: z.boolean().optional().describe('in a call; not said among those in it'),
  reconnecting: z.boolean().optional().describe('without a connection for some seconds, not given up yet'),
});

const allDiffer = (values: (string | number)[]): boolean => new Set(values).size === values.length;
