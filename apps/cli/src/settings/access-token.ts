import { readFileSync } from 'node:fs';
import { HhbError, messageOf } from '@hellohaybye/core';
import type { LoadedSettings } from './load.js';

/** Holds the access token; no flag takes one, as everybody on a machine can read arguments. */
export const tokenVariable = 'HHB_TOKEN';

/**
 * Takes the access token out of the environment, so that no program that is started by this one has it too, or reads it
 * from the file of the settings. It is for the server that somebody named: whoever is on a network can announce a
 * server there and would be told the token, too.
 * @returns nothing where no token was given, and where no server was named
 * @throws HhbError `bad-settings`, which never quotes it
 */
export function accessToken(
  { values: { server, tokenFile } }: Pick<LoadedSettings, 'values'>,
  env: NodeJS.ProcessEnv,
): { token?: string } {
  const given = env[tokenVariable];
  delete env[tokenVariable];
  if (server === undefined) return {};
  if (given !== undefined && given !== '') {
    if (tokenFile !== undefined) throw wrong(`${tokenVariable} and --token-file are two tokens: give one`);
    return { token: checked(given, tokenVariable) };
  }
  if (tokenFile === undefined) return {};
  let text: string;
  try {
    text = readFileSync(tokenFile, 'utf8');
  } catch (error) {
    throw wrong(`--token-file: ${messageOf(error)}`);
  }
  return { token: checked(text.trim(), '--token-file') };
}

function checked(token: string, from: string): string {
  if (/^[\x21-\x7e]{1,8192}$/.test(token)) return token;
  throw wrong(`${from}: there is no access token in it: one line of visible ASCII characters`);
}

const wrong = (message: string) => new HhbError('bad-settings', message);
