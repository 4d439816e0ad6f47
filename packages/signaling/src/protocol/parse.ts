import { z } from 'zod';
import { limits, spokenVersions } from './limits.js';
import { clientMessageSchemas } from './client-messages.js';
import { requestIdSchema } from './fields.js';
import { candidateSchema } from './media.js';
import { serverMessageSchemas } from './server-messages.js';
import { oneLine } from './text.js';
import type { ProtocolErrorCode, Refusal } from './errors.js';
import type { Candidate, ClientMessage, ServerMessage } from './types.js';

/** A checked message, or why it is refused. */
export type Parsed<Message> = { ok: true; message: Message } | { ok: false; refusal: Refusal };

const clientSchemas = new Map<unknown, z.ZodType>(Object.entries(clientMessageSchemas));
const serverSchemas = new Map<unknown, z.ZodType>(Object.entries(serverMessageSchemas));

/** Reads a message of a client. Never throws: what is wrong with it is in the result. */
export function parseClientMessage(text: string): Parsed<ClientMessage> {
  if (text.length > limits.messageLength) {
    return refuse('message-too-large', `The message has more than ${limits.messageLength} characters`);
  }
  return parse<ClientMessage>(text, clientSchemas);
}

/** Reads a message of the server. Never throws; `unknown-type` comes from a newer server and can be ignored. */
export const parseServerMessage = (text: string): Parsed<ServerMessage> =>
  parse<ServerMessage>(text, serverSchemas);

/**
 * Reads addresses that somebody offers by another way than the server, by the rules for those in a media description:
 * 1 to `limits.candidates` of them. Undefined when they are anything else.
 */
export const parseCandidates = (value: unknown): Candidate[] | undefined =>
  offeredSchema.safeParse(value).data as Candidate[] | undefined;

/** Checks a message before it is sent, and brings names into their normal form. */
export function checkClientMessage(message: ClientMessage): Parsed<ClientMessage> {
  const checked = check<ClientMessage>(message, clientSchemas);
  if (!checked.ok || JSON.stringify(checked.message).length <= limits.messageLength) return checked;
  return refuse('message-too-large', `The message has more than ${limits.messageLength} characters`);
}

function parse<Message>(text: string, schemas: Map<unknown, z.ZodType>): Parsed<Message> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('not-json', 'The message is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('bad-message', 'The message is not a JSON object');
  }
  return check<Message>(value, schemas);
}

function check<Message>(value: object, schemas: Map<unknown, z.ZodType>): Parsed<Message> {
  const { type, version } = value as Record<string, unknown>;
  const schema = schemas.get(type);
  if (!schema) return refuse('unknown-type', 'There is no message of this type', value);
  // Before anything else of a hello is looked at: another version may well give it another shape.
  if ((type === 'hello' || type === 'welcome') && Number.isInteger(version) && !speaks(version as number)) {
    const message = `Version ${version} of the protocol is not spoken here, only ${spokenVersions.join(', ')}`;
    return refuse('unsupported-version', message, value, [...spokenVersions]);
  }
  const result = schema.safeParse(value);
  // The schemas say `?: T | undefined` where the types say `?: T`; JSON has no undefined.
  if (result.success) return { ok: true, message: result.data as Message };
  const issue = result.error.issues[0];
  const path = issue?.path.map(String) ?? [];
  const where = path.length === 0 ? 'message' : path.join('.');
  return refuse(codeFor(path[0]), oneLine(`${where}: ${issue?.message ?? 'is wrong'}`), value);
}

const speaks = (version: number): boolean => spokenVersions.includes(version);

function codeFor(field: string | undefined): ProtocolErrorCode {
  if (field === 'name') return 'bad-name';
  if (field === 'room') return 'bad-room';
  return field === 'media' ? 'bad-media' : 'bad-message';
}

function refuse(code: ProtocolErrorCode, message: string, of?: object, versions?: number[]) {
  const refusal: Refusal = { code, message };
  const requestId = requestIdSchema.safeParse((of as { requestId?: unknown } | undefined)?.requestId).data;
  if (requestId !== undefined) refusal.requestId = requestId;
  if (versions !== undefined) refusal.versions = versions;
  return { ok: false, refusal } as const;
}

const offeredSchema = z.array(candidateSchema).min(1).max(limits.candidates);
