import { parseCandidates, type Candidate } from '@hellohaybye/signaling';
import { MAX_CONTROL_BYTES } from '@hellohaybye/transport';

/** What a participant tells of itself; everything is always said. */
export interface OwnState {
  /** Sends no sound. */
  muted: boolean;
  /** Sends no pictures. */
  cameraOff: boolean;
  /** Neither sends nor plays. */
  onHold: boolean;
  /** Not at the machine. */
  away: boolean;
}

/** A signaling server in the process of who tells of it. */
export interface OwnServer {
  /** TCP. */
  port: number;
  /** Of its certificate (43 characters), when it speaks wss. */
  pin?: string;
}

/** What participants say to each other without a server. */
export type ControlMessage =
  | ({ type: 'state' } & OwnState)
  /** The sender leaves for good. */
  | { type: 'leaving' }
  /** A line for people; the id is unique among those of its sender. */
  | { type: 'chat'; id: string; text: string }
  /** Where the sender can be reached from now on, best first. */
  | { type: 'addresses'; candidates: Candidate[] }
  /** The sender's process hosts the server from now on. */
  | ({ type: 'host' } & OwnServer)
  /** A key of the sender's, sealed for the receiver alone: base64url. */
  | { type: 'key'; data: string };

/** Most UTF-16 code units of a chat line. */
export const LONGEST_CHAT = 2000;

/** A message as UTF-8 of JSON, at most `MAX_CONTROL_BYTES` long. */
export const serializeControl = (message: ControlMessage): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ v: VERSION, ...message }));

/**
 * What somebody said: undefined when it is malformed, or of a version or kind that is not known here. Fields that are
 * not known are passed over.
 */
export function parseControl(data: Uint8Array): ControlMessage | undefined {
  if (data.length > MAX_CONTROL_BYTES) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { v, type, ...rest } = value as Record<string, unknown>;
  if (v !== VERSION) return undefined;
  if (type === 'leaving') return { type };
  if (type === 'state') return stateOf(rest);
  if (type === 'key') return keyOf(rest);
  if (type === 'addresses') return addressesOf(rest);
  if (type === 'host') return hostOf(rest);
  return type === 'chat' ? chatOf(rest) : undefined;
}

function stateOf({ muted, cameraOff, onHold, away }: Record<string, unknown>): ControlMessage | undefined {
  const flags = [muted, cameraOff, onHold, away];
  if (!flags.every((flag) => typeof flag === 'boolean')) return undefined;
  return { type: 'state', muted: flags[0]!, cameraOff: flags[1]!, onHold: flags[2]!, away: flags[3]! };
}

function chatOf({ id, text }: Record<string, unknown>): ControlMessage | undefined {
  if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id)) return undefined;
  if (typeof text !== 'string' || text.trim() === '' || text.length > LONGEST_CHAT) return undefined;
  return { type: 'chat', id, text };
}

function keyOf({ data }: Record<string, unknown>): ControlMessage | undefined {
  return typeof data === 'string' && /^[\w-]{1,4096}$/.test(data) ? { type: 'key', data } : undefined;
}

function addressesOf({ candidates: offered }: Record<string, unknown>): ControlMessage | undefined {
  const candidates = parseCandidates(offered);
  return candidates && { type: 'addresses', candidates };
}

function hostOf({ port, pin }: Record<string, unknown>): ControlMessage | undefined {
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  if (pin === undefined) return { type: 'host', port };
  return typeof pin === 'string' && /^[\w-]{43}$/.test(pin) ? { type: 'host', port, pin } : undefined;
}

/** A message of another version means nothing here. */
const VERSION = 1;
