import type { IncomingMessage } from 'node:http';
import type { HhbError } from '@hellohaybye/core';
import { parseServerMessage } from '../protocol/parse.js';
import { notASignalingServer, refusedBy } from './connect-errors.js';

/**
 * Why a server answers with HTTP instead of letting us in: ours have an error message of the protocol as the body.
 * @returns `server-refused`, with the server's code in its text, or `not-a-signaling-server`
 */
export async function readHttpRefusal(url: string, response: IncomingMessage): Promise<HhbError> {
  const refusal = await refusalIn(response);
  if (refusal) return refusedBy(url, refusal);
  return notASignalingServer(url, `it answers with HTTP status ${response.statusCode}`);
}

/** The error message of the protocol in an answer; undefined when there is none. */
export async function refusalIn(
  response: IncomingMessage,
): Promise<{ code: string; message: string } | undefined> {
  const parsed = parseServerMessage(await bodyOf(response));
  return parsed.ok && parsed.message.type === 'error' ? parsed.message : undefined;
}

/** What there is of the body, as far as it could be one of ours. */
async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = '';
  try {
    for await (const part of response.setEncoding('utf8')) {
      body += part as string;
      if (body.length > mostCharacters) break;
    }
  } catch {
    // It broke off.
  }
  return body;
}

const mostCharacters = 4096;
