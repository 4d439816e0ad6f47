import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { HhbError } from '@hellohaybye/core';
import { RoomSecret } from '@hellohaybye/signaling/keys';
import { invitationServer, isInvitation, parseInvitation } from '@hellohaybye/signaling';

/** The room that somebody wants to join, and what they know of it. */
export interface GivenRoom {
  room: string;
  /** Undefined when it is an open room. */
  secret: Uint8Array | undefined;
  /** The url of the server that an invitation names, with its pin. */
  server: string | undefined;
  /** The pin of that server's certificate. */
  pin: string | undefined;
}

/**
 * Reads what was given as the room: a name, an invitation, or nothing.
 * @param typed the argument, or what stood for it
 * @param invitation an invitation from the environment, which counts where no room was typed
 * @param isPrivate whether a room that is only named is to have a secret
 * @throws HhbError `bad-invitation-link`
 */
export function givenRoom(
  typed: string | undefined,
  { invitation, isPrivate }: { invitation: string | undefined; isPrivate: boolean },
): GivenRoom {
  const link = typed === undefined ? invitation : isInvitation(typed) ? typed : undefined;
  if (link !== undefined) {
    const parsed = parseInvitation(link);
    const { room, secret, pin } = parsed;
    return { room, secret, server: invitationServer(parsed), pin };
  }
  if (!isPrivate) return { room: typed ?? 'lobby', secret: undefined, server: undefined, pin: undefined };
  // A name of its own: who joins the lobby by name would come into the same room, and understand nobody.
  const room = typed ?? `private-${randomBytes(3).toString('hex')}`;
  return { room, secret: newSecret(), server: undefined, pin: undefined };
}

/** As RFC 9180, section 9.5, wants it of a pre-shared key. */
const newSecret = (): Uint8Array => Uint8Array.from(Buffer.from(RoomSecret.generate().text(), 'base64url'));

/**
 * Takes the invitation out of the environment, so that no program that is started by this one has it too.
 * @returns undefined when there is none
 */
export function takeInvitation(env: NodeJS.ProcessEnv): string | undefined {
  const invitation = env[invitationVariable];
  delete env[invitationVariable];
  return invitation === '' ? undefined : invitation;
}

/** Reads an invitation from the first line of a stream, which others may read on: it may be the keys of a terminal. */
export async function readInvitation(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.includes('\n') || text.length > mostLength) break;
  }
  const [line = ''] = text.split('\n', 1);
  if (line.trim() === '') {
    throw new HhbError('bad-invitation-link', 'There is no invitation on the standard input', {
      hint: 'Give its link there, as one line',
    });
  }
  return line;
}

/**
 * Hides what is after the `#` of every invitation in a text: a mistyped command is told with all of its words.
 */
export const withoutSecrets = (text: string): string =>
  text.replace(/(hellohaybye:[^\s#]*#)[^\s"'`]*/gi, '$1…');

export const invitationVariable = 'HHB_INVITATION';

const mostLength = 4096;
