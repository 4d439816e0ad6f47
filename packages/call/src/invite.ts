import { nameKey, type Invitation, type Peer } from '@hellohaybye/signaling';
import type { Way } from './keys/key-exchange.js';
import type { Entry, Invited, SignalingClient } from '@hellohaybye/signaling/client';

/**
 * Invites people.
 * @returns as `invite` of signaling; `asked` are those of the invited who were to be, whomever else the server says that
 *   it invites; `way` is how we came to where we are then
 * @throws HhbError as `invite` of signaling
 */
export async function invite(
  client: SignalingClient,
  to: readonly string[],
  entry: Entry,
): Promise<Invited & { asked: Peer[]; way: Way }> {
  const before = client.inside;
  const callers = new Map<string, Peer>();
  const note = ({ id, from }: Invitation) => void callers.set(id, from);
  client.invitations('incoming').forEach(note);
  // They may call while our own call is under way.
  client.on('invited', note);
  try {
    const invited = await client.invite(to, entry);
    const asked = invited.invitations.map((one) => one.to).filter((one) => isAsked(to, one));
    const caller = callers.get(invited.accepted ?? '');
    // Who calls somebody that calls them comes to where that one is.
    if (caller) return { ...invited, asked, way: { by: 'invitation', from: caller } };
    return { ...invited, asked, way: before ? { by: 'moved', call: before.call } : { by: 'calling' } };
  } finally {
    client.off('invited', note);
  }
}

/** Who invites us by this; nobody when it is over. */
export const callerOf = (client: SignalingClient, invitation: string): Pick<Peer, 'instance' | 'name'> =>
  client.invitations('incoming').find(({ id }) => id === invitation)?.from ?? { instance: '', name: '' };

/** Whether one of the names or ids that somebody was to be invited by is theirs. */
const isAsked = (to: readonly string[], { id, name }: Peer): boolean =>
  to.some((one) => nameKey(one) === nameKey(name) || (one === id && idForm.test(id)));

/** As servers make them; whoever could give somebody an id that is a name could give them that name. */
const idForm = /^[0-9a-f]{16}$/;
