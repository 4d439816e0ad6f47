/** Where somebody is. */
export interface Whereabouts {
  /** Absent while they are nowhere. */
  room: string | undefined;
  /** Whether that is the room of a call, which has a name for machines only. */
  inCall?: boolean;
  others?: readonly { name: string }[];
}

/** The title of the page: the room's name, or with whom the call is. */
export function pageTitle({ room, inCall = false, others = [] }: Whereabouts): string {
  const where = inCall ? callTitle(others.map(({ name }) => name)) : room;
  return where === undefined ? PROGRAM : `${where} · ${PROGRAM}`;
}

function callTitle(names: string[]): string {
  const shown = names.length > NAMES ? [...names.slice(0, NAMES), `${names.length - NAMES} more`] : names;
  const last = shown.at(-1);
  if (last === undefined) return 'Call';
  return `Call with ${shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${last}` : last}`;
}

const PROGRAM = 'HelloHayBye';

/** As many as a tab has room for. */
const NAMES = 2;
