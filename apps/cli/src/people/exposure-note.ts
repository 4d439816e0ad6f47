import { isInvitation } from '@hellohaybye/signaling';

/**
 * What is told of an invitation that was given as an argument: who may see it there, and how it is given otherwise.
 * @returns one line; undefined when what was typed is none
 */
export function exposureNote(typed: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (typed === undefined || !isInvitation(typed)) return undefined;
  const byNpm = env['npm_execpath'] !== undefined || env['npm_lifecycle_event'] !== undefined;
  const where = byNpm
    ? 'stands in the list of processes as long as npm runs this, in npm\u2019s log (_logs in its cache folder) and'
    : 'stood in the list of processes for a moment, and stands';
  return `note: an invitation that is an argument ${where} in the history of your shell; "hellohaybye join -" lets you paste it instead`;
}
