import type { Call } from './call.js';

/**
 * Does what a line asks for that somebody wrote in a call: `/invite <name>, <name>...` adds people to it,
 * `/move <room>` takes it, with everybody in it, to a room. Any other line goes to everybody as chat.
 * @throws HhbError as `invite`, `move` and `chat` of the call
 */
export function takeLine(call: Pick<Call, 'invite' | 'move' | 'chat'>, text: string): unknown {
  const { command, rest = '' } = /^\/(?<command>invite|move)\s+(?<rest>.*\S)\s*$/s.exec(text)?.groups ?? {};
  if (command === 'invite') return call.invite(names(rest));
  return command === 'move' ? call.move(rest) : call.chat(text);
}

const names = (list: string): string[] =>
  list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
